{# Bringing a materialized view that is there in line with its configuration. #}

{% macro get_alter_materialized_view_as_sql(
    relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation
) %}
  {%- do log('Applying ALTER to: ' ~ relation) -%}
  {{- adapter.dispatch('get_alter_materialized_view_as_sql', 'dbt')(
        relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation) -}}
{% endmacro %}

{% macro default__get_alter_materialized_view_as_sql(
    relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation
) %}
  {%- do exceptions.raise_compiler_error('`get_alter_materialized_view_as_sql` is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}


{#
  What has changed, by category, each a list of `action` and `context`; none
  where nothing has. Whatever this gives is handed to
  `get_alter_materialized_view_as_sql`.
#}
{% macro get_materialized_view_configuration_changes(existing_relation, new_config) %}
  {%- do log('Determining configuration changes on: ' ~ existing_relation) -%}
  {%- do return(adapter.dispatch('get_materialized_view_configuration_changes', 'dbt')(existing_relation, new_config)) -%}
{% endmacro %}

{% macro default__get_materialized_view_configuration_changes(existing_relation, new_config) %}
  {%- do exceptions.raise_compiler_error('`get_materialized_view_configuration_changes` is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}
