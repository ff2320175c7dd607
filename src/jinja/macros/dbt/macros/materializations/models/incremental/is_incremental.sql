{#
  True in an incremental model that adds to a table of earlier runs: the
  table is there, and this run is no full refresh.
#}
{% macro is_incremental() %}
  {#- Parsing asks the database nothing. -#}
  {%- if not execute or model.config.materialized != 'incremental' or should_full_refresh() -%}
    {%- do return(False) -%}
  {%- endif -%}
  {%- set relation = adapter.get_relation(this.database, this.schema, this.table) -%}
  {%- do return(relation is not none and relation.type == 'table') -%}
{% endmacro %}
