{# A value in another type, null where it does not fit. By default a plain cast, as few engines have more. #}

{% macro safe_cast(field, type) -%}
  {%- do return(adapter.dispatch('safe_cast', 'dbt')(field, type)) -%}
{% endmacro %}

{% macro default__safe_cast(field, type) %}
  cast({{ field }} as {{ type }})
{% endmacro %}
