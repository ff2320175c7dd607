-- The 30-day readmission rate, by hospital and diagnosis group.
with admissions as (

    select * from {{ ref('fact_admission') }}

),

counted as (

    select
        hospital_npi,
        diagnosis_group_code,
        count(*) as admissions,
        count(*) filter (where is_index_admission) as index_admissions,
        count(*) filter (where readmitted_30d) as readmissions,
        count(*) filter (where disposition = 'died') as deaths,
        sum(length_of_stay_days) as bed_days,
        sum(paid_amount) as paid_amount
    from admissions
    group by hospital_npi, diagnosis_group_code

)

select
    counted.hospital_npi || '|' || counted.diagnosis_group_code as readmission_key,
    counted.hospital_npi,
    hospitals.provider_name as hospital_name,
    hospitals.state_code,
    counted.diagnosis_group_code,
    groups.diagnosis_group_name,
    groups.is_hrrp_condition,
    counted.admissions,
    counted.index_admissions,
    counted.readmissions,
    {{ ratio('counted.readmissions', 'counted.index_admissions') }} as readmission_rate,
    counted.index_admissions >= {{ var('minimum_cell_size') }} as is_reportable,
    counted.deaths,
    {{ amount_per('counted.bed_days', 'counted.admissions') }} as mean_length_of_stay_days,
    {{ amount_per('counted.paid_amount', 'counted.admissions') }} as paid_per_admission
from counted
inner join {{ ref('dim_provider') }} as hospitals
    on counted.hospital_npi = hospitals.npi
inner join {{ ref('diagnosis_groups') }} as groups
    on counted.diagnosis_group_code = groups.diagnosis_group_code
