{# DuckDB adds and drops one column per statement, and changes a column's type in place. #}

{% macro duckdb__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {%- set alter = 'alter ' ~ relation.type ~ ' ' ~ relation.render() -%}
  {%- for column in add_columns or [] -%}
    {%- do run_query(alter ~ ' add column ' ~ api.Relation.create(identifier=column.name) ~ ' ' ~ column.data_type) -%}
  {%- endfor -%}
  {%- for column in remove_columns or [] -%}
    {%- do run_query(alter ~ ' drop column ' ~ api.Relation.create(identifier=column.name)) -%}
  {%- endfor -%}
{% endmacro %}

{#
  The general way, by a second column, would update the table between two
  alterations, which DuckDB refuses when such a transaction is committed.
#}
{% macro duckdb__alter_column_type(relation, column_name, new_column_type) -%}
  {%- call statement('alter_column_type') -%}
    alter table {{ relation.render() }} alter column {{ adapter.quote(column_name) }} set data type {{ new_column_type }}
  {%- endcall -%}
{% endmacro %}
