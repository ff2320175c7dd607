{#
  The interval may be any expression, which `interval` itself does not take:
  one unit is multiplied by it. Quarters and weeks are given in units that
  every version of DuckDB knows.
#}
{% macro duckdb__dateadd(datepart, interval, from_date_or_timestamp) %}
  {%- set units = {'quarter': (' * 3', 'month'), 'week': (' * 7', 'day')} -%}
  {%- set part = datepart | lower -%}
  {%- set count = 'cast(' ~ interval ~ ' as bigint)' -%}
  {%- if part in units -%}
    {%- set count = '(' ~ count ~ units[part][0] ~ ')' -%}
    {%- set part = units[part][1] -%}
  {%- endif %}
  ({{ from_date_or_timestamp }} + {{ count }} * interval 1 {{ part }})
{%- endmacro %}
