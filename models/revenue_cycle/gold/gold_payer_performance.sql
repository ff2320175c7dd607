-- How payers pay: billed against paid, denials, and days from service to claim.
with mix as (
    {{ healthcare.payer_mix(ref('silver_claims'), billed='claim_amount') }}
),

denials as (
    {{ healthcare.denial_rates(ref('silver_claims'), was_appealed='false', was_overturned='false', group_by='payer') }}
),

days as (

    select
        payer,
        median(claim_date - service_date) as median_days_to_claim
    from {{ ref('silver_claims') }}
    where claim_date >= service_date
    group by payer

)

select
    mix.*,
    denials.denied,
    denials.denial_rate,
    days.median_days_to_claim
from mix
left join denials on mix.payer is not distinct from denials.payer
left join days on mix.payer is not distinct from days.payer
