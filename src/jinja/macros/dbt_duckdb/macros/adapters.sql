{# What DuckDB does in its own way: schemas, tables, temporary tables, times, files, indexes and keys. #}

{# ---- Schemas ---- #}

{# An attached database of another kind may have no schemas to create. #}
{% macro duckdb__create_schema(relation) -%}
  {%- set foreign = run_query(
        'select type from duckdb_databases() where lower(database_name) = '
        ~ "'" ~ relation.database | lower ~ "' and type != 'duckdb'") -%}
  {%- set database_type = foreign[0][0] if foreign and foreign | length > 0 else 'duckdb' -%}

  {%- if database_type == 'sqlite' and relation.schema != 'main' -%}
    {%- do exceptions.raise_compiler_error(
          "A SQLite database has one schema, 'main': `" ~ relation.schema ~ '` cannot be created in it') -%}
  {%- endif -%}
  {%- if database_type not in ('sqlite', 'mysql') -%}
    {%- call statement('create_schema') -%}
      create schema if not exists {{ relation.without_identifier() }}
    {%- endcall -%}
  {%- endif -%}
{% endmacro %}

{% macro duckdb__drop_schema(relation) -%}
  {%- call statement('drop_schema') -%}
    drop schema if exists {{ relation.without_identifier() }} cascade
  {%- endcall -%}
{% endmacro %}

{% macro duckdb__list_schemas(database) -%}
  {%- set sql -%}
    select schema_name
    from system.information_schema.schemata
    {% if database is not none %}where lower(catalog_name) = '{{ database | lower }}'{% endif %}
  {%- endset -%}
  {%- do return(run_query(sql)) -%}
{% endmacro %}

{% macro duckdb__check_schema_exists(information_schema, schema) -%}
  {%- set sql -%}
    select count(*)
    from system.information_schema.schemata
    where lower(schema_name) = '{{ schema | lower }}' and lower(catalog_name) = '{{ information_schema.database | lower }}'
  {%- endset -%}
  {%- do return(run_query(sql)) -%}
{% endmacro %}


{# ---- Relations and their columns ---- #}

{% macro duckdb__list_relations_without_caching(schema_relation) %}
  {%- call statement('list_relations_without_caching', fetch_result=True) -%}
    select '{{ schema_relation.database }}' as database, name, schema, type
    from (
      select database_name, schema_name as schema, table_name as name, 'table' as type from duckdb_tables()
      union all
      select database_name, schema_name, view_name, 'view' from duckdb_views()
    ) relations
    where lower(schema) = '{{ schema_relation.schema | lower }}'
      and lower(database_name) = '{{ schema_relation.database | lower }}'
  {%- endcall -%}
  {%- do return(load_result('list_relations_without_caching').table) -%}
{% endmacro %}

{#
  `describe` looks at one relation; the information schema would load the
  whole of every attached catalog. The types carry their sizes already.
#}
{% macro duckdb__get_columns_in_relation(relation) -%}
  {%- call statement('get_columns_in_relation', fetch_result=True) -%}
    select
      column_name,
      column_type as data_type,
      null::bigint as character_maximum_length,
      null::bigint as numeric_precision,
      null::bigint as numeric_scale
    from (describe {{ relation.render() }})
  {%- endcall -%}
  {%- do return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) -%}
{% endmacro %}

{# Whoever describes the query cannot put a header into it: the header is run ahead, in the same session. #}
{% macro duckdb__get_empty_subquery_sql(select_sql, select_sql_header=none) %}
{%- if select_sql_header is not none -%}
  {%- do run_query(select_sql_header) -%}
{%- endif %}
select * from (
  {{ select_sql }}
) as __dbt_sbq
where false
limit 0
{% endmacro %}

{% macro duckdb__drop_relation(relation) -%}
  {%- call statement('drop_relation', auto_begin=False) -%}
    drop {{ relation.type }} if exists {{ relation.render() }}{{ ' cascade' if not adapter.is_ducklake(relation) }}
  {%- endcall -%}
{% endmacro %}

{% macro duckdb__rename_relation(from_relation, to_relation) -%}
  {%- call statement('rename_relation') -%}
    alter {{ to_relation.type }} {{ from_relation.render() }} rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }}
  {%- endcall -%}
{% endmacro %}


{# ---- Creating tables and views ---- #}

{% macro create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
  {%- do return(adapter.dispatch('create_table_as', 'dbt')(
        temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by)) -%}
{%- endmacro %}

{#
  One statement where it can be. With a contract the table is declared with
  its constraints first; with DuckLake's partitioning or sorting it is altered
  while it is empty; then it is filled.
#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
  {%- if language == 'python' -%}
    {%- do return(py_write_table(
          temporary=temporary, relation=relation, compiled_code=compiled_code, partitioned_by=partitioned_by, sorted_by=sorted_by)) -%}
  {%- elif language != 'sql' -%}
    {%- do exceptions.raise_compiler_error("A table is created from 'sql' or 'python', not from '" ~ language ~ "'") -%}
  {%- endif -%}

  {%- set header = config.get('sql_header', none) -%}
  {%- set contract = config.get('contract') -%}
  {%- if contract.enforced -%}
    {{ get_assert_columns_equivalent(compiled_code) }}
  {%- endif %}

{{ header if header is not none }}
{% if temporary -%}
create temporary table {{ relation.include(database=False, schema=False) }} as (
  {{ compiled_code }}
);
{%- elif not contract.enforced and not partitioned_by and not sorted_by -%}
create table {{ relation.render() }} as (
  {{ compiled_code }}
);
{%- else -%}
{%- set rows = '(' ~ get_select_subquery(compiled_code) ~ ')' if contract.enforced
      else 'select * from (\n' ~ compiled_code ~ '\n) as model_subq' -%}
{%- if contract.enforced -%}
create table {{ relation.render() }} {{ get_table_columns_and_constraints() }};
{%- else -%}
create table {{ relation.render() }} as ( {{ rows }} limit 0 );
{%- endif %}
{% if partitioned_by %}{{ duckdb__alter_table_set_partitioned_by(relation, partitioned_by) }}{% endif %}
{% if sorted_by %}{{ duckdb__alter_table_set_sorted_by(relation, sorted_by) }}{% endif %}
insert into {{ relation.render() }} {{ get_column_names() if contract.enforced }} {{ rows }};
{%- endif %}
{% endmacro %}

{# The declared columns in parentheses, as an insert names them. #}
{% macro get_column_names() %}
({{ default__get_column_names() }})
{% endmacro %}

{#
  The end of a Python model's script: the frame that the model returned
  becomes the table.
#}
{% macro py_write_table(temporary, relation, compiled_code, partitioned_by=none, sorted_by=none) -%}
{{ compiled_code }}

def materialize(df, con):
    try:
        # DuckDB scans an Arrow table only with its dataset module loaded.
        import pyarrow
        if isinstance(df, pyarrow.Table):
            import pyarrow.dataset
    except ImportError:
        pass
    frame = '__dbt_python_model_df_{{ relation.identifier }}'
    con.register(frame, df)
{%- if partitioned_by or sorted_by %}
    con.execute('create table {{ relation.render() }} as select * from ' + frame + ' limit 0')
{%- if partitioned_by %}
    con.execute('alter table {{ relation.render() }} set partitioned by ({{ partitioned_by }})')
{%- endif %}
{%- if sorted_by %}
    con.execute('alter table {{ relation.render() }} set sorted by ({{ sorted_by }})')
{%- endif %}
    con.execute('insert into {{ relation.render() }} select * from ' + frame)
{%- else %}
    con.execute('create {{ 'temporary ' if temporary }}table {{ relation.render() }} as select * from ' + frame)
{%- endif %}
    con.unregister(frame)
{% endmacro %}

{% macro duckdb__create_view_as(relation, sql) -%}
  {%- set header = config.get('sql_header', none) -%}
  {%- set contract = config.get('contract') -%}
  {%- if contract.enforced -%}
    {{ get_assert_columns_equivalent(sql) }}
  {%- endif %}
{{ header if header is not none }}
create view {{ relation.render() }} as (
    {{ sql }}
  );
{% endmacro %}


{# ---- DuckLake: partitioning and sorting ---- #}

{# The columns or transforms to partition by, as SQL; none where there are none or the relation cannot have them. #}
{% macro duckdb__get_partitioned_by(relation, temporary) -%}
  {%- set configured = config.get('partitioned_by', none) or config.get('partition_by', none) -%}
  {%- if temporary or configured is none or configured == '' -%}
    {%- do return(none) -%}
  {%- endif -%}

  {%- set parts = normalize_string_or_list(configured, 'partitioned_by/partition_by') -%}
  {%- if not parts -%}
    {%- do exceptions.raise_compiler_error('partitioned_by/partition_by must contain at least one column') -%}
  {%- endif -%}
  {#- Tables on the way to the final one stay as they are. -#}
  {%- if config.get('materialized') in ('table', 'incremental') and this is defined and relation.identifier and this.identifier
        and relation.identifier != this.identifier -%}
    {%- do return(none) -%}
  {%- endif -%}
  {%- if not adapter.is_ducklake(relation) -%}
    {%- if config.get('incremental_strategy') != 'insert_overwrite' -%}
      {%- do adapter.warn_once('partitioned_by/partition_by is for relations in DuckLake, and ignored for ' ~ relation) -%}
    {%- endif -%}
    {%- do return(none) -%}
  {%- endif -%}
  {%- do return(parts | join(', ')) -%}
{%- endmacro %}

{% macro duckdb__alter_table_set_partitioned_by(relation, partitioned_by) -%}
  alter table {{ relation.render() }} set partitioned by ({{ partitioned_by }});
{%- endmacro %}

{# The columns to sort by, quoted, likewise. #}
{% macro duckdb__get_sorted_by(relation, temporary) -%}
  {%- set configured = config.get('sorted_by', none) -%}
  {%- if configured is none -%}
    {%- set configured = config.get('sort_by', none) -%}
  {%- endif -%}
  {%- if temporary or configured is none -%}
    {%- do return(none) -%}
  {%- endif -%}

  {%- set parts = normalize_string_or_list(configured, 'sorted_by/sort_by') -%}
  {%- if not parts -%}
    {%- do exceptions.raise_compiler_error('sorted_by/sort_by must contain at least one column') -%}
  {%- endif -%}
  {%- if config.get('materialized') in ('table', 'incremental') and this is defined and relation.identifier and this.identifier
        and relation.identifier != this.identifier -%}
    {%- do return(none) -%}
  {%- endif -%}
  {%- if not adapter.is_ducklake(relation) -%}
    {%- do adapter.warn_once('sorted_by/sort_by is for relations in DuckLake, and ignored for ' ~ relation) -%}
    {%- do return(none) -%}
  {%- endif -%}

  {%- set quoted = [] -%}
  {%- for column in parts -%}
    {%- do quoted.append(adapter.quote(column | replace('"', '""'))) -%}
  {%- endfor -%}
  {%- do return(quoted | join(', ')) -%}
{%- endmacro %}

{% macro duckdb__alter_table_set_sorted_by(relation, sorted_by) -%}
  alter table {{ relation.render() }} set sorted by ({{ sorted_by }});
{%- endmacro %}


{# ---- Temporary tables ---- #}

{# A temporary table is the connection's own, in no schema; the time in its name tells those of one connection apart. #}
{% macro duckdb__make_temp_relation(base_relation, suffix) %}
  {%- do return(base_relation.incorporate(path={
        'database': none,
        'schema': none,
        'identifier': base_relation.identifier ~ suffix ~ py_current_timestring()
      })) -%}
{% endmacro %}

{#
  The relation for staged rows, and whether it is temporary. MotherDuck has no
  temporary tables: there it is a table in a schema set aside for them.
#}
{% macro duckdb__dispatch_temporary_relation(target_relation, batch_id='') %}
  {%- if not adapter.is_motherduck() -%}
    {%- do return({'relation': make_temp_relation(target_relation), 'temporary': true}) -%}
  {%- endif -%}

  {%- set relation = target_relation.incorporate(path=adapter.get_temp_relation_path(target_relation, batch_id)) -%}
  {%- do run_query(create_schema(relation)) -%}
  {%- if not adapter.disable_transactions() -%}
    {%- do adapter.commit() -%}
  {%- endif -%}
  {%- do return({'relation': relation, 'temporary': false}) -%}
{% endmacro %}


{# ---- Times ---- #}

{% macro duckdb__current_timestamp() -%}
  now()
{%- endmacro %}

{% macro duckdb__snapshot_string_as_time(timestamp) -%}
  {%- do return("'" ~ timestamp ~ "'::timestamp") -%}
{%- endmacro %}

{% macro duckdb__snapshot_get_time() -%}
  {{ current_timestamp() }}::timestamp
{%- endmacro %}


{# ---- Incremental models ---- #}

{% macro duckdb__get_incremental_default_sql(arg_dict) %}
  {%- do return(get_incremental_delete_insert_sql(arg_dict)) -%}
{% endmacro %}


{# ---- Files ---- #}

{% macro location_exists(location) -%}
  {%- do return(adapter.location_exists(location)) -%}
{% endmacro %}

{# Written beside its place first: a killed run leaves the old files or the new ones. #}
{% macro write_to_file(relation, location, options) -%}
  {%- set staged = adapter.stage_external_files(location, options) -%}
  {%- call statement('write_to_file') -%}
    copy {{ relation.render() }} to '{{ staged.location }}' ({{ staged.options }})
  {%- endcall -%}
  {%- do adapter.publish_external_files(location, options) -%}
{% endmacro %}

{# Hands a written relation to a plugin, which registers it elsewhere. #}
{% macro store_relation(plugin, relation, location, format, config) -%}
  {%- do adapter.store_relation(plugin, relation, adapter.get_columns_in_relation(relation), location, format, config) -%}
{% endmacro %}

{# The `options` of an external model, rendered; `format` and `delimiter` may stand beside them too. #}
{% macro render_write_options(config) -%}
  {%- set options = config.get('options', {}) -%}
  {%- if options is not mapping -%}
    {%- do exceptions.raise_compiler_error('The options argument must be a dictionary') -%}
  {%- endif -%}

  {%- set rendered = {} -%}
  {%- for name, value in options.items() -%}
    {%- do rendered.update({name: render(value)}) -%}
  {%- endfor -%}
  {%- for name in ['format', 'delimiter'] if config.get(name) -%}
    {%- do rendered.update({name: render(config.get(name))}) -%}
  {%- endfor -%}
  {%- do return(rendered) -%}
{%- endmacro %}


{# ---- Grants ---- #}

{% macro duckdb__apply_grants(relation, grant_config, should_revoke=True) %}
  {%- if grant_config -%}
    {%- do adapter.warn_once('Grants for relations are not supported by DuckDB: the `grants` configuration is ignored') -%}
  {%- endif -%}
{% endmacro %}


{# ---- Indexes ---- #}

{% macro duckdb__get_create_index_sql(relation, index_dict) -%}
  {%- set index = adapter.parse_index(index_dict) -%}
  create {{ 'unique ' if index.unique }}index "{{ index.render(relation) }}" on {{ relation.render() }} ({{ index.columns | join(', ') }});
{%- endmacro %}

{#
  DuckDB does not rename a table that has indexes. Neither statement begins a
  transaction, so that this can be called after a commit as well.
#}
{% macro drop_indexes_on_relation(relation) -%}
  {%- call statement('get_indexes_on_relation', fetch_result=True, auto_begin=False) -%}
    select index_name
    from duckdb_indexes()
    where (database_name, schema_name, table_name) = ('{{ relation.database }}', '{{ relation.schema }}', '{{ relation.identifier }}')
  {%- endcall -%}
  {%- for row in load_result('get_indexes_on_relation').table -%}
    {%- call statement('drop_index_' ~ loop.index, auto_begin=false) -%}
      drop index "{{ relation.database }}"."{{ relation.schema }}"."{{ row[0] }}"
    {%- endcall -%}
  {%- endfor -%}
{%- endmacro %}


{# ---- Foreign keys ---- #}
{#
  DuckDB neither drops nor renames a table that a foreign key refers to, and
  has no statement that drops the key. So the tables that refer to a replaced
  table give way for a moment: their rows stay under their names without the
  keys, until their own models build them again later in the run.
#}

{# The types of the constraints that the model's contract declares. #}
{% macro enforced_constraint_types() -%}
  {%- set types = [] -%}
  {%- set contract = config.get('contract') -%}
  {%- if contract and contract.enforced -%}
    {%- for column in [model] + model.get('columns', {}).values() | list -%}
      {%- for constraint in column.get('constraints', []) -%}
        {%- do types.append(constraint.type) -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endif -%}
  {%- do return(types) -%}
{%- endmacro %}

{# The types of the keys that the table in the database has. #}
{% macro existing_constraint_types(relation) -%}
  {%- if relation is none or not relation.is_table -%}
    {%- do return([]) -%}
  {%- endif -%}
  {%- do return(adapter.existing_key_constraint_types(relation)) -%}
{%- endmacro %}

{# Such a table has to be created under its own name: the tables it refers to keep the name it was created under. #}
{% macro has_foreign_key_constraints(relation=none) -%}
  {%- do return(
        adapter.catalog_supports_foreign_keys(this.database)
        and ('foreign_key' in existing_constraint_types(relation) or 'foreign_key' in enforced_constraint_types())) -%}
{%- endmacro %}

{# Only a table with a primary key or unique constraint, now or until now, can be referred to. #}
{% macro may_be_foreign_key_target(relation=none) -%}
  {%- if not adapter.catalog_supports_foreign_keys(this.database) -%}
    {%- do return(false) -%}
  {%- endif -%}
  {%- set types = existing_constraint_types(relation) + enforced_constraint_types() -%}
  {%- do return('primary_key' in types or 'unique' in types) -%}
{%- endmacro %}

{#
  Makes room for a table that is built under its own name. The transaction is
  needed whatever the profile says: without it a failed build would lose the
  table.
#}
{% macro drop_relation_for_rebuild(relation) -%}
  {%- do adapter.ensure_transaction() -%}
  {%- set is_referenced = relation.is_table and may_be_foreign_key_target(relation) -%}
  {%- set set_aside = drop_foreign_key_dependents(relation) if is_referenced else [] -%}
  {%- do adapter.drop_relation(relation) -%}
  {%- do return(set_aside) -%}
{%- endmacro %}

{#
  Sets aside the tables that refer to a relation, directly or through others,
  and returns what `restore_foreign_key_dependents` needs. It is an error if
  this run is not certain to build all of them again.
#}
{% macro drop_foreign_key_dependents(relation) -%}
  {#- A foreign key stays within one schema. Those furthest away have to go first. -#}
  {%- call statement('get_foreign_key_dependents', fetch_result=True) -%}
    with recursive keys as (
      select table_name, referenced_table
      from duckdb_constraints()
      where constraint_type = 'FOREIGN KEY'
        and lower(database_name) = lower('{{ adapter.escape_sql_string(relation.database) }}')
        and lower(schema_name) = lower('{{ adapter.escape_sql_string(relation.schema) }}')
        and lower(table_name) != lower(referenced_table)
    ),
    reached as (
      select table_name, 1 as distance
      from keys
      where lower(referenced_table) = lower('{{ adapter.escape_sql_string(relation.identifier) }}')
      union
      select keys.table_name, reached.distance + 1
      from reached
      join keys on lower(keys.referenced_table) = lower(reached.table_name)
    )
    select keys.table_name, max(reached.distance) as distance, lower(keys.referenced_table) as referenced_table
    from reached
    join keys using (table_name)
    group by all
    order by distance desc, table_name, referenced_table
  {%- endcall -%}

  {%- set referenced_by = {} -%}
  {%- for row in load_result('get_foreign_key_dependents').table -%}
    {%- do referenced_by.setdefault(row[0], []).append(row[2]) -%}
  {%- endfor -%}
  {%- if not referenced_by -%}
    {%- do return([]) -%}
  {%- endif -%}

  {%- set nodes = {relation.identifier | lower: model} -%}
  {%- set folded = referenced_by.keys() | map('lower') | list -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
    {%- set name = (node.alias or node.name) | lower -%}
    {%- if name in folded and (node.database or '') | lower == (relation.database or '') | lower
          and node.schema | lower == relation.schema | lower -%}
      {%- do nodes.update({name: node}) -%}
    {%- endif -%}
  {%- endfor -%}

  {%- set problems = [] -%}
  {%- for table, references in referenced_by.items() -%}
    {%- set node = nodes.get(table | lower) -%}
    {%- if node is none -%}
      {%- do problems.append(table ~ ' (not built by a model of this project)') -%}
    {%- else -%}
      {%- set follows = [] -%}
      {%- for name in references if name in nodes and nodes[name].unique_id in node.depends_on.nodes -%}
        {%- do follows.append(name) -%}
      {%- endfor -%}
      {%- set is_refreshed = flags.FULL_REFRESH if node.config.full_refresh is none else node.config.full_refresh -%}
      {%- set kind = node.config.materialized -%}
      {%- if node.unique_id not in selected_resources -%}
        {%- do problems.append(table ~ ' (model ' ~ node.name ~ ' is not selected in this run)') -%}
      {%- elif not follows -%}
        {%- do problems.append(table ~ ' (model ' ~ node.name
              ~ ' does not ref() the table its foreign key points at, so it may not be built after it: use `to: ref(...)` in the constraint)') -%}
      {%- elif kind != 'table' and not (kind == 'incremental' and is_refreshed) -%}
        {%- do problems.append(table ~ ' (model ' ~ node.name ~ ', materialized as ' ~ kind ~ ', would lose its data: run with --full-refresh)') -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if problems -%}
    {%- do exceptions.raise_compiler_error(
          'Cannot replace ' ~ relation ~ ': DuckDB does not replace a table that a foreign key refers to, '
          ~ 'and these tables would not be built again in this run: ' ~ problems | join('; ')) -%}
  {%- endif -%}

  {%- set dropped = [] -%}
  {%- for table in referenced_by -%}
    {%- set dependent = api.Relation.create(database=relation.database, schema=relation.schema, identifier=table, type='table') -%}
    {%- set backup = dependent.incorporate(path={'identifier': table ~ '__dbt_fk_backup'}, type='table') -%}
    {%- do adapter.drop_relation(backup) -%}
    {%- call statement('backup_foreign_key_dependent_' ~ loop.index) -%}
      create table {{ backup }} as select * from {{ dependent }}
    {%- endcall -%}
    {%- do log('Dropping ' ~ dependent ~ ', whose foreign key refers to ' ~ relation ~ ': it is built again later in this run', info=True) -%}
    {%- do adapter.drop_relation(dependent) -%}
    {%- do dropped.append({'relation': dependent, 'backup': backup}) -%}
  {%- endfor -%}
  {%- do return(dropped) -%}
{%- endmacro %}

{% macro restore_foreign_key_dependents(dropped) -%}
  {%- for item in dropped | reverse -%}
    {%- do log('Restoring the rows of ' ~ item['relation'] ~ ' until it is built again later in this run', info=True) -%}
    {%- do adapter.rename_relation(item['backup'], item['relation']) -%}
  {%- endfor -%}
{%- endmacro %}
