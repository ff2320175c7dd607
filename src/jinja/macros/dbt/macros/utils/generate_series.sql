{# The whole numbers from 1 on, one a row. #}

{% macro generate_series(upper_bound) %}
  {%- do return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) -%}
{% endmacro %}

{# By binary digits: each of so many two-row relations, joined, is one of them. #}
{% macro default__generate_series(upper_bound) %}
{%- set digits = [] -%}
{%- set relations = [] -%}
{%- for i in range(dbt.get_powers_of_two(upper_bound)) -%}
  {%- do digits.append('p' ~ i ~ '.generated_number * power(2, ' ~ i ~ ')') -%}
  {%- do relations.append('p as p' ~ i) -%}
{%- endfor %}
with p as (
  select 0 as generated_number union all select 1
), unioned as (
  select {{ digits | join(' + ') }} + 1 as generated_number
  from {{ relations | join(' cross join ') }}
)
select *
from unioned
where generated_number <= {{ upper_bound }}
order by generated_number
{% endmacro %}


{# How many binary digits it takes to count up to the bound. #}
{% macro get_powers_of_two(upper_bound) %}
  {%- do return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) -%}
{% endmacro %}

{% macro default__get_powers_of_two(upper_bound) %}
  {%- if upper_bound <= 0 -%}
    {%- do exceptions.raise_compiler_error('upper bound must be positive') -%}
  {%- endif -%}
  {%- for digits in range(1, 100) if upper_bound <= 2 ** digits -%}
    {%- do return(digits) -%}
  {%- endfor -%}
{% endmacro %}
