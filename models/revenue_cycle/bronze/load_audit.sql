-- What each load brought: one row for each load, source and table, those that brought
-- nothing included. A load that ended before it was written down is caught up on
-- by the next.
{{ config(incremental_strategy='append') }}

with loaded as (

    {%- for table in emr_tables() %}
    select
        '{{ table }}' as table_name,
        datasource,
        load_id,
        min(loaded_at) as loaded_at,
        count(*) as rows_loaded,
        max(watermark) as watermark
    from {{ ref('bronze_' ~ table) }}
    group by datasource, load_id
    union all
    {%- endfor %}
    select
        'claims' as table_name,
        datasource,
        load_id,
        min(loaded_at) as loaded_at,
        count(*) as rows_loaded,
        cast(null as date) as watermark
    from {{ ref('bronze_claims') }}
    group by datasource, load_id

),

entries as (

    {%- for entry in load_entries() %}
    select '{{ entry.table }}' as table_name, '{{ entry.datasource }}' as datasource, '{{ entry.load_type }}' as load_type
    union all
    {%- endfor %}
    {%- for datasource in var('revenue_cycle_claims').values() %}
    select 'claims' as table_name, '{{ datasource }}' as datasource, 'by file' as load_type
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

loads as (

    select load_id, min(loaded_at) as loaded_at from loaded group by load_id
    union
    select
        '{{ invocation_id }}' as load_id,
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as loaded_at

)

select
    loads.load_id,
    loads.loaded_at,
    entries.datasource,
    entries.table_name,
    entries.load_type,
    coalesce(loaded.rows_loaded, 0) as rows_loaded,
    loaded.watermark
from loads
cross join entries
left join loaded using (load_id, datasource, table_name)
{%- if is_incremental() %}
where not exists (select 1 from {{ this }} as logged where logged.load_id = loads.load_id)
{%- endif %}
