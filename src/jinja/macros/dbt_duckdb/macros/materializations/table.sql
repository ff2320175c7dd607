{#
  A table on DuckDB. Everything between the first statement and the commit is
  one transaction: whoever looks, and whatever is killed when, the relation is
  the old one or the new one, and nothing else is left behind.

  How an existing relation is replaced depends on what it is:

  - a table, by `create or replace table`, one statement. The new rows may
    come from the old ones: the query is run before the table is replaced;
  - a view, or a table that has keys or takes more than one statement to build:
    built under an intermediate name, then swapped;
  - a table with foreign keys, under its own name, after dropping the old one:
    DuckDB keeps the name such a table was created under, even through a rename.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set language = model['language'] -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set grant_config = config.get('grants') -%}
  {%- set contract = config.get('contract') -%}

  {#- Nothing here leaves these behind, but an interrupted run of another tool may have. -#}
  {%- for suffix in ['__dbt_tmp', '__dbt_backup'] -%}
    {%- set leftover = adapter.get_relation(this.database, this.schema, this.identifier ~ suffix) -%}
    {%- if leftover is not none -%}{%- do adapter.drop_relation(leftover) -%}{%- endif -%}
  {%- endfor -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- set partitioned_by = duckdb__get_partitioned_by(target_relation, false) -%}
  {%- set sorted_by = duckdb__get_sorted_by(target_relation, false) -%}

  {#- Catalogs of other engines do not all replace, and those that know no foreign keys are such catalogs. -#}
  {%- set is_duckdb = adapter.catalog_supports_foreign_keys(this.database) -%}
  {%- set has_keys = is_duckdb and existing_relation is not none
        and (contract.enforced or existing_constraint_types(existing_relation)) -%}

  {%- set swap_from = none -%}
  {%- set dropped_dependents = [] -%}
  {%- if existing_relation is none -%}
    {%- set build_sql = create_table_as(False, target_relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by) -%}
  {%- elif has_keys and has_foreign_key_constraints(existing_relation) -%}
    {%- set dropped_dependents = drop_relation_for_rebuild(existing_relation) -%}
    {%- set build_sql = create_table_as(False, target_relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by) -%}
  {%- else -%}
    {%- set can_replace = is_duckdb and existing_relation.is_table and not has_keys and not partitioned_by and not sorted_by -%}
    {%- set plain_sql = create_table_as(False, target_relation, compiled_code, language) if can_replace else '' -%}
    {#- A project's own `create_table_as` may say it in other words; then the table is swapped in. -#}
    {%- set build_sql = plain_sql | replace('create table ' ~ target_relation.render(), 'create or replace table ' ~ target_relation.render(), 1) -%}
    {%- if build_sql == plain_sql -%}
      {%- set swap_from = make_intermediate_relation(target_relation) -%}
      {%- set build_sql = create_table_as(False, swap_from, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by) -%}
    {%- endif -%}
  {%- endif -%}

  {%- call statement('main', language=language) -%}{{ build_sql }}{%- endcall -%}

  {%- if swap_from is not none -%}
    {%- if has_keys and existing_relation.is_table and may_be_foreign_key_target(existing_relation) -%}
      {%- set dropped_dependents = drop_foreign_key_dependents(existing_relation) -%}
    {%- endif -%}
    {%- do adapter.drop_relation(existing_relation) -%}
    {%- do adapter.rename_relation(swap_from, target_relation) -%}
  {%- endif -%}
  {%- if dropped_dependents -%}
    {%- do restore_foreign_key_dependents(dropped_dependents) -%}
  {%- endif -%}

  {%- do create_indexes(target_relation) -%}

  {{ run_hooks(post_hooks, inside_transaction=True) }}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=True) if grant_config else False) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- do adapter.commit() -%}

  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {%- do return({'relations': [target_relation]}) -%}
{% endmaterialization %}
