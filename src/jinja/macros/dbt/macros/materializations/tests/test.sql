{#
  A data test. The statement `main` gives one row: failures, should_warn,
  should_error. With `store_failures` the failing rows are kept in a relation
  and counted there, so that the test's query runs once.
#}
{% materialization test, default %}
  {%- set header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none -%}
  {%- set failing_rows = get_limit_subquery_sql(sql, config.get('limit')) -%}
  {%- set relations = [] -%}

  {%- if should_store_failures() -%}
    {#- The flag `--store-failures` alone leaves this configuration unset. -#}
    {%- set kind = config.get('store_failures_as') or 'table' -%}
    {%- if kind not in ('table', 'view') -%}
      {%- do exceptions.raise_compiler_error(
            "'" ~ kind ~ "' is not a valid value for `store_failures_as`. Accepted values are: ['ephemeral', 'table', 'view']") -%}
    {%- endif -%}

    {%- set old_relation = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) -%}
    {%- set target_relation = api.Relation.create(database=database, schema=schema, identifier=model['alias'], type=kind) -%}

    {%- if old_relation -%}
      {#- Dropping alone does not begin a transaction, and the old failures are to stay until the new ones are there. -#}
      {%- if not adapter.disable_transactions() -%}
        {%- do adapter.ensure_transaction() -%}
      {%- endif -%}
      {%- do adapter.drop_relation(old_relation) -%}
    {%- endif -%}
    {%- call statement(auto_begin=True) -%}
      {{ header if header }}
      {{ get_create_sql(target_relation, failing_rows) }}
    {%- endcall -%}
    {%- do adapter.commit() -%}

    {%- do relations.append(target_relation) -%}
    {%- set failing_rows = 'select * from ' ~ target_relation -%}
  {%- endif -%}

  {#- The limit is part of the rows already. One query needs no transaction. -#}
  {%- call statement('main', fetch_result=True, auto_begin=False) -%}
    {{ header if header }}
    {{ get_test_sql(failing_rows, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
  {%- endcall -%}

  {%- do return({'relations': relations}) -%}
{% endmaterialization %}
