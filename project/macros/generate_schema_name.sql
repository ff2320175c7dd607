{#- Schemas are named as the project names them, without the target's in front:
    each target has a database file of its own. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
