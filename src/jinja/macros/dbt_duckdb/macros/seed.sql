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
