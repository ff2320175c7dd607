{#
  microbatch on DuckDB: the rows of the batch's span of time are deleted, then
  inserted anew. Batches do not touch each other's rows.
#}
{% macro duckdb__get_incremental_microbatch_sql(arg_dict) -%}
  {%- set event_time = config.get('event_time') -%}
  {%- if not event_time -%}
    {%- do exceptions.raise_compiler_error(
          "The microbatch strategy needs the model's 'event_time': the column that says which batch a row belongs to") -%}
  {%- endif -%}
  {%- if config.get('unique_key') -%}
    {%- do exceptions.raise_compiler_error(
          "The microbatch strategy does not support 'unique_key': it replaces the rows of a span of time, whatever their key. "
          ~ "Remove 'unique_key', or use incremental_strategy='merge'") -%}
  {%- endif -%}

  {%- set batch = model.get('batch') or {} -%}
  {%- set batch_start = batch.get('event_time_start') -%}
  {%- set batch_end = batch.get('event_time_end') -%}
  {%- if not (batch_start and batch_end) -%}
    {%- do exceptions.raise_compiler_error('The microbatch strategy works on one batch at a time, and this run has none') -%}
  {%- endif -%}

  {%- set target = arg_dict['target_relation'] -%}
  {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
  {%- set in_batch = event_time ~ " >= '" ~ batch_start ~ "' and " ~ event_time ~ " < '" ~ batch_end ~ "'" -%}

  {%- set build_sql %}
delete from {{ target }}
where {{ in_batch }}
{%- for predicate in normalize_incremental_predicates(arg_dict.get('incremental_predicates')) %}
and ({{ predicate }})
{%- endfor %};
insert into {{ target }} ({{ columns }})
select {{ columns }}
from {{ arg_dict['temp_relation'] }}
where {{ in_batch }};
  {%- endset -%}
  {%- do return(build_sql) -%}
{%- endmacro %}
