{#
  A seed: a table filled from a CSV file. An existing table keeps its columns
  and gets new rows, unless a full refresh makes it anew.
#}
{% materialization seed, default %}
  {%- set full_refresh_mode = should_full_refresh() -%}
  {%- set old_relation = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) -%}
  {%- set exists_as_table = old_relation is not none and old_relation.is_table -%}
  {%- set grant_config = config.get('grants') -%}

  {%- set agate_table = load_agate_table() -%}
  {%- do store_result('agate_table', response='OK', agate_table=agate_table) -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- if exists_as_table -%}
    {%- if full_refresh_mode and not adapter.disable_transactions() -%}
      {#- Dropping alone does not begin a transaction, and the old rows are to stay until the new ones are there. -#}
      {%- do adapter.ensure_transaction() -%}
    {%- endif -%}
    {%- set create_table_sql = reset_csv_table(model, full_refresh_mode, old_relation, agate_table) -%}
  {%- elif old_relation is not none and old_relation.is_view -%}
    {%- do exceptions.raise_compiler_error(
          'Cannot seed to ' ~ old_relation.render() ~ ': it is a view. Drop the view, or give the seed another alias') -%}
  {%- else -%}
    {%- set create_table_sql = create_csv_table(model, agate_table) -%}
  {%- endif -%}

  {%- set rows_affected = agate_table.rows | length -%}
  {%- set insert_sql = load_csv_rows(model, agate_table) if rows_affected > 0 else '' -%}

  {%- set code = 'CREATE' if full_refresh_mode else 'INSERT' -%}
  {%- call noop_statement('main', code ~ ' ' ~ rows_affected, code, rows_affected) -%}
    {{ get_csv_sql(create_table_sql, insert_sql) }};
  {%- endcall -%}

  {%- set target_relation = this.incorporate(type='table') -%}
  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(old_relation, full_refresh_mode) if grant_config else False) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- if full_refresh_mode or not exists_as_table -%}
    {%- do create_indexes(target_relation) -%}
  {%- endif -%}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {%- do return({'relations': [target_relation]}) -%}
{% endmaterialization %}
