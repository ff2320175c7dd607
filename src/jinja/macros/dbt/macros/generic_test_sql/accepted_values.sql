{#
  `accepted_values`: the values found that are not in the list, each with its
  number of rows. `quote: false` is for numbers, booleans and SQL expressions.
#}
{% macro default__test_accepted_values(model, column_name, values, quote=True) %}
{%- set mark = "'" if quote else '' -%}
{%- set accepted = [] -%}
{%- for value in values -%}
  {%- do accepted.append(mark ~ value ~ mark) -%}
{%- endfor %}
with all_values as (
    select {{ column_name }} as value_field, count(*) as n_records
    from {{ model }}
    group by {{ column_name }}
)
select *
from all_values
where value_field not in ( {{ accepted | join(',') }} )
{% endmacro %}
