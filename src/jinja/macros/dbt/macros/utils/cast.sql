{# A value in another type; a value that does not fit is an error. #}

{% macro cast(field, type) -%}
  {%- do return(adapter.dispatch('cast', 'dbt')(field, type)) -%}
{% endmacro %}

{% macro default__cast(field, type) %}
  cast({{ field }} as {{ type }})
{% endmacro %}
