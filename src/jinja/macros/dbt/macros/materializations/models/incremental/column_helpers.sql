{# Lists of columns, as the incremental strategies need them. #}

{% macro get_quoted_csv(column_names) %}
  {%- set names = [] -%}
  {%- for name in column_names -%}
    {%- do names.append(adapter.quote(name)) -%}
  {%- endfor -%}
  {%- do return(names | join(', ')) -%}
{% endmacro %}


{# The source's columns that the target has not, by name alone. #}
{% macro diff_columns(source_columns, target_columns) %}
  {%- set known = target_columns | map(attribute='column') | list -%}
  {%- do return(source_columns | rejectattr('name', 'in', known) | list) -%}
{% endmacro %}


{#
  The columns whose type in the target cannot take the source's values, as
  mappings of `column_name` and `new_type`.
#}
{% macro diff_column_data_types(source_columns, target_columns) %}
  {%- do return(adapter.dispatch('diff_column_data_types', 'dbt')(source_columns, target_columns)) -%}
{% endmacro %}

{% macro default__diff_column_data_types(source_columns, target_columns) %}
  {%- set by_name = {} -%}
  {%- for column in target_columns -%}
    {%- do by_name.update({column.name: column}) -%}
  {%- endfor -%}

  {%- set changes = [] -%}
  {%- for column in source_columns if column.name in by_name -%}
    {%- set target = by_name[column.name] -%}
    {%- if column.expanded_data_type != target.expanded_data_type and not column.can_expand_to(other_column=target) -%}
      {%- do changes.append({'column_name': target.name, 'new_type': column.expanded_data_type}) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do return(changes) -%}
{% endmacro %}


{# The columns a merge updates: the named ones, all but the named ones, or all. #}
{% macro get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
  {%- do return(adapter.dispatch('get_merge_update_columns', 'dbt')(
        merge_update_columns, merge_exclude_columns, dest_columns)) -%}
{% endmacro %}

{% macro default__get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
  {%- if merge_update_columns and merge_exclude_columns -%}
    {%- do exceptions.raise_compiler_error(
          'A model has merge_update_columns or merge_exclude_columns, not both. Remove one of them') -%}
  {%- endif -%}
  {%- if merge_update_columns -%}
    {%- do return(merge_update_columns) -%}
  {%- endif -%}

  {%- set excluded = (merge_exclude_columns or []) | map('lower') | list -%}
  {%- set updated = [] -%}
  {%- for column in dest_columns if column.column | lower not in excluded -%}
    {%- do updated.append(column.quoted) -%}
  {%- endfor -%}
  {%- do return(updated) -%}
{% endmacro %}
