{# Whether the engine copies a table by reference, without moving its rows. #}

{% macro can_clone_table() %}
  {%- do return(adapter.dispatch('can_clone_table', 'dbt')()) -%}
{% endmacro %}

{% macro default__can_clone_table() %}
  {%- do return(False) -%}
{% endmacro %}
