{# The last day of the month, quarter, ... that a date lies in. #}

{% macro last_day(date, datepart) -%}
  {%- do return(adapter.dispatch('last_day', 'dbt')(date, datepart)) -%}
{% endmacro %}

{% macro default__last_day(date, datepart) -%}
  {{ dbt.default_last_day(date, datepart) }}
{%- endmacro %}


{# Forward to the start of the next one, and a day back. #}
{% macro default_last_day(date, datepart) -%}
  {%- set next_start = dbt.dateadd(datepart, '1', dbt.date_trunc(datepart, date)) -%}
  cast( {{ dbt.dateadd('day', '-1', next_start) }} as date)
{%- endmacro %}
