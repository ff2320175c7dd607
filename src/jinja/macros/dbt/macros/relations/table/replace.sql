{# Not every engine can replace a table by one statement: there is no default. #}

{% macro get_replace_table_sql(relation, sql) %}
  {{- adapter.dispatch('get_replace_table_sql', 'dbt')(relation, sql) -}}
{% endmacro %}

{% macro default__get_replace_table_sql(relation, sql) %}
  {%- do exceptions.raise_compiler_error('`get_replace_table_sql` is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}
