{# A row for every day, week, ... between two dates, the end included where it falls on one. #}

{% macro date_spine(datepart, start_date, end_date) %}
  {%- do return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) -%}
{%- endmacro %}

{#
  The dates are SQL expressions: `date_spine('day', "cast('2024-01-01' as date)", 'current_date')`.
  The rows are one column, `date_day`, `date_week`, ...
#}
{% macro default__date_spine(datepart, start_date, end_date) %}
{%- set offset = 'row_number() over (order by 1) - 1' %}
with rawdata as (
  {{ dbt.generate_series(dbt.get_intervals_between(start_date, end_date, datepart)) }}
),
all_periods as (
  select ( {{ dbt.dateadd(datepart, offset, start_date) }} ) as date_{{ datepart }}
  from rawdata
),
filtered as (
  select *
  from all_periods
  where date_{{ datepart }} <= {{ end_date }}
)
select * from filtered
{% endmacro %}


{# The number of periods, asked of the database while compiling. #}
{% macro get_intervals_between(start_date, end_date, datepart) -%}
  {%- do return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) -%}
{%- endmacro %}

{% macro default__get_intervals_between(start_date, end_date, datepart) -%}
  {%- call statement('get_intervals_between', fetch_result=True) -%}
    select {{ dbt.datediff(start_date, end_date, datepart) }}
  {%- endcall -%}
  {%- set result = load_result('get_intervals_between') -%}
  {#- While parsing there is no answer; one row will do. -#}
  {%- do return(result['data'][0][0] if result and result['data'] else 1) -%}
{%- endmacro %}
