-- Every dollar of silver is in each summary of gold, once.
with totals as (

    select
        (select sum(amount) from {{ ref('silver_transactions') }}) as of_transactions,
        (select sum(charges) from {{ ref('gold_provider_charges') }}) as of_providers,
        (select sum(charges) from {{ ref('gold_department_summary') }}) as of_departments,
        (select sum(claim_amount) from {{ ref('silver_claims') }}) as of_claims,
        (select sum(billed_amount) from {{ ref('gold_payer_performance') }}) as of_payers

)

select *
from totals
where of_transactions is distinct from of_providers
   or of_transactions is distinct from of_departments
   or of_claims is distinct from of_payers
