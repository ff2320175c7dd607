{# The query that `show` runs, and the limit on a query's rows. #}

{% macro get_show_sql(compiled_code, sql_header, limit) -%}
  {{ sql_header if sql_header is not none }}
  {{ get_limit_subquery_sql(compiled_code, limit) }}
{% endmacro %}


{#
  The limit stands at the end of the query itself, not around it: a query that
  has one of its own is an error rather than limited twice.
#}
{% macro get_limit_subquery_sql(sql, limit) -%}
  {{ adapter.dispatch('get_limit_sql', 'dbt')(sql, limit) }}
{%- endmacro %}

{% macro default__get_limit_sql(sql, limit) %}
  {{ sql }}
  {% if limit is not none %}limit {{ limit }}{% endif %}
{% endmacro %}
