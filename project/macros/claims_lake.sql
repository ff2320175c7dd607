{#- Folders of Parquet files, partitioned the way Hive does, beside the database: what
    reads them, a BI tool or another engine, needs no connection to it. -#}
{% macro lake_folder(name) %}
    {{ return(var('lake_prefix') ~ name) }}
{% endmacro %}
