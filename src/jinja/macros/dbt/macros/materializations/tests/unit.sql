{#
  A unit test: the model's query over fixed rows, beside the rows expected.
  Only the columns that the expectation names are compared.
#}
{% materialization unit, default %}
  {%- set header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none -%}
  {%- set expected_rows = config.get('expected_rows') -%}
  {%- set expected_sql = config.get('expected_sql') -%}

  {#- The types that the expected values are cast to are those the model's query gives. -#}
  {%- set temp_relation = make_temp_relation(this.incorporate(type='table')) -%}
  {%- do run_query(get_create_table_as_sql(True, temp_relation, get_empty_subquery_sql(sql))) -%}
  {%- set types = {} -%}
  {%- set quoted = {} -%}
  {%- for column in adapter.get_columns_in_relation(temp_relation) -%}
    {%- do types.update({column.name | lower: column.data_type}) -%}
    {%- do quoted.update({column.name | lower: column.quoted}) -%}
  {%- endfor -%}

  {#- An expectation without rows names no columns: compare all of them. -#}
  {%- set compared = [] -%}
  {%- for name in (expected_rows[0].keys() if expected_rows else get_columns_in_query(sql)) -%}
    {%- do compared.append(quoted[name | lower]) -%}
  {%- endfor -%}

  {%- if not expected_sql -%}
    {%- set expected_sql = get_expected_sql(expected_rows, types, quoted) -%}
  {%- endif -%}
  {%- set unit_test_sql = get_unit_test_sql(sql, expected_sql, compared) -%}

  {%- call statement('main', fetch_result=True) -%}
    {{ header if header }}
    {{ unit_test_sql }}
  {%- endcall -%}

  {%- do adapter.drop_relation(temp_relation) -%}
  {%- do return({'relations': []}) -%}
{% endmaterialization %}
