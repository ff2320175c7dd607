{#
  A table function (DuckDB's table macro): a view with parameters, whose query
  is read anew at every call, so that it follows changes of what it selects
  from. `parameters` is one text or a list of names.
#}
{% materialization table_function, adapter='duckdb' %}
  {%- set target_relation = api.Relation.create(database=database, schema=schema, identifier=model['alias'], type='view') -%}
  {%- set parameters = config.get('parameters') or '' -%}
  {%- if parameters is not string and parameters is not number -%}
    {%- set parameters = parameters | join(', ') -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- call statement('main') -%}
    create or replace function {{ target_relation.render() }}( {{ parameters }} ) as table (
      {{ sql }}
    );
  {%- endcall -%}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- do persist_docs(target_relation, model) -%}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {%- do return({'relations': [target_relation]}) -%}
{% endmaterialization %}
