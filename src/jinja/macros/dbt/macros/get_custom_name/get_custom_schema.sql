{#
  The schema a node is built in. Projects override `generate_schema_name` to
  lay out their schemas differently.
#}

{% macro generate_schema_name(custom_schema_name=none, node=none) -%}
  {%- do return(adapter.dispatch('generate_schema_name', 'dbt')(custom_schema_name, node)) -%}
{% endmacro %}

{# The target's schema; with a `schema` config, `<target schema>_<schema>`. #}
{% macro default__generate_schema_name(custom_schema_name, node) -%}
  {{ target.schema }}{% if custom_schema_name is not none %}_{{ custom_schema_name | trim }}{% endif %}
{%- endmacro %}


{#
  A layout for projects that override `generate_schema_name` with a call to
  this: configured schemas count in the target named `prod` only, so that
  everyone else builds in one schema of their own.
#}
{% macro generate_schema_name_for_env(custom_schema_name, node) -%}
  {%- set is_custom = target.name == 'prod' and custom_schema_name is not none -%}
  {{ (custom_schema_name | trim) if is_custom else target.schema }}
{%- endmacro %}
