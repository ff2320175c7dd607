-- One row per diagnosis of a visit.
{{
    config(
        incremental_strategy=var("partition_strategy"),
        unique_key=["source", "visit_day"],
        partition_by=["source", "visit_day"],
        partitions=visit_partitions()
    )
}}

with diagnoses as (

    select
        *,
        unnest(from_json(diagnoses, '["json"]')) as diagnosis,
        generate_subscripts(from_json(diagnoses, '["json"]'), 1) as diagnosis_number
    from {{ ref('visit_event_landing') }}
    where {{ in_visit_partition() }}

)

select
    source,
    visit_day,
    record_number,
    visit_number,
    diagnosis_number,
    patient_id,
    visit_id,
    split_part(json_extract_string(diagnosis, {{ visit_field('code') }}), ':', 1) as code_system,
    split_part(json_extract_string(diagnosis, {{ visit_field('code') }}), ':', 2) as diagnosis_code,
    json_extract_string(diagnosis, {{ visit_field('description') }}) as diagnosis_description,
    json_extract(diagnosis, {{ visit_field('treatments') }}) as treatments
from diagnoses
