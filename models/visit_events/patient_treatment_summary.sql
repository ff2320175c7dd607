-- What each patient was treated for and with, over all days of a source.
{{ config(materialized='view') }}

with treatments as (

    select
        source,
        patient_id,
        count(*) as treatments,
        count(distinct drug) as drugs,
        string_agg(distinct drug, ', ' order by drug) as drug_list
    from {{ ref('visit_event_treatments') }}
    group by source, patient_id

),

diagnoses as (

    select
        source,
        patient_id,
        count(*) as diagnoses,
        string_agg(distinct diagnosis_code, ', ' order by diagnosis_code) as diagnosis_list
    from {{ ref('visit_event_diagnoses') }}
    group by source, patient_id

),

visits as (

    select
        source,
        patient_id,
        count(*) as visits,
        min(visited_on) as first_visit_on,
        max(visited_on) as last_visit_on
    from {{ ref('visit_event_visits') }}
    group by source, patient_id

)

select
    patients.source,
    patients.patient_id,
    min(patients.patient_name_hash) as patient_name_hash,
    coalesce(any_value(visits.visits), 0) as visits,
    any_value(visits.first_visit_on) as first_visit_on,
    any_value(visits.last_visit_on) as last_visit_on,
    coalesce(any_value(diagnoses.diagnoses), 0) as diagnoses,
    any_value(diagnoses.diagnosis_list) as diagnosis_list,
    coalesce(any_value(treatments.treatments), 0) as treatments,
    coalesce(any_value(treatments.drugs), 0) as drugs,
    any_value(treatments.drug_list) as drug_list
from {{ ref('visit_event_patients') }} as patients
left join visits
    on patients.source = visits.source and patients.patient_id = visits.patient_id
left join diagnoses
    on patients.source = diagnoses.source and patients.patient_id = diagnoses.patient_id
left join treatments
    on patients.source = treatments.source and patients.patient_id = treatments.patient_id
group by patients.source, patients.patient_id
