{#- The tables of the hospitals' systems, which `load_config.csv` lists. -#}
{% macro emr_tables() %}
    {{ return(['patients', 'encounters', 'transactions', 'providers', 'departments']) }}
{% endmacro %}

{#- The entries of `load_config.csv` that are active: all, or those of a table. -#}
{% macro load_entries(table=none) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        select
            datasource,
            lower(tablename) as table_name,
            case when lower(loadtype) = 'full' then 'full' else 'incremental' end as load_type,
            watermark,
            '{{ var("revenue_cycle_dir") }}/emr/' || replace(targetpath, '-', '_') || '/' || lower(tablename) || '.csv' as file
        from read_csv('{{ var("revenue_cycle_dir") }}/load_config.csv', all_varchar=true)
        where is_active = '1'
        {%- if table %}
          and lower(tablename) = '{{ table }}'
        {%- endif %}
        order by datasource, table_name
    {%- endset -%}
    {%- set entries = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- do entries.append({
            'datasource': row[0], 'table': row[1], 'load_type': row[2], 'watermark': row[3], 'file': row[4]
        }) -%}
    {%- endfor -%}
    {{ return(entries) }}
{% endmacro %}

{#- The rows of the files of a table, with what the load configuration says of them. -#}
{% macro landed_rows(table) %}
    {%- for entry in load_entries(table) %}
    select
        '{{ entry.datasource }}' as datasource,
        '{{ entry.load_type }}' as load_type,
        regexp_extract('{{ entry.file }}', 'emr/.*') as source_file,
        cast(to_json(landed) as json) as record,
        md5(cast(to_json(landed) as varchar)) as row_hash,
        {% if entry.watermark -%}
        try_cast(json_extract_string(to_json(landed), '$."{{ entry.watermark }}"') as date)
        {%- else -%}
        cast(null as date)
        {%- endif %} as watermark
    from read_csv('{{ entry.file }}', all_varchar=true, header=true) as landed
    {{ 'union all' if not loop.last }}
    {%- else %}
    -- No entry of the load configuration is active.
    select
        cast(null as varchar) as datasource,
        cast(null as varchar) as load_type,
        cast(null as varchar) as source_file,
        cast(null as json) as record,
        cast(null as varchar) as row_hash,
        cast(null as date) as watermark
    where false
    {%- endfor %}
{% endmacro %}

{#- What a load takes from the files of a table: everything at a full load; at an
    incremental one the rows that are not older than the newest row of the loads
    before, and are not there yet. The watermark is compared with `>=`, so that a row
    of the same day that came later is not left behind. A row without a
    watermark is told from the others by its contents alone. -#}
{% macro bronze_table(table) %}
with landed as (
    {{ landed_rows(table) }}
)

select
    landed.datasource,
    landed.source_file,
    landed.record,
    landed.row_hash,
    landed.watermark,
    '{{ invocation_id }}' as load_id,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as loaded_at
from landed
{%- if is_incremental() %}
where landed.load_type = 'full'
   or (
       not exists (
           select 1
           from {{ this }} as loaded
           where loaded.datasource = landed.datasource
             and loaded.row_hash = landed.row_hash
       )
       and (
           landed.watermark is null
           or landed.watermark >= (
               select coalesce(max(loaded.watermark), date '1900-01-01')
               from {{ this }} as loaded
               where loaded.datasource = landed.datasource
           )
       )
   )
{%- endif %}
{% endmacro %}

{#- The strategy of tables that are loaded as `load_config.csv` says: what a full load
    brings takes the place of all that there was of its source, what an incremental one
    brings is added. -#}
{% macro get_incremental_load_config_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set full = load_entries(model.name | replace('bronze_', '')) | selectattr('load_type', 'equalto', 'full') | list -%}
    {%- if full %}
    delete from {{ arg_dict['target_relation'] }}
    where datasource in ('{{ full | map(attribute='datasource') | join("', '") }}');
    {%- endif %}

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }}
{% endmacro %}

{#- A field of a landed record, by the names that the hospitals' systems have for it. -#}
{% macro emr_field(names) -%}
    {%- set paths = [] -%}
    {%- for name in ([names] if names is string else names) -%}
        {%- do paths.append("nullif(trim(json_extract_string(record, '$.\"" ~ name ~ "\"')), '')") -%}
    {%- endfor -%}
    {{ paths[0] if paths | length == 1 else 'coalesce(' ~ paths | join(', ') ~ ')' }}
{%- endmacro %}

{#- What became of a row: superseded by a newer version of the same key, rejected
    for the first reason that holds, or accepted. `reasons` are pairs of a condition
    and its words; a row without a key is never superseded. -#}
{% macro outcome(key, updated_at, reasons) -%}
    case
        when {{ key }} is not null
            and row_number() over (
                partition by datasource, {{ key }}
                order by {{ updated_at }} desc nulls last, loaded_at desc, row_hash
            ) > 1
            then 'superseded'
        {%- for condition, words in reasons %}
        when {{ condition }} then 'rejected: {{ words }}'
        {%- endfor %}
        else 'accepted'
    end
{%- endmacro %}

{#- One id space for both hospitals, whose own ids are the same. -#}
{% macro hospital_key(id) -%}
    datasource || ':' || {{ id }}
{%- endmacro %}
