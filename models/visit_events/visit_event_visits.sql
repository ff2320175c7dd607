-- One row per visit.
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
    record_number,
    visit_number,
    patient_id,
    visit_id,
    visited_on,
    note_text,
    note_author
from {{ ref('visit_event_landing') }}
where visit_id is not null
  and {{ in_visit_partition() }}
