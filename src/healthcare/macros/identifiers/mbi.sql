{%- macro is_mbi(expression) -%}
    {{ return(adapter.dispatch('is_mbi', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__is_mbi(expression) -%}
    {#- All letters but S, L, O, I, B and Z, which look like digits. -#}
    {%- set letter = '[AC-HJKMNP-RT-Y]' -%}
    {%- set either = '[0-9AC-HJKMNP-RT-Y]' -%}
    {{ healthcare.matches(
        healthcare.as_text(expression),
        '[1-9]' ~ letter ~ either ~ '[0-9]' ~ letter ~ either ~ '[0-9]' ~ letter ~ letter ~ '[0-9][0-9]'
    ) }}
{%- endmacro %}

{% test mbi(model, column_name) %}
{{ healthcare.failing_values(model, column_name, healthcare.is_mbi(column_name)) }}
{% endtest %}
