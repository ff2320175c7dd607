{# An array of SQL expressions of one type. The type matters to an empty one. #}

{% macro array_construct(inputs=[], data_type=api.Column.translate_type('integer')) -%}
  {%- do return(adapter.dispatch('array_construct', 'dbt')(inputs, data_type)) -%}
{% endmacro %}

{% macro default__array_construct(inputs, data_type) %}
  {{ 'array[ ' ~ inputs | join(' , ') ~ ' ]' if inputs else 'array[]::' ~ data_type ~ '[]' }}
{% endmacro %}
