{# merge on DuckDB, in as much detail as its MERGE statement offers. #}

{% macro duckdb__get_incremental_merge_sql(args_dict) %}
  {%- do return(duckdb__get_merge_sql(
        args_dict['target_relation'], args_dict['temp_relation'], args_dict['unique_key'], args_dict['dest_columns'],
        normalize_incremental_predicates(args_dict.get('incremental_predicates')))) -%}
{% endmacro %}


{#
  Which new row belongs to which old one: by the columns of
  `merge_on_using_columns`, else by the unique key, else none does.
#}
{% macro duckdb__merge_join_clause(unique_key, merge_on_using_columns, incremental_predicates) -%}
{%- set conditions = [] -%}
{%- if merge_on_using_columns -%}
  USING ({{ merge_on_using_columns | join(', ') }})
{%- elif unique_key -%}
  {%- for key in ([unique_key] if unique_key is string else unique_key) -%}
    {%- do conditions.append('DBT_INTERNAL_SOURCE.' ~ key ~ ' = DBT_INTERNAL_DEST.' ~ key) -%}
  {%- endfor -%}
{%- else -%}
  {%- do conditions.append('FALSE') -%}
{%- endif -%}
{%- do conditions.extend(incremental_predicates or []) -%}
{%- if conditions %}
  ON ({{ conditions | join(') AND (') }})
{%- endif -%}
{%- endmacro %}


{% macro duckdb__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
{%- do validate_merge_config(config, target) -%}
{%- set update_columns = config.get('merge_update_columns', []) -%}
{%- set exclude_columns = config.get('merge_exclude_columns', []) -%}
{%- set set_expressions = config.get('merge_update_set_expressions', {}) -%}
{%- set returning = config.get('merge_returning_columns', []) -%}

{%- set defaults = merge_clause_defaults(
      config.get('merge_update_condition', none),
      config.get('merge_insert_condition', none),
      update_columns,
      exclude_columns,
      set_expressions
    ) -%}
{%- set default_update = defaults.when_matched_update_explicit if update_columns or exclude_columns or set_expressions
      else defaults.when_matched_update_by_name -%}
{%- set clauses = config.get('merge_clauses', {}) -%}
{%- set modes = {'by_name': 'BY NAME', 'by_position': 'BY POSITION'} %}

{{ config.get('sql_header', none) or '' }}
MERGE INTO {{ target }} AS DBT_INTERNAL_DEST
USING {{ source }} AS DBT_INTERNAL_SOURCE
{{ duckdb__merge_join_clause(
     unique_key, config.get('merge_on_using_columns', []), normalize_incremental_predicates(incremental_predicates)) }}

{%- for kind, clause_list in [
      ('MATCHED', clauses.get('when_matched', [default_update])),
      ('NOT MATCHED', clauses.get('when_not_matched', [defaults.when_not_matched_insert_by_name]))
    ] -%}
{%- for clause in clause_list -%}
  {%- set action = clause.get('action') -%}
  {%- set mode = clause.get('mode') -%}
  {%- set condition = clause.get('condition') -%}
  {%- if condition and condition is not string -%}
    {%- set condition = '(' ~ condition | join(') AND (') ~ ')' -%}
  {%- endif %}
WHEN {{ kind }}{{ ' BY ' ~ clause.get('by') | upper if clause.get('by') }}{{ ' AND ' ~ condition if condition }}
THEN
  {% if action == 'delete' -%}
    DELETE
  {%- elif action == 'do_nothing' -%}
    DO NOTHING
  {%- elif action == 'error' -%}
    {%- set message = clause.get('error_message') -%}
    ERROR{{ " '" ~ message | replace("'", "''") ~ "'" if message }}
  {%- elif action == 'insert' -%}
    {%- if mode in modes -%}
      INSERT {{ modes[mode] }}
    {%- elif mode == 'star' -%}
      INSERT *
    {%- elif mode == 'explicit' -%}
      {%- set given = clause.get('insert', {}) -%}
      INSERT ({{ given.get('columns', []) | join(', ') }}) VALUES ({{ given.get('values', []) | join(', ') }})
    {%- endif -%}
  {%- elif action == 'update' and kind == 'MATCHED' and mode in modes -%}
    UPDATE {{ modes[mode] }}
  {%- elif action == 'update' and kind == 'MATCHED' and mode == 'star' -%}
    UPDATE SET *
  {%- elif action == 'update' -%}
    {#- A column with an expression of its own is not copied from the new row as well. -#}
    {%- set assignments = [] -%}
    {%- set given = clause.get('update', {}) if kind == 'MATCHED' else clause -%}
    {%- set expressions = given.get('set_expressions', {}) -%}
    {%- for name, expression in expressions.items() -%}
      {%- do assignments.append(name ~ ' = ' ~ expression) -%}
    {%- endfor -%}
    {%- if kind == 'MATCHED' -%}
      {%- for name in get_merge_update_columns(given.get('include', []), given.get('exclude', []), dest_columns)
            if name | replace('"', '') | replace("'", '') not in expressions -%}
        {%- do assignments.append(name ~ ' = DBT_INTERNAL_SOURCE.' ~ name) -%}
      {%- endfor -%}
    {%- endif -%}
    UPDATE SET {{ assignments | join(', ') }}
  {%- endif -%}
{%- endfor -%}
{%- endfor %}
{{ 'RETURNING ' ~ (returning if returning is string else returning | join(', ')) if returning }}
{% endmacro %}
