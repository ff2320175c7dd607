{# Model contracts: the declared columns as DDL, and the check of a query against them. #}

{% macro get_table_columns_and_constraints() -%}
  {{ adapter.dispatch('get_table_columns_and_constraints', 'dbt')() }}
{%- endmacro %}

{% macro default__get_table_columns_and_constraints() -%}
  {%- do return(table_columns_and_constraints()) -%}
{%- endmacro %}

{# The parenthesised part of `create table`: columns, then constraints over several columns. #}
{% macro table_columns_and_constraints() %}
  {%- set parts = adapter.render_raw_columns_constraints(raw_columns=model['columns'])
        + adapter.render_raw_model_constraints(raw_constraints=model['constraints']) %}
(
    {{ parts | join(',\n    ') }}
)
{% endmacro %}


{# Stops the model unless its query gives the columns, with the types, that it promises. #}
{% macro get_assert_columns_equivalent(sql) -%}
  {{ adapter.dispatch('get_assert_columns_equivalent', 'dbt')(sql) }}
{%- endmacro %}

{% macro default__get_assert_columns_equivalent(sql) -%}
  {%- do return(assert_columns_equivalent(sql)) -%}
{%- endmacro %}

{% macro assert_columns_equivalent(sql) %}
  {%- set declared = model['columns'] -%}
  {%- if not declared -%}
    {%- do exceptions.raise_contract_error([], []) -%}
  {%- endif -%}

  {#- The engine itself says what the declared types mean: `int` and `integer` are equal. -#}
  {%- set given_columns = format_columns(get_column_schema_from_query(sql, config.get('sql_header', none))) -%}
  {%- set declared_columns = format_columns(get_column_schema_from_query(get_empty_schema_sql(declared))) -%}

  {%- set formatted_by_name = {} -%}
  {%- for column in declared_columns -%}
    {%- do formatted_by_name.setdefault(column['name'], column['formatted']) -%}
  {%- endfor -%}
  {%- set mismatches = [] -%}
  {%- for column in given_columns if formatted_by_name.get(column['name']) != column['formatted'] -%}
    {%- do mismatches.append(column['name']) -%}
  {%- endfor -%}

  {%- if mismatches or given_columns | length != declared_columns | length -%}
    {%- do exceptions.raise_contract_error(declared_columns, given_columns) -%}
  {%- endif -%}
{% endmacro %}


{# The columns as mappings of `name`, `data_type` and `formatted`, the text that is compared. #}
{% macro format_columns(columns) %}
  {%- set formatted = [] -%}
  {%- for column in columns -%}
    {%- do formatted.append(adapter.dispatch('format_column', 'dbt')(column)) -%}
  {%- endfor -%}
  {%- do return(formatted) -%}
{% endmacro %}

{% macro default__format_column(column) -%}
  {%- do return({
        'name': column.name,
        'data_type': column.dtype,
        'formatted': column.column | lower ~ ' ' ~ column.dtype
      }) -%}
{%- endmacro %}
