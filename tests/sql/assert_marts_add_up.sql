-- Nothing is lost or counted twice on the way from the claims to the marts.
with totals as (

    select
        (select sum(paid_amount) from {{ ref('fact_claim') }}) as of_claims,
        (select sum(paid_amount) from {{ ref('mart_cost_of_care') }}) as of_cost_of_care,
        (select sum(paid_amount) from {{ ref('mart_provider_utilization') }}) as of_utilization,
        (select sum(paid_amount) from {{ ref('mart_payer') }}) as of_payers

)

select *
from totals
where of_claims <> of_cost_of_care
   or of_claims <> of_utilization
   or of_claims <> of_payers
