-- One row per visit of the landing files, and one for a patient without any.
--
-- The patient's name is hashed here, where the files are read, and taken out of
-- the notes: no table has it.
{{
    config(
        incremental_strategy=var("partition_strategy"),
        unique_key=["source", "visit_day"],
        partition_by=["source", "visit_day"],
        partitions=visit_partitions()
    )
}}

with files as (

    select
        content,
        regexp_extract(filename, '([^/\\\\]+)[/\\\\][0-9]{8}[/\\\\]visit_events\.json$', 1) as source,
        regexp_extract(filename, '([0-9]{8})[/\\\\]visit_events\.json$', 1) as visit_day
    from read_text('{{ var("visit_events_dir") }}/{{ var("visit_source", none) or "*" }}/{{ var("visit_day", none) or "*" }}/visit_events.json')

),

records as (

    select
        source,
        visit_day,
        unnest(from_json(content, '["json"]')) as record,
        generate_subscripts(from_json(content, '["json"]'), 1) as record_number
    from files

),

patients as (

    select
        source,
        visit_day,
        record_number,
        json_extract_string(record, {{ visit_field('patient_id') }}) as patient_id,
        json_extract_string(record, {{ visit_field('name') }}) as patient_name,
        from_json(json_extract(record, {{ visit_field('visits') }}), '["json"]') as visits
    from records

),

visits as (

    select
        *,
        unnest(case when len(visits) > 0 then visits else [null] end) as visit,
        generate_subscripts(case when len(visits) > 0 then visits else [null] end, 1) as visit_number
    from patients

)

select
    source,
    visit_day,
    record_number,
    visit_number,
    patient_id,
    {{ healthcare.hash_id('patient_name', deidentification_key()) }} as patient_name_hash,
    json_extract_string(visit, {{ visit_field('visit_id') }}) as visit_id,
    cast(json_extract_string(visit, {{ visit_field('date') }}) as date) as visited_on,
    {{ without_name(
        "json_extract_string(json_extract(visit, " ~ visit_field('notes') ~ "), " ~ visit_field('text') ~ ")", 'patient_name'
    ) }} as note_text,
    json_extract_string(json_extract(visit, {{ visit_field('notes') }}), {{ visit_field('author') }}) as note_author,
    json_extract(visit, {{ visit_field('diagnoses') }}) as diagnoses
from visits
