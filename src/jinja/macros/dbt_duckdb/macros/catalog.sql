{#
  The catalog of `docs generate`: one row per column of every table and view,
  from DuckDB's own functions, which unlike the information schema know
  comments.
#}

{% macro duckdb__get_catalog(information_schema, schemas) -%}
  {%- set wanted = duckdb__get_catalog_schemas_where_clause_sql(schemas) -%}
  {%- set query %}
    with tables as (
      {{ duckdb__get_catalog_tables_sql(information_schema) }} {{ wanted }}
    ),
    columns as (
      {{ duckdb__get_catalog_columns_sql(information_schema) }} {{ wanted }}
    )
    {{ duckdb__get_catalog_results_sql() }}
  {%- endset -%}
  {%- do return(run_query(query)) -%}
{%- endmacro %}

{% macro duckdb__get_catalog_relations(information_schema, relations) -%}
  {%- set wanted = duckdb__get_catalog_relations_where_clause_sql(relations) -%}
  {%- set query %}
    with tables as (
      {{ duckdb__get_catalog_tables_sql(information_schema) }} {{ wanted }}
    ),
    columns as (
      {{ duckdb__get_catalog_columns_sql(information_schema) }} {{ wanted }}
    )
    {{ duckdb__get_catalog_results_sql() }}
  {%- endset -%}
  {%- do return(run_query(query)) -%}
{%- endmacro %}


{% macro duckdb__get_catalog_tables_sql(information_schema) -%}
select *
from (
  select
    database_name as table_database, schema_name as table_schema, table_name,
    'BASE TABLE' as table_type, comment as table_comment
  from duckdb_tables()
  where lower(database_name) = lower('{{ information_schema.database }}')
  union all
  select
    database_name as table_database, schema_name as table_schema, view_name as table_name,
    'VIEW' as table_type, comment as table_comment
  from duckdb_views()
  where lower(database_name) = lower('{{ information_schema.database }}')
) catalog_tables
{%- endmacro %}

{% macro duckdb__get_catalog_columns_sql(information_schema) -%}
select *
from (
  select
    database_name as table_database, schema_name as table_schema, table_name,
    column_name, column_index, data_type as column_type, comment as column_comment
  from duckdb_columns()
  where lower(database_name) = lower('{{ information_schema.database }}')
) catalog_columns
{%- endmacro %}

{# The columns that `docs generate` reads, in an order that does not change from run to run. #}
{% macro duckdb__get_catalog_results_sql() -%}
select
  tables.table_database, tables.table_schema, tables.table_name, tables.table_type, tables.table_comment,
  columns.column_name, columns.column_index, columns.column_type, columns.column_comment,
  null as table_owner
from tables
join columns using (table_database, table_schema, table_name)
order by table_schema, table_name, column_index
{%- endmacro %}


{% macro duckdb__get_catalog_schemas_where_clause_sql(schemas) -%}
  {%- set conditions = [] -%}
  {%- for schema in schemas -%}
    {%- do conditions.append("lower(table_schema) = lower('" ~ schema ~ "')") -%}
  {%- endfor -%}
  where ({{ conditions | join(' or ') if conditions else 'false' }})
{%- endmacro %}

{% macro duckdb__get_catalog_relations_where_clause_sql(relations) -%}
  {%- set conditions = [] -%}
  {%- for relation in relations -%}
    {%- if not relation.schema -%}
      {%- do exceptions.raise_compiler_error('get_catalog_relations needs a schema with every relation: ' ~ relation ~ ' has none') -%}
    {%- endif -%}
    {%- set condition = "lower(table_schema) = lower('" ~ relation.schema ~ "')" -%}
    {%- if relation.identifier -%}
      {%- set condition = condition ~ " and lower(table_name) = lower('" ~ relation.identifier ~ "')" -%}
    {%- endif -%}
    {%- do conditions.append('(' ~ condition ~ ')') -%}
  {%- endfor -%}
  where ({{ conditions | join(' or ') if conditions else 'false' }})
{%- endmacro %}
