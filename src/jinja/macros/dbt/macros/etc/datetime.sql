{# Days as text: parsing them, and listing those between two. #}

{% macro convert_datetime(date_str, date_fmt) %}
  {%- set message = "'" ~ date_str ~ "' is not a date in the format '" ~ date_fmt ~ "'" -%}
  {%- do return(try_or_compiler_error(message, modules.datetime.datetime.strptime, date_str.strip(), date_fmt)) -%}
{% endmacro %}


{#
  Every day from the first to the last, both included: as text in `out_fmt`,
  or as datetimes where that is empty.
#}
{% macro dates_in_range(start_date_str, end_date_str=none, in_fmt="%Y%m%d", out_fmt="%Y%m%d") %}
  {%- set first_day = convert_datetime(start_date_str, in_fmt) -%}
  {%- set last_day = first_day if end_date_str is none else convert_datetime(end_date_str, in_fmt) -%}

  {%- set steps = (last_day - first_day).days -%}
  {%- if steps < 0 -%}
    {%- do exceptions.raise_compiler_error(
          'The range of days starts at ' ~ first_day ~ ', after its end at ' ~ last_day, model) -%}
  {%- endif -%}

  {%- set days = [] -%}
  {%- for offset in range(steps + 1) -%}
    {%- set day = first_day + modules.datetime.timedelta(days=offset) -%}
    {%- do days.append(day.strftime(out_fmt) if out_fmt else day) -%}
  {%- endfor -%}
  {%- do return(days) -%}
{% endmacro %}


{# `20240101` is that day; `20240101,20240131` is the days from one to the other. #}
{% macro partition_range(raw_partition_date, date_fmt='%Y%m%d') %}
  {%- set ends = (raw_partition_date | string).split(',') -%}
  {%- if ends | length > 2 -%}
    {%- do exceptions.raise_compiler_error(
          "Invalid partition '" ~ raw_partition_date ~ "': give one day, or the first and the last with a comma between them") -%}
  {%- endif -%}
  {%- do return(dates_in_range(ends[0], ends[1] if ends | length == 2 else none, in_fmt=date_fmt)) -%}
{% endmacro %}


{# The present moment to the microsecond, digits only: fit for a name. #}
{% macro py_current_timestring() %}
  {%- do return(modules.datetime.datetime.now().strftime('%Y%m%d%H%M%S%f')) -%}
{% endmacro %}
