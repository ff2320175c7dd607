{# A quarter is given as three months. #}
{% macro duckdb__last_day(date, datepart) -%}
{%- if datepart == 'quarter' -%}
  {%- set next_start = dbt.dateadd('month', '3', dbt.date_trunc(datepart, date)) -%}
  -- duckdb dateadd does not support quarter interval.
  cast( {{ dbt.dateadd('day', '-1', next_start) }} as date)
{%- else -%}
  {{ dbt.default_last_day(date, datepart) }}
{%- endif -%}
{%- endmacro %}
