{# The rows of one query that another has not, each once. Stands between the two. #}

{% macro except() %}
  {%- do return(adapter.dispatch('except', 'dbt')()) -%}
{% endmacro %}

{% macro default__except() %}
  except
{% endmacro %}
