{% test date_not_future(model, column_name, as_of=none) %}
{{ return(adapter.dispatch('test_date_not_future', 'healthcare')(model, column_name, as_of)) }}
{% endtest %}

{% macro default__test_date_not_future(model, column_name, as_of) %}
{%- set today = "cast('" ~ as_of ~ "' as date)" if as_of is not none else 'current_date' %}

select {{ column_name }}
from {{ model }}
where cast({{ column_name }} as date) > {{ today }}

{% endmacro %}

{% test date_order(model, columns) %}
{{ return(adapter.dispatch('test_date_order', 'healthcare')(model, columns)) }}
{% endtest %}

{% macro default__test_date_order(model, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
where {{ healthcare.out_of_order(columns) }}

{% endmacro %}

{#- Whether any of some columns is greater than a later one, nulls left out. -#}
{%- macro out_of_order(columns, tolerance=0) -%}
    {%- if columns is string or columns | length < 2 -%}
        {{ exceptions.raise_compiler_error('`columns` must list two columns or more, in their order') }}
    {%- endif -%}
    false
    {%- for lower in columns %}
    {%- for higher in columns[loop.index:] %}
    or {{ lower }} > {{ higher }}{% if tolerance %} + {{ tolerance }}{% endif %}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}
