-- Every landed row of an encounter, and what became of it.
with encounters as (

    select
        *,
        {{ emr_field('EncounterID') }} as source_encounter_id,
        {{ emr_field('PatientID') }} as source_patient_id,
        {{ hospital_key('source_patient_id') }} as patient_key,
        try_cast({{ emr_field('EncounterDate') }} as date) as encounter_date,
        {{ emr_field('EncounterType') }} as encounter_type,
        regexp_extract({{ emr_field('ProviderID') }}, 'PROV[0-9]+') as source_provider_id,
        {{ emr_field(['DepartmentID', 'DeptID']) }} as source_department_id,
        {{ emr_field('ProcedureCode') }} as procedure_code,
        try_cast({{ emr_field('ModifiedDate') }} as timestamp) as modified_at
    from {{ ref('bronze_encounters') }}

)

select
    *,
    {{ hospital_key('source_encounter_id') }} as encounter_key,
    {{ outcome('source_encounter_id', 'modified_at', [
        ('source_encounter_id is null', 'no id'),
        ('encounter_date is null', 'no date'),
        ("not exists (select 1 from " ~ ref('silver_patients') ~ " as patients where patients.patient_key = encounters.patient_key)",
         'patient is not known')
    ]) }} as outcome
from encounters
