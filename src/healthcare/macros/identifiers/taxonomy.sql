{%- macro is_taxonomy_code(expression) -%}
    {{ return(adapter.dispatch('is_taxonomy_code', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_taxonomy_code(expression) -%}
    {{ healthcare.matches(healthcare.as_text(expression), '[1-4][0-9]{2}[0-9A-Z]{6}X') }}
{%- endmacro %}

{% test taxonomy_code(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_taxonomy_code(column_name)) }}
{% endtest %}
