-- Patients with heart failure who were in hospital for it and went home, with what
-- followed: a cohort for a programme of care after discharge. How many each step leaves
-- says `hcdbt attrition lake_heart_failure_cohort --key patient_hash`.
with patients as (

    select *
    from {{ ref('lake_patients') }}
    where has_heart_failure

),

adults as (

    select *
    from patients
    where age_years >= 18
      and not has_died

),

admitted as (

    select
        adults.patient_hash,
        adults.age_years,
        adults.zip3,
        stays.stay_id,
        stays.length_of_stay_days,
        stays.is_readmitted
    from adults
    inner join {{ ref('lake_stays') }} as stays
        on adults.patient_hash = stays.patient_id
    where stays.category = 'I50'
      and stays.is_index_stay

)

select
    patient_hash,
    min(age_years) as age_years,
    min(zip3) as zip3,
    count(*) as stays,
    sum(length_of_stay_days) as bed_days,
    count(*) filter (where is_readmitted) as readmissions
from admitted
group by patient_hash
