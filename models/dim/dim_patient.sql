-- One row per patient, with age, place, chronic conditions and cohort.
with conditions as (

    select
        patient_id,
        cast(count(*) as integer) as condition_count,
        string_agg(condition_name, ', ' order by condition_name) as chronic_conditions
    from {{ ref('int_patient_conditions') }}
    group by patient_id

),

patients as (

    select
        patients.*,
        coalesce(conditions.condition_count, 0) as condition_count,
        conditions.chronic_conditions
    from {{ ref('stg_patients') }} as patients
    left join conditions
        on patients.patient_id = conditions.patient_id

)

select
    patients.patient_id,
    patients.birth_date,
    patients.death_date,
    cast(
        date_sub('year', patients.birth_date, coalesce(patients.death_date, cast('{{ var("data_through") }}' as date)))
        as integer
    ) as age_years,
    case patients.sex_code when '1' then 'male' when '2' then 'female' end as sex,
    case patients.race_code
        when '1' then 'white'
        when '2' then 'black'
        when '3' then 'other'
        when '5' then 'hispanic'
    end as race,
    patients.state_code,
    states.state_name,
    states.census_region,
    patients.zip_code,
    patients.has_end_stage_renal_disease,
    patients.covered_months,
    patients.condition_count,
    patients.chronic_conditions,
    cohorts.cohort_code,
    cohorts.cohort_name
from patients
left join {{ ref('states') }} as states
    on patients.state_code = states.state_code
left join {{ ref('cohorts') }} as cohorts
    on patients.condition_count between cohorts.minimum_conditions and cohorts.maximum_conditions
