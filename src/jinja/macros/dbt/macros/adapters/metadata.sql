{#
  What the database says about itself: its schemas, relations and columns.
  Each answer is engine-specific; the defaults here are for those that share
  the SQL standard's information schema.
#}

{# One row per column of the given relations, for `docs generate`. #}
{% macro get_catalog_relations(information_schema, relations) -%}
  {%- do return(adapter.dispatch('get_catalog_relations', 'dbt')(information_schema, relations)) -%}
{%- endmacro %}

{% macro default__get_catalog_relations(information_schema, relations) -%}
  {%- do exceptions.raise_compiler_error('get_catalog_relations is not implemented for adapter ' ~ adapter.type()) -%}
{%- endmacro %}


{# The same for whole schemas. #}
{% macro get_catalog(information_schema, schemas) -%}
  {%- do return(adapter.dispatch('get_catalog', 'dbt')(information_schema, schemas)) -%}
{%- endmacro %}

{% macro default__get_catalog(information_schema, schemas) -%}
  {%- do exceptions.raise_compiler_error('get_catalog is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}


{% macro information_schema_name(database) %}
  {%- do return(adapter.dispatch('information_schema_name', 'dbt')(database)) -%}
{% endmacro %}

{% macro default__information_schema_name(database) -%}
  {{ database ~ '.' if database }}INFORMATION_SCHEMA
{%- endmacro %}


{% macro list_schemas(database) -%}
  {%- do return(adapter.dispatch('list_schemas', 'dbt')(database)) -%}
{% endmacro %}

{% macro default__list_schemas(database) -%}
  {%- do return(run_query(
        'select distinct schema_name from ' ~ information_schema_name(database) ~ '.SCHEMATA'
        ~ " where catalog_name ilike '" ~ database ~ "'")) -%}
{% endmacro %}


{# One row with a count: not zero where the schema is there. #}
{% macro check_schema_exists(information_schema, schema) -%}
  {%- do return(adapter.dispatch('check_schema_exists', 'dbt')(information_schema, schema)) -%}
{% endmacro %}

{% macro default__check_schema_exists(information_schema, schema) -%}
  {%- do return(run_query(
        'select count(*) from ' ~ information_schema.replace(information_schema_view='SCHEMATA')
        ~ " where catalog_name='" ~ information_schema.database ~ "' and schema_name='" ~ schema ~ "'")) -%}
{% endmacro %}


{# Rows of database, name, schema and type. `adapter.list_relations` calls this and keeps the answer. #}
{% macro list_relations_without_caching(schema_relation) %}
  {%- do return(adapter.dispatch('list_relations_without_caching', 'dbt')(schema_relation)) -%}
{% endmacro %}

{% macro default__list_relations_without_caching(schema_relation) %}
  {%- do exceptions.raise_not_implemented('list_relations_without_caching is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}


{% macro list_function_relations_without_caching(schema_relation) %}
  {%- do return(adapter.dispatch('list_function_relations_without_caching', 'dbt')(schema_relation)) -%}
{% endmacro %}

{% macro default__list_function_relations_without_caching(schema_relation) %}
  {%- do exceptions.raise_not_implemented('list_function_relations_without_caching is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}


{% macro get_catalog_for_single_relation(relation) %}
  {%- do return(adapter.dispatch('get_catalog_for_single_relation', 'dbt')(relation)) -%}
{% endmacro %}

{% macro default__get_catalog_for_single_relation(relation) %}
  {%- do exceptions.raise_not_implemented('get_catalog_for_single_relation is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}


{# Which relations depend on which, for engines that say so. #}
{% macro get_relations() %}
  {%- do return(adapter.dispatch('get_relations', 'dbt')()) -%}
{% endmacro %}

{% macro default__get_relations() %}
  {%- do exceptions.raise_not_implemented('get_relations is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}


{# When relations last changed, by the engine's own records: freshness without a `loaded_at_field`. #}
{% macro get_relation_last_modified(information_schema, relations) %}
  {%- do return(adapter.dispatch('get_relation_last_modified', 'dbt')(information_schema, relations)) -%}
{% endmacro %}

{% macro default__get_relation_last_modified(information_schema, relations) %}
  {%- do exceptions.raise_not_implemented('get_relation_last_modified is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}
