{#
  The SQL of snapshots. The snapshot's own columns, which say from when to when
  a version was current, may have other names: see `snapshot_table_column_names`.
#}

{% macro create_columns(relation, columns) %}
  {{ adapter.dispatch('create_columns', 'dbt')(relation, columns) }}
{% endmacro %}

{% macro default__create_columns(relation, columns) %}
  {%- for column in columns -%}
    {%- call statement() -%}
      alter table {{ relation.render() }} add column {{ adapter.quote(column.name) }} {{ column.expanded_data_type }};
    {%- endcall -%}
  {%- endfor -%}
{% endmacro %}


{# What is to be done with the staged changes when all is committed. #}
{% macro post_snapshot(staging_relation) %}
  {{ adapter.dispatch('post_snapshot', 'dbt')(staging_relation) }}
{% endmacro %}

{% macro default__post_snapshot(staging_relation) %}
{% endmacro %}


{% macro get_true_sql() %}
  {{ adapter.dispatch('get_true_sql', 'dbt')() }}
{% endmacro %}

{% macro default__get_true_sql() %}
  {%- do return('TRUE') -%}
{% endmacro %}


{% macro get_snapshot_table_column_names() %}
  {%- do return({
        'dbt_valid_to': 'dbt_valid_to',
        'dbt_valid_from': 'dbt_valid_from',
        'dbt_scd_id': 'dbt_scd_id',
        'dbt_updated_at': 'dbt_updated_at',
        'dbt_is_deleted': 'dbt_is_deleted'
      }) -%}
{% endmacro %}


{#
  The changes since the last run, as one query. `dbt_change_type` says what to
  do with a row: `insert` a version, or end one for `update` or `delete`.

  Only current versions take part. With `hard_deletes: new_record` a deleted
  row has a current version too, marked as deleted: it is ended when the row
  comes back, and left alone while it stays away.

  A version begins at the row's `updated_at`. That may be earlier than the
  beginning of the version before, or than the moment at which the row was
  found deleted: a row may come back as it was. Then the version begins now,
  since a key's versions must not overlap.
#}
{% macro snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {{ adapter.dispatch('snapshot_staging_table', 'dbt')(strategy, source_sql, target_relation) }}
{% endmacro %}

{% macro default__snapshot_staging_table(strategy, source_sql, target_relation) -%}
{%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
{%- set current = config.get('dbt_valid_to_current') -%}
{%- set keep_deletes = strategy.hard_deletes == 'new_record' -%}
{%- set find_deletes = keep_deletes or strategy.hard_deletes == 'invalidate' -%}
{%- set keys = unique_key_fields(strategy.unique_key) -%}
{%- set join_on = unique_key_join_on(strategy.unique_key, 'snapshotted_data', 'source_data') -%}
{%- set is_marked = 'snapshotted_data.' ~ columns.dbt_is_deleted ~ " = 'True'" -%}
{%- set or_marked = ' or ' ~ is_marked if keep_deletes else '' -%}
{%- set now = snapshot_get_time() -%}
{%- set began = 'snapshotted_data.' ~ columns.dbt_valid_from -%}
{%- set begins = 'source_data.' ~ columns.dbt_valid_from -%}
{%- set last_moment = 'greatest(' ~ began ~ ', ended_data.dbt_ended_at)' if find_deletes else began -%}
{%- set is_late -%}
( {{ begins }} < {{ last_moment }}{{ ' or ' ~ is_marked ~ ' and ' ~ begins ~ ' <= ' ~ began if keep_deletes }} )
{%- endset -%}
{%- set start = 'case when ' ~ is_late ~ ' then greatest(' ~ now ~ ', ' ~ last_moment ~ ') else ' ~ begins ~ ' end' -%}
{%- set is_current -%}
{% if current -%}
  ( {{ equals(columns.dbt_valid_to | trim, current | trim) }} or {{ columns.dbt_valid_to | trim }} is null )
{%- else -%}
  {{ columns.dbt_valid_to }} is null
{%- endif %}
{%- endset -%}
{%- set join_ended -%}
{%- if find_deletes %}
    left outer join ended_data on {{ unique_key_join_on(strategy.unique_key, 'ended_data', 'source_data') }}
{%- endif %}
{%- endset %}

with snapshot_query as (
    {{ source_sql }}
),

snapshotted_data as (
    select *, {{ keys }}
    from {{ target_relation }}
    where {{ is_current }}
),
{% if find_deletes %}
ended_data as (
    select {{ keys }}, max({{ columns.dbt_valid_to }}) as dbt_ended_at
    from {{ target_relation }}
    where not ( {{ is_current }} )
    group by all
),
{% endif %}
insertions_source_data as (
    select *, {{ keys }},
      {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
      {{ get_dbt_valid_to_current(strategy, columns) }},
      {{ strategy.scd_id }} as {{ columns.dbt_scd_id }}
    from snapshot_query
),

updates_source_data as (
    select *, {{ keys }},
      {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_to }}
    from snapshot_query
),
{% if find_deletes %}
deletes_source_data as (
    select *, {{ keys }}
    from snapshot_query
),
{% endif %}
insertions as (
    select 'insert' as dbt_change_type,
      source_data.* replace (
        {{ start }} as {{ columns.dbt_valid_from }},
        {#- A row that comes back as it was would have the identifier of its earlier version. #}
        case when {{ is_late }} then {{ snapshot_hash_arguments(['source_data.' ~ columns.dbt_scd_id, now]) }}
          else source_data.{{ columns.dbt_scd_id }} end as {{ columns.dbt_scd_id }}
      )
      {{- ", 'False' as " ~ columns.dbt_is_deleted if keep_deletes }}
    from insertions_source_data as source_data
    left outer join snapshotted_data on {{ join_on }}
    {{- join_ended }}
    where {{ unique_key_is_null(strategy.unique_key, 'snapshotted_data') }}
      or ({{ unique_key_is_not_null(strategy.unique_key, 'snapshotted_data') }} and ( {{ strategy.row_changed }}{{ or_marked }} ))
),

updates as (
    select 'update' as dbt_change_type,
      source_data.* replace ({{ start }} as {{ columns.dbt_valid_to }}),
      snapshotted_data.{{ columns.dbt_scd_id }}
      {{- ', snapshotted_data.' ~ columns.dbt_is_deleted if keep_deletes }}
    from updates_source_data as source_data
    join snapshotted_data on {{ join_on }}
    {{- join_ended }}
    where ( {{ strategy.row_changed }}{{ or_marked }} )
)
{%- if find_deletes %},

deletes as (
    select 'delete' as dbt_change_type, source_data.*,
      {{ now }} as {{ columns.dbt_valid_from }},
      {{ now }} as {{ columns.dbt_updated_at }},
      greatest({{ now }}, {{ began }}) as {{ columns.dbt_valid_to }},
      snapshotted_data.{{ columns.dbt_scd_id }}
      {{- ', snapshotted_data.' ~ columns.dbt_is_deleted if keep_deletes }}
    from snapshotted_data
    left join deletes_source_data as source_data on {{ join_on }}
    where {{ unique_key_is_null(strategy.unique_key, 'source_data') }}
    {%- if keep_deletes %}
      and not (
        --avoid updating the record's valid_to if the latest entry is marked as deleted
        {{ is_marked }} and snapshotted_data.{{ columns.dbt_valid_to }} {{ '= ' ~ current if current else 'is null' }}
      )
    {%- endif %}
)
{%- endif -%}
{%- if keep_deletes %},
{#- Columns new to the query have no value in the snapshot yet. -#}
{%- set snapshotted_names = get_list_of_column_names(get_columns_in_relation(target_relation)) %}

deletion_records as (
    select 'insert' as dbt_change_type,
      {%- for name in get_columns_in_query(source_sql) %}
      {{ 'snapshotted_data' if name in snapshotted_names else 'source_data' }}.{{ adapter.quote(name) }},
      {%- endfor %}
      {%- if strategy.unique_key | is_list %}
        {%- for key in strategy.unique_key %}
      snapshotted_data.{{ key }} as dbt_unique_key_{{ loop.index }},
        {%- endfor %}
      {%- else %}
      snapshotted_data.dbt_unique_key as dbt_unique_key,
      {%- endif %}
      greatest({{ now }}, {{ began }}) as {{ columns.dbt_valid_from }},
      {{ now }} as {{ columns.dbt_updated_at }},
      snapshotted_data.{{ columns.dbt_valid_to }} as {{ columns.dbt_valid_to }},
      {{ snapshot_hash_arguments([columns.dbt_scd_id, now]) }} as {{ columns.dbt_scd_id }},
      'True' as {{ columns.dbt_is_deleted }}
    from snapshotted_data
    left join deletes_source_data as source_data on {{ join_on }}
    where {{ unique_key_is_null(strategy.unique_key, 'source_data') }}
      and not (
        --avoid inserting a new record if the latest one is marked as deleted
        {{ is_marked }} and snapshotted_data.{{ columns.dbt_valid_to }} {{ '= ' ~ current if current else 'is null' }}
      )
)
{%- endif %}

select * from insertions
union all
select * from updates
{%- if find_deletes %}
union all
select * from deletes
{%- endif %}
{%- if keep_deletes %}
union all
select * from deletion_records
{%- endif %}
{%- endmacro %}


{# Says when keys are missing or stand twice: such rows get more than one current version. #}
{% macro check_snapshot_keys(strategy, changes_relation) %}
  {%- set names = [] -%}
  {%- for key in (strategy.unique_key if strategy.unique_key | is_list else [strategy.unique_key]) -%}
    {%- do names.append('dbt_unique_key' ~ ('_' ~ loop.index if strategy.unique_key | is_list)) -%}
  {%- endfor -%}
  {%- set counts = run_query(
        'select count(*) filter (where n > 1 and not lacks), coalesce(sum(n) filter (where lacks), 0) from (select count(*) as n, '
        ~ names | join(' is null or ') ~ ' is null as lacks from ' ~ changes_relation
        ~ " where dbt_change_type = 'insert' group by lacks, " ~ names | join(', ') ~ ')') -%}
  {%- set twice, missing = counts[0][0], counts[0][1] -%}
  {%- if twice or missing -%}
    {%- do exceptions.warn(
          "Snapshot '" ~ model.name ~ "': the unique_key " ~ strategy.unique_key ~ ' does not tell its rows apart ('
          ~ twice ~ ' keys stand twice, ' ~ missing ~ ' rows have none), so that such rows have several current versions') -%}
  {%- endif -%}
{% endmacro %}


{# The first run's query: every row is a current version. #}
{% macro build_snapshot_table(strategy, sql) -%}
  {{ adapter.dispatch('build_snapshot_table', 'dbt')(strategy, sql) }}
{% endmacro %}

{% macro default__build_snapshot_table(strategy, sql) %}
{%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() %}
select *,
  {{ strategy.scd_id }} as {{ columns.dbt_scd_id }},
  {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
  {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
  {{ get_dbt_valid_to_current(strategy, columns) }}
  {{- ", 'False' as " ~ columns.dbt_is_deleted if strategy.hard_deletes == 'new_record' }}
from (
  {{ sql }}
) sbq
{% endmacro %}


{# Puts the changes into a temporary table, and returns it. #}
{% macro build_snapshot_staging_table(strategy, sql, target_relation) %}
  {%- set staging_relation = make_temp_relation(target_relation) -%}
  {%- call statement('build_snapshot_staging_relation') -%}
    {{ create_table_as(True, staging_relation, snapshot_staging_table(strategy, sql, target_relation)) }}
  {%- endcall -%}
  {%- do return(staging_relation) -%}
{% endmacro %}


{# The type that `dbt_updated_at` has in a snapshot's query, none where there is no such column. #}
{% macro get_updated_at_column_data_type(snapshot_sql) %}
  {%- for column in get_column_schema_from_query(snapshot_sql) if column.column in ('dbt_updated_at', 'DBT_UPDATED_AT') -%}
    {%- do return(column.dtype) -%}
  {%- endfor -%}
  {%- do return(none) -%}
{% endmacro %}

{# Warns where the query's times and the engine's own are of different types: comparing them may shift them. #}
{% macro check_time_data_types(sql) %}
  {%- set updated_at_type = get_updated_at_column_data_type(sql) -%}
  {%- if updated_at_type is not none -%}
    {%- set now_type = get_snapshot_get_time_data_type() -%}
    {%- if now_type is not none and now_type != updated_at_type and exceptions.warn_snapshot_timestamp_data_types -%}
      {%- do exceptions.warn_snapshot_timestamp_data_types(now_type, updated_at_type) -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}


{# The end of a version that has none yet; of the type of `updated_at`, which a bare null would not be. #}
{% macro get_dbt_valid_to_current(strategy, columns) %}
  coalesce(nullif({{ strategy.updated_at }}, {{ strategy.updated_at }}), {{ config.get('dbt_valid_to_current') or 'null' }}) as {{ columns.dbt_valid_to }}
{% endmacro %}


{# The key under a name of its own, `dbt_unique_key`, or `dbt_unique_key_1`, ... for a list. #}
{% macro unique_key_fields(unique_key) %}
  {%- if unique_key | is_list -%}
    {%- for key in unique_key -%}
      {{ key }} as dbt_unique_key_{{ loop.index }}{{ ' , ' if not loop.last }}
    {%- endfor -%}
  {%- else -%}
    {{ unique_key }} as dbt_unique_key
  {%- endif -%}
{% endmacro %}

{% macro unique_key_join_on(unique_key, identifier, from_identifier) %}
  {%- if unique_key | is_list -%}
    {%- for key in unique_key -%}
      {{ equals(identifier ~ '.dbt_unique_key_' ~ loop.index, from_identifier ~ '.dbt_unique_key_' ~ loop.index) }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
  {%- else -%}
    {{ identifier }}.dbt_unique_key = {{ from_identifier }}.dbt_unique_key
  {%- endif -%}
{% endmacro %}

{# A key's first part tells whether the outer join found a row. #}
{% macro unique_key_is_null(unique_key, identifier) %}
  {{ identifier }}.dbt_unique_key{{ '_1' if unique_key | is_list }} is null
{% endmacro %}

{% macro unique_key_is_not_null(unique_key, identifier) %}
  {{ identifier }}.dbt_unique_key{{ '_1' if unique_key | is_list }} is not null
{% endmacro %}
