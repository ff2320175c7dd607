{# The statements of the incremental strategies. #}

{% macro get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {#- `predicates` is this argument's old name. -#}
  {%- set incremental_predicates = kwargs.get('predicates', incremental_predicates) -%}
  {{ adapter.dispatch('get_merge_sql', 'dbt')(target, source, unique_key, dest_columns, incremental_predicates) }}
{%- endmacro %}

{% macro default__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
{%- set conditions = [] + (incremental_predicates or []) -%}
{%- if not unique_key -%}
  {%- do conditions.append('FALSE') -%}
{%- elif unique_key is string -%}
  {%- do conditions.append(get_merge_unique_key_match(
        'DBT_INTERNAL_SOURCE.' ~ unique_key, 'DBT_INTERNAL_DEST.' ~ unique_key)) -%}
{%- else -%}
  {%- for key in unique_key -%}
    {%- do conditions.append('DBT_INTERNAL_SOURCE.' ~ key ~ ' = DBT_INTERNAL_DEST.' ~ key) -%}
  {%- endfor -%}
{%- endif -%}

{%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
{%- set assignments = [] -%}
{%- for name in get_merge_update_columns(config.get('merge_update_columns'), config.get('merge_exclude_columns'), dest_columns) -%}
  {%- do assignments.append(name ~ ' = DBT_INTERNAL_SOURCE.' ~ name) -%}
{%- endfor -%}

{{ config.get('sql_header', none) or '' }}
merge into {{ target }} as DBT_INTERNAL_DEST
using {{ source }} as DBT_INTERNAL_SOURCE
on ({{ conditions | join(') and (') }})
{% if unique_key -%}
when matched then update set {{ assignments | join(', ') }}
{% endif -%}
when not matched then insert ({{ columns }})
values ({{ columns }})
{% endmacro %}


{# When two rows have the same key; a project may let nulls match nulls. #}
{% macro get_merge_unique_key_match(source_unique_key, target_unique_key) %}
  {%- do return(adapter.dispatch('get_merge_unique_key_match', 'dbt')(source_unique_key, target_unique_key)) -%}
{% endmacro %}

{% macro default__get_merge_unique_key_match(source_unique_key, target_unique_key) -%}
  {%- do return(equals(source_unique_key, target_unique_key) | trim) -%}
{%- endmacro %}


{% macro get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
  {{ adapter.dispatch('get_delete_insert_merge_sql', 'dbt')(target, source, unique_key, dest_columns, incremental_predicates) }}
{%- endmacro %}

{% macro default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
{%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
{%- if unique_key -%}
{%- set keys = unique_key if unique_key is string else unique_key | join(', ') -%}
delete from {{ target }} as DBT_INTERNAL_DEST
where ({{ keys }}) in (
  select distinct {{ keys }}
  from {{ source }} as DBT_INTERNAL_SOURCE
)
{%- for predicate in incremental_predicates or [] %}
and {{ predicate }}
{%- endfor %};
{% endif %}
insert into {{ target }} ({{ columns }})
(
  select {{ columns }}
  from {{ source }}
)
{%- endmacro %}


{% macro get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header=false) -%}
  {{ adapter.dispatch('get_insert_overwrite_merge_sql', 'dbt')(target, source, dest_columns, predicates, include_sql_header) }}
{%- endmacro %}

{% macro default__get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header) -%}
{%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
{{ (config.get('sql_header', none) or '') if include_sql_header }}
merge into {{ target }} as DBT_INTERNAL_DEST
using {{ source }} as DBT_INTERNAL_SOURCE
on FALSE
when not matched by source
{%- if predicates %} and {{ predicates | join(' and ') }}{% endif %}
then delete
when not matched then insert ({{ columns }})
values ({{ columns }})
{% endmacro %}
