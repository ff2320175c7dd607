-- How much care providers give, by specialty and state.
with claims as (

    select
        providers.specialty_code,
        providers.specialty_name,
        providers.provider_kind,
        providers.state_code,
        providers.state_name,
        providers.census_region,
        claims.claim_id,
        claims.patient_id,
        claims.rendering_npi,
        claims.claim_status,
        claims.allowed_amount,
        claims.paid_amount
    from {{ ref('fact_claim') }} as claims
    inner join {{ ref('dim_provider') }} as providers
        on claims.rendering_npi = providers.npi

),

summed as (

    select
        specialty_code,
        state_code,
        any_value(specialty_name) as specialty_name,
        any_value(provider_kind) as provider_kind,
        any_value(state_name) as state_name,
        any_value(census_region) as census_region,
        count(distinct rendering_npi) as providers,
        count(distinct patient_id) as patients,
        count(*) as claims,
        count(*) filter (where claim_status = 'denied') as denied_claims,
        sum(allowed_amount) as allowed_amount,
        sum(paid_amount) as paid_amount,
        cast(median(allowed_amount) filter (where allowed_amount > 0) as decimal(12, 2)) as median_allowed_amount
    from claims
    group by specialty_code, state_code

)

select
    specialty_code || '|' || state_code as utilization_key,
    specialty_code,
    specialty_name,
    provider_kind,
    state_code,
    state_name,
    census_region,
    providers,
    patients,
    claims,
    {{ ratio('claims', 'patients') }} as claims_per_patient,
    {{ ratio('denied_claims', 'claims') }} as denial_rate,
    allowed_amount,
    paid_amount,
    median_allowed_amount,
    {{ ratio('paid_amount', 'sum(paid_amount) over (partition by state_code)') }} as share_of_state_paid
from summed
