{#
  insert_overwrite on DuckDB: whole partitions are replaced, in one
  transaction, so that a day of one source can be loaded again at any time.
  Runs that load different partitions do not touch each other's rows.

  Which partitions depends on the configuration:

  - `partition_by`, a column, an expression or a list of them: those that the
    new rows fall into;
  - `partitions`, a list of mappings of column to value or of SQL conditions:
    those named, also where the query has no rows for them. Rows of the query
    that fall into none of them are not written.
#}
{% macro duckdb__get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header=false) -%}
{%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
{%- set filters = normalize_incremental_predicates(predicates) -%}
{%- set keys = normalize_string_or_list(config.get('partition_by', none) or config.get('partitioned_by', none), 'partition_by') -%}
{%- set partitions = config.get('partitions', none) -%}

{%- set named = [] -%}
{%- for partition in partitions or [] -%}
  {%- if partition is mapping -%}
    {%- set parts = [] -%}
    {%- for name, value in partition.items() -%}
      {%- set literal = dbt.string_literal(dbt.escape_single_quotes(value)) if value is string else value -%}
      {%- do parts.append(adapter.quote(name) ~ ' is null' if value is none else adapter.quote(name) ~ ' = ' ~ literal) -%}
    {%- endfor -%}
    {%- do named.append('(' ~ parts | join(' and ') ~ ')') -%}
  {%- else -%}
    {%- do named.append('(' ~ partition ~ ')') -%}
  {%- endif -%}
{%- endfor -%}

{%- if partitions is not none and not named -%}
  {%- do exceptions.raise_compiler_error("'partitions' names no partition: list at least one, or remove it to replace those of the new rows") -%}
{%- elif not named and not keys -%}
  {%- do exceptions.raise_compiler_error(
        "The insert_overwrite strategy needs 'partition_by', the columns that make up a partition, or 'partitions', the ones to replace") -%}
{%- endif -%}

{%- if named -%}
{%- set in_partitions = '(' ~ named | join(' or ') ~ ')' -%}
delete from {{ target }}
where {{ ([in_partitions] + filters) | join(' and ') }};
insert into {{ target }} ({{ columns }})
select {{ columns }}
from {{ source }}
where {{ in_partitions }};
{%- else -%}
{#- The aliases keep an expression's columns those of the table alone. Nulls are a partition too. -#}
{%- set values = [] -%}
{%- set matches = [] -%}
{%- for key in keys -%}
  {%- do values.append(key ~ ' as dbt_partition_' ~ loop.index) -%}
  {%- do matches.append('(' ~ key ~ ') is not distinct from DBT_INTERNAL_PARTITIONS.dbt_partition_' ~ loop.index) -%}
{%- endfor -%}
delete from {{ target }} as DBT_INTERNAL_DEST
using (select distinct {{ values | join(', ') }} from {{ source }}) as DBT_INTERNAL_PARTITIONS
where {{ (matches + filters) | join(' and ') }};
insert into {{ target }} ({{ columns }})
select {{ columns }}
from {{ source }};
{%- endif -%}
{%- endmacro %}
