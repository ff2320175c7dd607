{%- macro is_loinc(expression) -%}
    {{ return(adapter.dispatch('is_loinc', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_loinc(expression) -%}
    {%- set code = healthcare.as_text(expression) -%}
    {%- set digits = "lpad(replace(" ~ code ~ ", '-', ''), 9, '0')" -%}
    ({{ healthcare.matches(code, '[1-9][0-9]{0,7}-[0-9]') }} and {{ healthcare.luhn_sum(digits, 9) }} % 10 = 0)
{%- endmacro %}

{%- macro is_snomed(expression) -%}
    {{ return(adapter.dispatch('is_snomed', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_snomed(expression) -%}
    {%- set code = healthcare.as_text(expression) -%}
    {#- The two digits before the check digit tell what is identified: 00 and 10
        concepts, 01 and 11 descriptions, 02 and 12 relationships. Those that begin
        with 1 have seven digits before them, which name who issued it. -#}
    ({{ healthcare.matches(code, '[1-9][0-9]{2,14}0[0-2][0-9]|[1-9][0-9]{7,14}1[0-2][0-9]') }} and {{ healthcare.verhoeff_checksum(code) }} = 0)
{%- endmacro %}

{%- macro is_rxnorm_shape(expression) -%}
    {{ return(adapter.dispatch('is_rxnorm_shape', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_rxnorm_shape(expression) -%}
    {{ healthcare.matches(healthcare.as_text(expression), '[1-9][0-9]{0,7}') }}
{%- endmacro %}

{% test loinc(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_loinc(column_name)) }}
{% endtest %}

{% test snomed(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_snomed(column_name)) }}
{% endtest %}

{% test rxnorm_shape(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_rxnorm_shape(column_name)) }}
{% endtest %}
