-- One row per encounter.
select
    encounter_key,
    datasource,
    source_encounter_id,
    patient_key,
    encounter_date,
    encounter_type,
    {{ hospital_key('source_provider_id') }} as provider_key,
    {{ hospital_key('source_department_id') }} as department_key,
    procedure_code,
    modified_at
from {{ ref('checked_encounters') }}
where outcome = 'accepted'
