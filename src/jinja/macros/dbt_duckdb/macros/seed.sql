{# Seeds on DuckDB: the engine reads the CSV file itself. #}

{% macro duckdb__get_binding_char() %}
  {%- do return(adapter.get_binding_char()) -%}
{% endmacro %}

{% macro duckdb__get_batch_size() %}
  {%- do return(10000) -%}
{% endmacro %}


{# With `fast: false` the rows go through insert statements instead, a batch at a time. #}
{% macro duckdb__load_csv_rows(model, agate_table) %}
  {%- if not config.get('fast', true) -%}
    {#- A bound datetime is read in the session's time zone, its text is not. -#}
    {%- do return(default__load_csv_rows(model, adapter.convert_datetimes_to_strs(agate_table))) -%}
  {%- endif -%}

  {%- set sql -%}
    COPY {{ this.render() }} FROM '{{ adapter.get_seed_file_path(model) }}' (FORMAT CSV, HEADER TRUE, DELIMITER '{{ config.get('delimiter', ',') }}')
  {%- endset -%}
  {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
  {%- do return(sql) -%}
{% endmacro %}


{#
  DuckDB takes a row that was deleted in the same transaction for a duplicate
  of one with the same key. A seed with indexes is replaced by its own empty
  self instead of being truncated.
#}
{% macro duckdb__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {%- if full_refresh or not config.get('indexes') or not adapter.catalog_supports_foreign_keys(old_relation.database) -%}
    {%- do return(default__reset_csv_table(model, full_refresh, old_relation, agate_table)) -%}
  {%- endif -%}

  {%- set sql = 'create or replace table ' ~ old_relation ~ ' as select * from ' ~ old_relation ~ ' limit 0' -%}
  {%- call statement('truncate_relation') -%}{{ sql }}{%- endcall -%}
  {%- do create_indexes(old_relation) -%}
  {%- do return(sql) -%}
{% endmacro %}
