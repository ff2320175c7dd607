{#
  A snapshot: a table that keeps every version of the rows of a query. The
  first run makes it; later runs stage what has changed and bring it in. The
  table is never made anew: its history is nowhere else.
#}
{% materialization snapshot, default %}
  {%- set unique_key = config.get('unique_key') -%}
  {%- set grant_config = config.get('grants') -%}

  {%- set target_relation_exists, target_relation = get_or_create_relation(
        database=model.database,
        schema=model.schema,
        identifier=model.get('alias', model.get('name')),
        type='table') -%}
  {%- if not target_relation.is_table -%}
    {%- do exceptions.relation_wrong_type(target_relation, 'table') -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {#- The macro's fourth argument is for strategies written before `config` was in reach. -#}
  {%- set strategy_macro = strategy_dispatch(config.get('strategy')) -%}
  {%- set strategy = strategy_macro(model, 'snapshotted_data', 'source_data', model['config'], target_relation_exists) -%}

  {%- if not target_relation_exists -%}
    {%- set changes_sql = build_snapshot_table(strategy, model['compiled_code']) -%}
    {%- set final_sql = create_table_as(False, target_relation, changes_sql) -%}
  {%- else -%}
    {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
    {%- do adapter.assert_valid_snapshot_target_given_strategy(target_relation, columns, strategy) -%}

    {%- set changes_sql = snapshot_staging_table(strategy, sql, target_relation) -%}
    {%- set staging_table = build_snapshot_staging_table(strategy, sql, target_relation) -%}
    {%- do check_snapshot_keys(strategy, staging_table) -%}
    {%- do adapter.expand_target_column_types(from_relation=staging_table, to_relation=target_relation) -%}

    {#- The columns that only the comparison needs stay behind. -#}
    {%- set working_columns = ['dbt_change_type', 'DBT_CHANGE_TYPE', 'dbt_unique_key', 'DBT_UNIQUE_KEY'] -%}
    {%- if unique_key | is_list -%}
      {%- for _ in strategy.unique_key -%}
        {%- do working_columns.append('dbt_unique_key_' ~ loop.index) -%}
        {%- do working_columns.append('DBT_UNIQUE_KEY_' ~ loop.index) -%}
      {%- endfor -%}
    {%- endif -%}

    {%- do create_columns(
          target_relation,
          adapter.get_missing_columns(staging_table, target_relation) | rejectattr('name', 'in', working_columns) | list) -%}
    {%- set insert_cols = [] -%}
    {%- for column in adapter.get_columns_in_relation(staging_table) if column.name not in working_columns -%}
      {%- do insert_cols.append(adapter.quote(column.name)) -%}
    {%- endfor -%}
    {%- set final_sql = snapshot_merge_sql(target=target_relation, source=staging_table, insert_cols=insert_cols) -%}
  {%- endif -%}

  {{ check_time_data_types(changes_sql) }}

  {%- call statement('main') -%}{{ final_sql }}{%- endcall -%}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(target_relation_exists, full_refresh_mode=False) if grant_config else False) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- if not target_relation_exists -%}
    {%- do create_indexes(target_relation) -%}
  {%- endif -%}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- do adapter.commit() -%}

  {%- if target_relation_exists -%}
    {%- do post_snapshot(staging_table) -%}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {%- do return({'relations': [target_relation]}) -%}
{% endmaterialization %}
