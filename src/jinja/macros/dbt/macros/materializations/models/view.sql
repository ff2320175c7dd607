{#
  A view. Everything between the first statement and the commit is one
  transaction: whoever looks sees the old relation or the new one.
#}
{% materialization view, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set grant_config = config.get('grants') -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}

  {#- Nothing here leaves these behind, but an interrupted run of another tool may have. -#}
  {%- for suffix in ['__dbt_tmp', '__dbt_backup'] -%}
    {%- set leftover = adapter.get_relation(this.database, this.schema, this.identifier ~ suffix) -%}
    {%- if leftover is not none -%}{%- do adapter.drop_relation(leftover) -%}{%- endif -%}
  {%- endfor -%}

  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- set swap_from = none -%}
  {%- if existing_relation is none -%}
    {#- Nothing is replaced, but what reads the statement in the run folder knows dbt's name for it. -#}
    {%- set swap_from = make_intermediate_relation(target_relation) -%}
    {%- set build_sql = get_create_view_as_sql(swap_from, sql) -%}
  {%- else -%}
    {#- One statement can do it where a view replaces a view, provided that nobody overrode the statement's text. -#}
    {%- set can_replace = existing_relation.is_view and adapter.type() == 'duckdb'
          and adapter.catalog_supports_foreign_keys(this.database) -%}
    {%- set plain_sql = get_create_view_as_sql(target_relation, sql) if can_replace else '' -%}
    {%- set build_sql = plain_sql | replace('create view ' ~ target_relation.render(), 'create or replace view ' ~ target_relation.render(), 1) -%}
    {%- if build_sql == plain_sql -%}
      {%- set swap_from = make_intermediate_relation(target_relation) -%}
      {%- set build_sql = get_create_view_as_sql(swap_from, sql) -%}
    {%- endif -%}
  {%- endif -%}

  {%- call statement('main') -%}{{ build_sql }}{%- endcall -%}

  {%- if swap_from is not none -%}
    {%- if existing_relation is not none -%}{%- do adapter.drop_relation(existing_relation) -%}{%- endif -%}
    {%- do adapter.rename_relation(swap_from, target_relation) -%}
  {%- endif -%}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=True) if grant_config else False) -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {%- do return({'relations': [target_relation]}) -%}
{% endmaterialization %}
