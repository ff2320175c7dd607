{%- macro is_ms_drg(expression) -%}
    {{ return(adapter.dispatch('is_ms_drg', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_ms_drg(expression) -%}
    {%- set drg = healthcare.as_text(expression) -%}
    ({{ healthcare.matches(drg, '[0-9]{3}') }} and {{ drg }} <> '000')
{%- endmacro %}

{%- macro is_revenue_code(expression) -%}
    {{ return(adapter.dispatch('is_revenue_code', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_revenue_code(expression) -%}
    {%- set code = healthcare.as_text(expression) -%}
    ({{ healthcare.matches(code, '[0-3][0-9]{3}') }} and {{ code }} between '0001' and '3199')
{%- endmacro %}

{%- macro is_place_of_service(expression) -%}
    {{ return(adapter.dispatch('is_place_of_service', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_place_of_service(expression) -%}
    {#- The codes that CMS has given a meaning; the others are unassigned. -#}
    {{ healthcare.matches(
        healthcare.as_text(expression),
        '0[1-9]|1[0-9]|2[0-7]|3[1-4]|4[129]|5[0-8]|6[01256]|7[12]|81|99'
    ) }}
{%- endmacro %}

{%- macro is_bill_type(expression) -%}
    {{ return(adapter.dispatch('is_bill_type', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_bill_type(expression) -%}
    {#- A zero, the kind of facility, the kind of care, and the frequency. -#}
    {{ healthcare.matches(healthcare.as_text(expression), '0[1-8][1-9][0-9A-Z]') }}
{%- endmacro %}

{% test ms_drg(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_ms_drg(column_name)) }}
{% endtest %}

{% test revenue_code(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_revenue_code(column_name)) }}
{% endtest %}

{% test place_of_service(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_place_of_service(column_name)) }}
{% endtest %}

{% test bill_type(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_bill_type(column_name)) }}
{% endtest %}
