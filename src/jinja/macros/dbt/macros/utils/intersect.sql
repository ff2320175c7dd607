{# The rows that two queries share, each once. Stands between the two. #}

{% macro intersect() %}
  {%- do return(adapter.dispatch('intersect', 'dbt')()) -%}
{% endmacro %}

{% macro default__intersect() %}
  intersect
{% endmacro %}
