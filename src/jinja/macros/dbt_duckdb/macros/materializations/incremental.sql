{#
  An incremental table on DuckDB. The first build and a full refresh are what
  the table materialization does. Otherwise the new rows go into a temporary
  table, the columns are brought in line and the strategy's statement brings
  the rows over: all of it one transaction, which a failure undoes whole.
#}
{% materialization incremental, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set language = model['language'] -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}

  {%- if existing_relation is none or existing_relation.is_view or should_full_refresh() -%}
    {%- do return(dbt.materialization_table_duckdb()) -%}
  {%- endif -%}

  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set grant_config = config.get('grants') -%}
  {#- Batches of a microbatch model may run side by side. -#}
  {%- set staging = duckdb__dispatch_temporary_relation(target_relation, adapter.batch_id_for_model(model)) -%}
  {%- set temp_relation = staging.relation -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- call statement('pre', language=language) -%}
    {{- create_table_as(staging.temporary, temp_relation, compiled_code, language, partitioned_by=none, sorted_by=none) -}}
  {%- endcall -%}
  {%- if language == 'python' and not adapter.disable_transactions() -%}
    {#- Submitting Python does not begin a transaction, and the table is altered from here on. -#}
    {%- do adapter.ensure_transaction() -%}
  {%- endif -%}

  {%- do adapter.expand_target_column_types(from_relation=temp_relation, to_relation=target_relation) -%}
  {%- set dest_columns = process_schema_changes(on_schema_change, temp_relation, existing_relation)
        or adapter.get_columns_in_relation(existing_relation) -%}

  {%- set strategy = config.get('incremental_strategy') or 'default' -%}
  {%- set strategy_macro = adapter.get_incremental_strategy_macro(context, strategy) -%}
  {%- set build_sql = strategy_macro({
        'target_relation': target_relation,
        'temp_relation': temp_relation,
        'unique_key': config.get('unique_key'),
        'dest_columns': dest_columns,
        'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none)
      }) -%}
  {%- call statement('main') -%}{{- build_sql -}}{%- endcall -%}

  {#- The connection lives on after this node. -#}
  {%- do drop_relation(temp_relation) -%}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=False) if grant_config else False) -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {%- do return({'relations': [target_relation]}) -%}
{% endmaterialization %}
