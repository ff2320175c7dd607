-- One row per patient and day on which a source sent them.
{{
    config(
        incremental_strategy=var("partition_strategy"),
        unique_key=["source", "visit_day"],
        partition_by=["source", "visit_day"],
        partitions=visit_partitions()
    )
}}

select
    source,
    visit_day,
    patient_id,
    min(patient_name_hash) as patient_name_hash,
    count(distinct record_number) as records
from {{ ref('visit_event_landing') }}
where {{ in_visit_partition() }}
group by source, visit_day, patient_id
