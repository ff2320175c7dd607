-- What care costs, by month of service, cohort of the patient and provider.
select
    concat_ws('|', strftime(claims.service_month, '%Y-%m'), patients.cohort_code, claims.rendering_npi)
        as cost_of_care_key,
    claims.service_month,
    patients.cohort_code,
    any_value(patients.cohort_name) as cohort_name,
    claims.rendering_npi,
    any_value(providers.provider_name) as provider_name,
    any_value(providers.specialty_name) as specialty_name,
    count(*) as claims,
    count(distinct claims.patient_id) as patients,
    sum(claims.submitted_amount) as submitted_amount,
    sum(claims.allowed_amount) as allowed_amount,
    sum(claims.paid_amount) as paid_amount,
    sum(claims.others_owe_amount) as others_owe_amount,
    {{ amount_per('sum(claims.allowed_amount)', 'count(distinct claims.patient_id)') }} as allowed_per_patient
from {{ ref('fact_claim') }} as claims
inner join {{ ref('dim_patient') }} as patients
    on claims.patient_id = patients.patient_id
inner join {{ ref('dim_provider') }} as providers
    on claims.rendering_npi = providers.npi
group by claims.service_month, patients.cohort_code, claims.rendering_npi
