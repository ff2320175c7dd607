{#
  The statements that put one relation in the place of another, in the
  gentlest way that both of them allow.
#}

{% macro get_replace_sql(existing_relation, target_relation, sql) %}
  {%- do log('Applying REPLACE to: ' ~ existing_relation) -%}
  {{- adapter.dispatch('get_replace_sql', 'dbt')(existing_relation, target_relation, sql) -}}
{% endmacro %}

{% macro default__get_replace_sql(existing_relation, target_relation, sql) %}
  {%- set replaceable = existing_relation.can_be_replaced and existing_relation.type == target_relation.type -%}
  {%- set steps = [] -%}

  {%- if replaceable and existing_relation.is_table -%}
    {%- do steps.append(get_replace_table_sql(target_relation, sql)) -%}
  {%- elif replaceable and existing_relation.is_view -%}
    {%- do steps.append(get_replace_view_sql(target_relation, sql)) -%}
  {%- elif replaceable and existing_relation.is_materialized_view -%}
    {%- do steps.append(get_replace_materialized_view_sql(target_relation, sql)) -%}
  {%- else -%}
    {#- A relation that can be renamed is built, or set aside, under another name first. -#}
    {%- set stage = target_relation.can_be_renamed -%}
    {%- set keep = existing_relation.can_be_renamed -%}
    {%- if stage -%}
      {%- do steps.append(get_create_intermediate_sql(target_relation, sql)) -%}
    {%- endif -%}
    {%- do steps.append(get_create_backup_sql(existing_relation) if keep else get_drop_sql(existing_relation)) -%}
    {%- do steps.append(get_rename_intermediate_sql(target_relation) if stage else get_create_sql(target_relation, sql)) -%}
    {%- if keep -%}
      {%- do steps.append(get_drop_backup_sql(existing_relation)) -%}
    {%- endif -%}
  {%- endif -%}

  {{ steps | join(';\n') }}
{% endmacro %}
