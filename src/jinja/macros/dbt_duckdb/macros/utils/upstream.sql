{#
  For `on-run-start`: gives the selected nodes their external inputs. An
  external model lives in files; in a database that has not seen its last run,
  in memory for one, the view over them is missing.
#}
{% macro register_upstream_external_models() -%}
{%- if execute -%}
  {%- set seen = {} -%}
  {%- set created_schemas = {} -%}
  {%- for id in selected_resources if id in graph['nodes'] -%}
    {%- for upstream_id in graph['nodes'][id]['depends_on']['nodes'] if upstream_id not in seen and upstream_id not in selected_resources -%}
      {%- do seen.update({upstream_id: true}) -%}
      {%- set node = graph['nodes'].get(upstream_id) -%}
      {%- if node and node.resource_type in ('model', 'seed') and node.config.materialized == 'external' -%}
        {%- set relation = api.Relation.create(database=node['database'], schema=node['schema'], identifier=node['alias']) -%}
        {%- set location = adapter.external_read_location(
              node.config.get('location', external_location(relation, node.config)),
              render_write_options(node.config)) -%}

        {%- if relation.schema not in created_schemas -%}
          {%- do created_schemas.update({relation.schema: true}) -%}
          {%- call statement('main', language='sql') -%}
            create schema if not exists {{ relation.without_identifier() }}
          {%- endcall -%}
        {%- endif -%}
        {%- call statement('main', language='sql') -%}
          create or replace view {{ relation }} as (
            select * from '{{ location }}'
          );
        {%- endcall -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- if created_schemas -%}
    {%- do adapter.commit() -%}
  {%- endif -%}
{%- endif -%}
{%- endmacro %}
