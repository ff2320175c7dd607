{#
  The fixed rows of a unit test as SQL. Every value is cast to the type of its
  column, so that `1` in a YAML file means what the model's SQL expects.
#}

{#
  The rows given for one input. Without types they are those of the input's
  relation; columns the rows leave out are null.
#}
{% macro get_fixture_sql(rows, column_name_to_data_types) %}
-- Fixture for {{ model.name }}
{% set column_name_to_quoted = {} -%}
{%- for name in column_name_to_data_types or [] -%}
  {%- do column_name_to_quoted.update({name: adapter.quote(name)}) -%}
{%- endfor -%}
{%- if not column_name_to_data_types -%}
  {#- Where the relation is not built here, the one that is deferred to has the same columns. -#}
  {%- set use_deferred = defer_relation and not load_relation(this) -%}
  {%- set column_name_to_data_types = {} -%}
  {%- for column in adapter.get_columns_in_relation(defer_relation if use_deferred else this) -%}
    {%- do column_name_to_data_types.update({column.name | lower: column.data_type}) -%}
    {%- do column_name_to_quoted.update({column.name | lower: column.quoted}) -%}
  {%- endfor -%}
{%- endif -%}
{%- if not column_name_to_data_types -%}
  {%- do exceptions.raise_compiler_error(
        "Not able to get columns for unit test '" ~ model.name ~ "': the relation " ~ this ~ " does not exist. "
        ~ "Build it first, `--empty` is enough, or give the input as SQL") -%}
{%- endif -%}

{{ validate_fixture_rows(rows, row_number) }}

{%- set nulls = {} -%}
{%- for name, data_type in column_name_to_data_types.items() -%}
  {%- do nulls.update({name: safe_cast('null', data_type) | trim}) -%}
{%- endfor -%}

{%- for row in rows or [{}] -%}
  {%- set values = nulls.copy() -%}
  {%- do values.update(format_row(row, column_name_to_data_types)) -%}
  {%- set cells = [] -%}
  {%- for name, value in values.items() -%}
    {%- do cells.append(value ~ ' as ' ~ column_name_to_quoted[name]) -%}
  {%- endfor -%}
  {{ '\nunion all\n' if not loop.first }}select {{ cells | join(', ') }}
{%- endfor -%}
{{ '\nlimit 0' if not rows }}
{% endmacro %}


{# The rows expected of the model: only the columns that are named. #}
{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) %}
{%- if not rows -%}
select * from dbt_internal_unit_test_actual
limit 0
{%- endif -%}
{%- for row in rows -%}
  {%- set cells = [] -%}
  {%- for name, value in format_row(row, column_name_to_data_types).items() -%}
    {%- do cells.append(value ~ ' as ' ~ column_name_to_quoted[name]) -%}
  {%- endfor -%}
  {{ '\nunion all\n' if not loop.first }}select {{ cells | join(', ') }}
{%- endfor -%}
{% endmacro %}


{# A row's values as SQL, by column name in lower case. #}
{% macro format_row(row, column_name_to_data_types) -%}
  {%- set formatted = {} -%}
  {%- for name, value in row.items() -%}
    {%- set name = name | lower -%}
    {%- if name not in column_name_to_data_types -%}
      {%- set place = 'expected output' if model.resource_type == 'unit_test' else "'" ~ model.name ~ "'" -%}
      {%- do exceptions.raise_compiler_error(
            "Invalid column name: '" ~ name ~ "' in unit test fixture for " ~ place
            ~ ".\nAccepted columns for " ~ place ~ " are: " ~ column_name_to_data_types.keys() | list) -%}
    {%- endif -%}

    {%- set data_type = column_name_to_data_types[name] -%}
    {%- if value is none -%}
      {%- set literal = 'null' -%}
    {%- elif value is string -%}
      {%- set literal = dbt.string_literal(dbt.escape_single_quotes(value)) -%}
      {%- if 'varying' in data_type -%}
        {#- With its length, the type would cut a longer value off without a word. -#}
        {%- set data_type = data_type.split('(')[0] -%}
      {%- endif -%}
    {%- else -%}
      {%- set literal = value -%}
    {%- endif -%}
    {%- do formatted.update({name: safe_cast(literal, data_type)}) -%}
  {%- endfor -%}
  {%- do return(formatted) -%}
{%- endmacro %}


{# A place for adapters to refuse rows that they cannot write as SQL. #}
{% macro validate_fixture_rows(rows, row_number) -%}
  {%- do return(adapter.dispatch('validate_fixture_rows', 'dbt')(rows, row_number)) -%}
{%- endmacro %}

{% macro default__validate_fixture_rows(rows, row_number) -%}
{%- endmacro %}
