{%- macro is_npi(expression) -%}
    {{ return(adapter.dispatch('is_npi', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_npi(expression) -%}
    {%- set npi = healthcare.as_text(expression) -%}
    ({{ healthcare.matches(npi, '[12][0-9]{9}') }} and {{ healthcare.luhn_sum("('80840' || " ~ npi ~ ")", 15) }} % 10 = 0)
{%- endmacro %}

{% test npi(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_npi(column_name)) }}
{% endtest %}
