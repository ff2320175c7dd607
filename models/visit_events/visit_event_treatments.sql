-- One row per treatment of a diagnosis.
{{
    config(
        incremental_strategy=var("partition_strategy"),
        unique_key=["source", "visit_day"],
        partition_by=["source", "visit_day"],
        partitions=visit_partitions()
    )
}}

with treatments as (

    select
        *,
        unnest(from_json(treatments, '["json"]')) as treatment,
        generate_subscripts(from_json(treatments, '["json"]'), 1) as treatment_number
    from {{ ref('visit_event_diagnoses') }}
    where {{ in_visit_partition() }}

)

select
    source,
    visit_day,
    record_number,
    visit_number,
    diagnosis_number,
    treatment_number,
    patient_id,
    visit_id,
    diagnosis_code,
    json_extract_string(treatment, {{ visit_field('drug') }}) as drug,
    json_extract_string(treatment, {{ visit_field('dose') }}) as dose
from treatments
