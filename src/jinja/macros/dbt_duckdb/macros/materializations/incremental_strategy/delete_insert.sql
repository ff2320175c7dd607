{# delete+insert on DuckDB: the rows with the keys of new rows go, then the new rows are added. #}
{% macro duckdb__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
{%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
{%- if unique_key is string and unique_key -%}
delete from {{ target }}
where ( {{ unique_key }}) in (
  select ({{ unique_key }})
  from {{ source }}
)
{%- for predicate in incremental_predicates or [] %}
and {{ predicate }}
{%- endfor %};
{% elif unique_key -%}
{%- set conditions = [] -%}
{%- for key in unique_key -%}
  {%- do conditions.append(source ~ '.' ~ key ~ ' = DBT_INCREMENTAL_TARGET.' ~ key) -%}
{%- endfor -%}
delete from {{ target }} as DBT_INCREMENTAL_TARGET
using {{ source }}
where ( {{ (conditions + (incremental_predicates or [])) | join(' and ') }} );
{% endif %}
insert into {{ target }} ({{ columns }})
(
  select {{ columns }}
  from {{ source }}
)
{%- endmacro %}
