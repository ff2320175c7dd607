-- What each payer is billed, allows and pays, by month of service.
with claims as (

    select
        claims.primary_payer_code,
        payers.payer_name,
        claims.service_month,
        claims.claim_id,
        claims.patient_id,
        claims.claim_status,
        claims.submitted_amount,
        claims.allowed_amount,
        claims.paid_amount
    from {{ ref('fact_claim') }} as claims
    left join {{ ref('payers') }} as payers
        on claims.primary_payer_code = payers.primary_payer_code

),

summed as (

    select
        primary_payer_code,
        service_month,
        any_value(payer_name) as payer_name,
        count(*) as claims,
        count(distinct patient_id) as patients,
        count(*) filter (where claim_status = 'denied') as denied_claims,
        sum(submitted_amount) as submitted_amount,
        sum(allowed_amount) as allowed_amount,
        sum(paid_amount) as paid_amount
    from claims
    group by primary_payer_code, service_month

)

select
    primary_payer_code || '|' || strftime(service_month, '%Y-%m') as payer_month_key,
    primary_payer_code,
    payer_name,
    service_month,
    claims,
    patients,
    denied_claims,
    {{ ratio('denied_claims', 'claims') }} as denial_rate,
    submitted_amount,
    allowed_amount,
    paid_amount
from summed
