{#
  The four generic tests every project can name in its property files.
  Each only looks up its SQL, so that an adapter, a package or the project
  can give a test another body through `test_<name>`.
#}

{% test unique(model, column_name) %}
  {%- set build_sql = adapter.dispatch('test_unique', 'dbt') -%}
  {{ build_sql(model, column_name) }}
{% endtest %}

{% test not_null(model, column_name) %}
  {%- set build_sql = adapter.dispatch('test_not_null', 'dbt') -%}
  {{ build_sql(model, column_name) }}
{% endtest %}

{% test accepted_values(model, column_name, values, quote=True) %}
  {%- set build_sql = adapter.dispatch('test_accepted_values', 'dbt') -%}
  {{ build_sql(model, column_name, values, quote) }}
{% endtest %}

{% test relationships(model, column_name, to, field) %}
  {%- set build_sql = adapter.dispatch('test_relationships', 'dbt') -%}
  {{ build_sql(model, column_name, to, field) }}
{% endtest %}
