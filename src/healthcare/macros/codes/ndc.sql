{%- macro ndc_11(expression) -%}
    {{ return(adapter.dispatch('ndc_11', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__ndc_11(expression) -%}
    {%- set ndc = healthcare.as_text(expression) -%}
    {#- The part that is one digit short gets a zero in front. -#}
    case
        when {{ healthcare.matches(ndc, '[0-9]{11}') }} then {{ ndc }}
        when {{ healthcare.matches(ndc, '[0-9]{5}-[0-9]{4}-[0-9]{2}') }} then replace({{ ndc }}, '-', '')
        when {{ healthcare.matches(ndc, '[0-9]{4}-[0-9]{4}-[0-9]{2}') }} then '0' || replace({{ ndc }}, '-', '')
        when {{ healthcare.matches(ndc, '[0-9]{5}-[0-9]{3}-[0-9]{2}') }}
            then substr({{ ndc }}, 1, 5) || '0' || substr({{ ndc }}, 7, 3) || substr({{ ndc }}, 11, 2)
        when {{ healthcare.matches(ndc, '[0-9]{5}-[0-9]{4}-[0-9]') }}
            then substr({{ ndc }}, 1, 5) || substr({{ ndc }}, 7, 4) || '0' || substr({{ ndc }}, 12, 1)
    end
{%- endmacro %}

{%- macro is_ndc(expression, normalised=false) -%}
    {{ return(adapter.dispatch('is_ndc', 'healthcare')(expression, normalised)) }}
{%- endmacro %}

{%- macro default__is_ndc(expression, normalised) -%}
    {%- set ndc = healthcare.as_text(expression) -%}
    {%- if normalised -%}
        {{ healthcare.matches(ndc, '[0-9]{11}') }}
    {%- else -%}
        {#- Ten digits without dashes are an NDC, but which one is not known. -#}
        ({{ healthcare.matches(ndc, '[0-9]{10}') }} or {{ healthcare.ndc_11(expression) }} is not null)
    {%- endif -%}
{%- endmacro %}

{% test ndc(model, column_name, normalised=false) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_ndc(column_name, normalised)) }}
{% endtest %}
