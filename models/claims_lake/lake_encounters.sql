-- Hospital admissions, and visits to emergency departments, one row each.
{{
    config(
        materialized='external',
        location=lake_folder('fct_encounters'),
        options={'partition_by': 'encounter_year', 'overwrite_or_ignore': true}
    )
}}

with encounters as (

    select
        admission_id as encounter_id,
        'inpatient' as encounter_type,
        patient_id,
        hospital_npi as facility_npi,
        admitted_on as started_on,
        discharged_on as ended_on,
        principal_diagnosis_code as diagnosis_code,
        case disposition
            when 'transferred' then 'acute transfer'
            when 'left against advice' then 'left'
            else disposition
        end as disposition,
        is_planned
    from {{ ref('fact_admission') }}

    union all

    -- Whoever was admitted from the emergency department was not sent home from it.
    select
        claim_id as encounter_id,
        'emergency' as encounter_type,
        patient_id,
        rendering_npi as facility_npi,
        service_from as started_on,
        service_thru as ended_on,
        principal_diagnosis_code as diagnosis_code,
        'home' as disposition,
        false as is_planned
    from {{ ref('fact_claim') }}
    where revenue_center_code between '0450' and '0459'
      and admission_id is null

)

select
    encounter_id,
    encounter_type,
    {{ healthcare.hash_id('patient_id', deidentification_key()) }} as patient_hash,
    facility_npi,
    started_on,
    ended_on,
    diagnosis_code,
    left(diagnosis_code, 3) as diagnosis_category,
    disposition,
    is_planned,
    cast(extract(year from started_on) as integer) as encounter_year
from encounters
