{%- macro is_icd10_cm(expression, dotted=none) -%}
    {{ return(adapter.dispatch('is_icd10_cm', 'healthcare')(expression, dotted)) }}
{%- endmacro %}

{%- macro default__is_icd10_cm(expression, dotted) -%}
    {%- set dot = {'none': '\\.?', 'True': '\\.', 'False': ''}['none' if dotted is none else dotted | string] -%}
    {#- The third character is a letter in C7A, M1A, Z3A and their like; the
        seventh stands for the encounter. -#}
    {{ healthcare.matches(healthcare.as_text(expression), '[A-Z][0-9][0-9A-Z](' ~ dot ~ '[0-9A-Z]{1,4})?') }}
{%- endmacro %}

{%- macro is_icd10_pcs(expression) -%}
    {{ return(adapter.dispatch('is_icd10_pcs', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_icd10_pcs(expression) -%}
    {#- The first character is one of the sections; I and O are never used. -#}
    {{ healthcare.matches(healthcare.as_text(expression), '[0-9BCDFGHX][0-9A-HJ-NP-Z]{6}') }}
{%- endmacro %}

{% test icd10_cm(model, column_name, dotted=none) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_icd10_cm(column_name, dotted)) }}
{% endtest %}

{% test icd10_pcs(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_icd10_pcs(column_name)) }}
{% endtest %}
