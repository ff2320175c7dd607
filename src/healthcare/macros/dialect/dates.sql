{#- A day long ago, for spans that were always there. -#}
{%- macro beginning_of_time() -%}
    cast('0001-01-01' as date)
{%- endmacro %}

{#- A day far ahead, for spans that have no end yet. -#}
{%- macro end_of_time() -%}
    cast('9999-12-31' as date)
{%- endmacro %}

{#- Days from one date to another: 1 from a day to the next. -#}
{%- macro days_between(earlier, later) -%}
    {{ dbt.datediff(earlier, later, 'day') }}
{%- endmacro %}
