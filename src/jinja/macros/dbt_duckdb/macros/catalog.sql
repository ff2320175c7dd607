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
{%- set in_database = "where lower(database_name) = lower('" ~ information_schema.database ~ "')" -%}
select *
from (
  select database_name, schema_name, table_name, 'BASE TABLE', comment from duckdb_tables() {{ in_database }}
  union all
  select database_name, schema_name, view_name, 'VIEW', comment from duckdb_views() {{ in_database }}
) relations (table_database, table_schema, table_name, table_type, table_comment)
{%- endmacro %}

{% macro duckdb__get_catalog_columns_sql(information_schema) -%}
{%- set in_database = "where lower(database_name) = lower('" ~ information_schema.database ~ "')" -%}
select *
from (
  select database_name, schema_name, table_name, column_name, column_index, data_type, comment from duckdb_columns() {{ in_database }}
) relation_columns (table_database, table_schema, table_name, column_name, column_index, column_type, column_comment)
{%- endmacro %}

{# The columns that `docs generate` reads, in an order that does not change from run to run. #}
{% macro duckdb__get_catalog_results_sql() -%}
select *, null as table_owner
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
