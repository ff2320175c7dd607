{#
  What an incremental model does when its query gives other columns than its
  table has: `ignore`, `fail`, `append_new_columns` or `sync_all_columns`.
#}

{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') %}
  {%- if on_schema_change in ('ignore', 'fail', 'append_new_columns', 'sync_all_columns') -%}
    {%- do return(on_schema_change) -%}
  {%- endif -%}
  {%- do log('on_schema_change cannot be ' ~ on_schema_change ~ '; taking it as ' ~ default) -%}
  {%- do return(default) -%}
{% endmacro %}


{# Compares the columns of the new rows with those of the table. #}
{% macro check_for_schema_changes(source_relation, target_relation) %}
  {%- do return(adapter.dispatch('check_for_schema_changes', 'dbt')(source_relation, target_relation)) -%}
{% endmacro %}

{% macro default__check_for_schema_changes(source_relation, target_relation) %}
  {%- set source_columns = adapter.get_columns_in_relation(source_relation) -%}
  {%- set target_columns = adapter.get_columns_in_relation(target_relation) -%}
  {%- set added = diff_columns(source_columns, target_columns) -%}
  {%- set removed = diff_columns(target_columns, source_columns) -%}
  {%- set retyped = diff_column_data_types(source_columns, target_columns) -%}
  {%- set changed = (added or removed or retyped) | length > 0 -%}

  {%- do log('Columns of ' ~ target_relation ~ ': to add ' ~ added ~ ', to remove ' ~ removed ~ ', to retype ' ~ retyped) -%}
  {%- do return({
        'schema_changed': changed,
        'source_not_in_target': added,
        'target_not_in_source': removed,
        'source_columns': source_columns,
        'target_columns': target_columns,
        'new_target_types': retyped
      }) -%}
{% endmacro %}


{# Alters the table as `append_new_columns` or `sync_all_columns` ask. #}
{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {%- do return(adapter.dispatch('sync_column_schemas', 'dbt')(on_schema_change, target_relation, schema_changes_dict)) -%}
{% endmacro %}

{% macro default__sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {%- set added = schema_changes_dict['source_not_in_target'] -%}
  {%- set removed = schema_changes_dict['target_not_in_source'] -%}
  {%- set retyped = schema_changes_dict['new_target_types'] -%}

  {%- if on_schema_change == 'append_new_columns' -%}
    {%- set removed = [] -%}
    {%- set retyped = [] -%}
  {%- endif -%}

  {#- Said ahead: a column that is removed takes its values with it. -#}
  {%- set plan = [] -%}
  {%- for column in added -%}
    {%- do plan.append('add ' ~ column.name ~ ' ' ~ column.data_type) -%}
  {%- endfor -%}
  {%- for column in removed -%}
    {%- do plan.append('remove ' ~ column.name ~ ' ' ~ column.data_type) -%}
  {%- endfor -%}
  {%- for change in retyped -%}
    {%- do plan.append('change ' ~ change['column_name'] ~ ' to ' ~ change['new_type']) -%}
  {%- endfor -%}
  {%- if plan -%}
    {%- do log(on_schema_change ~ ' on ' ~ target_relation ~ ': ' ~ plan | join(', '), info=True) -%}
  {%- endif -%}

  {%- if added or removed -%}
    {%- do alter_relation_add_remove_columns(target_relation, added or none, removed or none) -%}
  {%- endif -%}
  {%- for change in retyped -%}
    {%- do alter_column_type(target_relation, change['column_name'], change['new_type']) -%}
  {%- endfor -%}
{% endmacro %}


{#
  Brings the table's columns in line with those of the new rows. Returns the
  columns to write, or an empty mapping where the table's own are to be used.
#}
{% macro process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {%- do return(adapter.dispatch('process_schema_changes', 'dbt')(on_schema_change, source_relation, target_relation)) -%}
{% endmacro %}

{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {%- if on_schema_change == 'ignore' -%}
    {%- do return({}) -%}
  {%- endif -%}

  {%- set changes = check_for_schema_changes(source_relation, target_relation) -%}
  {%- if changes['schema_changed'] -%}
    {%- if on_schema_change == 'fail' -%}
      {%- set message %}
The source and target schemas of {{ target_relation }} are out of sync, and on_schema_change is `fail`.
  Source columns not in target: {{ changes['source_not_in_target'] }}
  Target columns not in source: {{ changes['target_not_in_source'] }}
  New column types: {{ changes['new_target_types'] }}
Set on_schema_change to append_new_columns or sync_all_columns to let the table follow its query,
run once with --full-refresh to build it anew, or alter the table by hand.
      {% endset -%}
      {%- do exceptions.raise_compiler_error(message) -%}
    {%- endif -%}
    {%- do sync_column_schemas(on_schema_change, target_relation, changes) -%}
  {%- endif -%}
  {%- do return(changes['source_columns']) -%}
{% endmacro %}
