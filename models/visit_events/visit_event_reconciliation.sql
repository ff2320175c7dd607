-- What the files hold, counted where they lie, and what the tables hold, for each
-- source and day. Nothing is left over on either side.
{{ config(materialized='table') }}

with landed as (

    {%- for source in var('visit_sources') %}
    {%- set names = visit_source_names(source) %}
    {%- set visits = '$[*]."' ~ names.visits ~ '"[*]' %}
    {%- set diagnoses = visits ~ '."' ~ names.diagnoses ~ '"[*]' %}
    select
        '{{ source }}' as source,
        regexp_extract(filename, '([0-9]{8})[/\\]visit_events\.json$', 1) as visit_day,
        json_array_length(content) as records,
        len(json_extract(content, '{{ visits }}')) as visits,
        len(json_extract(content, '{{ diagnoses }}')) as diagnoses,
        len(json_extract(content, '{{ diagnoses }}."{{ names.treatments }}"[*]')) as treatments
    from read_text('{{ var("visit_events_dir") }}/*/*/visit_events.json')
    where regexp_matches(filename, '[/\\]{{ source }}[/\\][0-9]{8}[/\\]visit_events\.json$')
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

loaded as (

    select
        source,
        visit_day,
        sum(records) as records,
        sum(visits) as visits,
        sum(diagnoses) as diagnoses,
        sum(treatments) as treatments
    from (
        select source, visit_day, sum(records) as records, 0 as visits, 0 as diagnoses, 0 as treatments
        from {{ ref('visit_event_patients') }}
        group by source, visit_day
        union all
        select source, visit_day, 0, count(*), 0, 0 from {{ ref('visit_event_visits') }} group by source, visit_day
        union all
        select source, visit_day, 0, 0, count(*), 0 from {{ ref('visit_event_diagnoses') }} group by source, visit_day
        union all
        select source, visit_day, 0, 0, 0, count(*) from {{ ref('visit_event_treatments') }} group by source, visit_day
    ) as tables
    group by source, visit_day

)

select
    source,
    visit_day,
    coalesce(landed.records, 0) as records_landed,
    coalesce(loaded.records, 0) as records_loaded,
    coalesce(landed.visits, 0) as visits_landed,
    coalesce(loaded.visits, 0) as visits_loaded,
    coalesce(landed.diagnoses, 0) as diagnoses_landed,
    coalesce(loaded.diagnoses, 0) as diagnoses_loaded,
    coalesce(landed.treatments, 0) as treatments_landed,
    coalesce(loaded.treatments, 0) as treatments_loaded
from landed
full join loaded using (source, visit_day)
