{#- Schemas are named as the project names them, without the target's in front:
    each target has a database file of its own. Only another schema than `main`,
    as `hcdbt ci` builds into, stands in front of all of them. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set own = target.schema if target.schema != 'main' -%}
    {{ [own, custom_schema_name] | select | join('_') or target.schema }}
{%- endmacro %}
