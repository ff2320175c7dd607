{%- macro is_hcpcs(expression, level=none) -%}
    {{ return(adapter.dispatch('is_hcpcs', 'healthcare')(expression, level)) }}
{%- endmacro %}

{%- macro default__is_hcpcs(expression, level) -%}
    {%- set code = healthcare.as_text(expression) -%}
    {%- if level is not none and level not in [1, 2] -%}
        {{ exceptions.raise_compiler_error('hcpcs: `level` is 1 (CPT) or 2, not ' ~ level) }}
    {%- endif -%}
    {%- if level == 1 -%}
        {{ healthcare.is_cpt_shape(expression) }}
    {%- elif level == 2 -%}
        {{ healthcare.matches(code, '[A-V][0-9]{4}') }}
    {%- else -%}
        ({{ healthcare.matches(code, '[A-V][0-9]{4}') }} or {{ healthcare.is_cpt_shape(expression) }})
    {%- endif -%}
{%- endmacro %}

{%- macro is_cpt_shape(expression) -%}
    {{ return(adapter.dispatch('is_cpt_shape', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_cpt_shape(expression) -%}
    {{ healthcare.matches(healthcare.as_text(expression), '[0-9]{4}[0-9AFMTU]') }}
{%- endmacro %}

{% test hcpcs(model, column_name, level=none) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_hcpcs(column_name, level)) }}
{% endtest %}

{% test cpt_shape(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_cpt_shape(column_name)) }}
{% endtest %}
