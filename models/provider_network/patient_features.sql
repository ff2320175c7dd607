-- One row per patient: what a model or a care manager would ask first.
with claims as (

    select
        patient_id,
        count(*) as claims,
        count(distinct rendering_npi) as providers,
        sum(allowed_amount) as allowed_amount,
        count(*) filter (where revenue_center_code between '0450' and '0459' and admission_id is null) as ed_visits
    from {{ ref('fact_claim') }}
    group by patient_id

),

admissions as (

    select
        patient_id,
        count(*) as admissions,
        count(*) filter (where readmitted_30d) as readmissions,
        sum(length_of_stay_days) as bed_days
    from {{ ref('fact_admission') }}
    group by patient_id

),

referrals as (

    select
        patient_id,
        count(*) as referrals,
        count(*) filter (where seen_on is null) as referrals_not_seen
    from {{ ref('network_referrals') }}
    group by patient_id

),

scores as (
    {{ healthcare.risk_score(ref('fact_claim'), code='principal_diagnosis_code') }}
)

select
    patients.patient_id,
    patients.zip_code,
    patients.zip_is_inferred,
    least({{ var('data_through')[:4] }} - patients.birth_year, 90) as age_years,
    patients.sex,
    coalesce(claims.claims, 0) as claims,
    coalesce(claims.providers, 0) as providers,
    coalesce(claims.allowed_amount, 0) as allowed_amount,
    coalesce(claims.ed_visits, 0) as ed_visits,
    coalesce(admissions.admissions, 0) as admissions,
    coalesce(admissions.readmissions, 0) as readmissions,
    coalesce(admissions.bed_days, 0) as bed_days,
    coalesce(referrals.referrals, 0) as referrals,
    coalesce(referrals.referrals_not_seen, 0) as referrals_not_seen,
    coalesce(scores.risk_score, 0) as risk_score
from {{ ref('network_patients') }} as patients
left join claims using (patient_id)
left join admissions using (patient_id)
left join referrals using (patient_id)
left join scores using (patient_id)
