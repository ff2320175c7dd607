{%- macro is_ssn(expression) -%}
    {{ return(adapter.dispatch('is_ssn', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_ssn(expression) -%}
    {%- set ssn = healthcare.as_text(expression) -%}
    {%- set digits = "replace(" ~ ssn ~ ", '-', '')" -%}
    (
        {{ healthcare.matches(ssn, '[0-8][0-9]{2}-?[0-9]{2}-?[0-9]{4}') }}
        and length({{ ssn }}) in (9, 11)
        and substr({{ digits }}, 1, 3) not in ('000', '666')
        and substr({{ digits }}, 4, 2) <> '00'
        and substr({{ digits }}, 6, 4) <> '0000'
    )
{%- endmacro %}

{% test ssn_shape(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_ssn(column_name)) }}
{% endtest %}
