-- Patients without what identifies them: a hash in place of the id, the year of birth
-- up to 90 years, three digits of the ZIP code.
{{ config(materialized='external', location=lake_folder('dim_patients.parquet')) }}

select
    {{ healthcare.hash_id('patient_id', deidentification_key()) }} as patient_hash,
    {{ healthcare.age_capped('birth_date', "coalesce(death_date, date '" ~ var('data_through') ~ "')") }} as age_years,
    sex,
    race,
    state_code,
    {{ healthcare.zip3_safe('zip_code') }} as zip3,
    death_date is not null as has_died,
    condition_count,
    coalesce(contains(chronic_conditions, 'pulmonary'), false) as has_copd,
    coalesce(contains(lower(chronic_conditions), 'heart failure'), false) as has_heart_failure
from {{ ref('dim_patient') }}
