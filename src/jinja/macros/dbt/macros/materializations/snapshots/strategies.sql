{#
  How a snapshot tells that a row has changed. A strategy is a macro
  `snapshot_<name>_strategy` that returns a mapping:

  - `unique_key`, `updated_at`: SQL, the key possibly a list;
  - `row_changed`: a condition over the snapshot's row and the query's row;
  - `scd_id`: an expression that identifies one version of one row;
  - `hard_deletes`: `ignore`, `invalidate` or `new_record`, with
    `invalidate_hard_deletes` as the older form of the second.
#}

{# Finds a strategy's macro, `<name>` or `<package>.<name>`. #}
{% macro strategy_dispatch(name) -%}
  {%- set scope = context -%}
  {%- set package_name = none -%}
  {%- set strategy_name = name -%}
  {%- if '.' in name -%}
    {%- set package_name, strategy_name = name.split('.', 1) -%}
    {%- if package_name not in context -%}
      {%- do exceptions.raise_compiler_error(
            "Could not find package '" ~ package_name ~ "', named by the snapshot strategy '" ~ name ~ "'") -%}
    {%- endif -%}
    {%- set scope = context[package_name] -%}
  {%- endif -%}

  {%- set macro_name = 'snapshot_' ~ strategy_name ~ '_strategy' -%}
  {%- if macro_name not in scope -%}
    {%- do exceptions.raise_compiler_error(
          "The specified strategy macro '" ~ strategy_name ~ "' was not found in package '" ~ package_name
          ~ "': there is no macro " ~ macro_name) -%}
  {%- endif -%}
  {%- do return(scope[macro_name]) -%}
{%- endmacro %}


{# One text from several expressions, hashed. #}
{% macro snapshot_hash_arguments(args) -%}
  {{ adapter.dispatch('snapshot_hash_arguments', 'dbt')(args) }}
{%- endmacro %}

{% macro default__snapshot_hash_arguments(args) -%}
  {%- set texts = [] -%}
  {%- for arg in args -%}
    {%- do texts.append('coalesce(cast(' ~ arg ~ " as varchar ), '')") -%}
  {%- endfor -%}
  md5({{ texts | join(" || '|' || ") }})
{%- endmacro %}


{# timestamp: a row has changed when its `updated_at` is later than what the snapshot has. #}
{% macro snapshot_timestamp_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {%- set unique_key = config.get('unique_key') -%}
  {%- set updated_at = config.get('updated_at') -%}
  {%- set hard_deletes = adapter.get_hard_deletes_behavior(config) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}

  {#- Against our own columns: rows from a time before this strategy may lack the other. A version can begin later than it was updated. -#}
  {%- set updated = 'coalesce(' ~ snapshotted_rel ~ '.' ~ columns.dbt_updated_at ~ ', ' ~ snapshotted_rel ~ '.' ~ columns.dbt_valid_from ~ ')' -%}
  {%- set row_changed = '(' ~ updated ~ ' < ' ~ current_rel ~ '.' ~ updated_at ~ ')' -%}

  {%- do return({
        'unique_key': unique_key,
        'updated_at': updated_at,
        'row_changed': row_changed,
        'scd_id': snapshot_hash_arguments(api.Relation.scd_args(unique_key, updated_at)),
        'invalidate_hard_deletes': hard_deletes == 'invalidate',
        'hard_deletes': hard_deletes
      }) -%}
{% endmacro %}


{# check: a row has changed when one of `check_cols` has. #}
{% macro snapshot_check_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {%- set unique_key = config.get('unique_key') -%}
  {%- set updated_at = config.get('updated_at') or snapshot_get_time() -%}
  {%- set hard_deletes = adapter.get_hard_deletes_behavior(config) -%}
  {%- set column_added, check_cols = snapshot_check_all_get_existing_columns(node, target_exists, config.get('check_cols')) -%}

  {%- set row_changed -%}
  (
    {%- if column_added -%}
      {{ get_true_sql() }}
    {%- endif -%}
    {%- for name in ([] if column_added else check_cols) -%}
      {%- set old = snapshotted_rel ~ '.' ~ name -%}
      {%- set new = current_rel ~ '.' ~ name -%}
      {{ old }} != {{ new }} or ( (({{ old }} is null) and not ({{ new }} is null)) or ((not {{ old }} is null) and ({{ new }} is null)) )
      {{- ' or ' if not loop.last -}}
    {%- endfor -%}
  )
  {%- endset -%}

  {%- do return({
        'unique_key': unique_key,
        'updated_at': updated_at,
        'row_changed': row_changed,
        'scd_id': snapshot_hash_arguments(api.Relation.scd_args(unique_key, updated_at)),
        'invalidate_hard_deletes': hard_deletes == 'invalidate',
        'hard_deletes': hard_deletes
      }) -%}
{% endmacro %}


{#
  A pair: whether the query has a column to check that the snapshot has not,
  in which case every row counts as changed, and the columns both have, quoted.
#}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) -%}
  {%- if not target_exists -%}
    {%- do return((false, [])) -%}
  {%- endif -%}

  {%- if check_cols_config == 'all' -%}
    {%- set wanted = get_columns_in_query(node['compiled_code']) -%}
  {%- elif check_cols_config is iterable and check_cols_config is not string and check_cols_config | length > 0 -%}
    {#- Asking the engine gives the names in its own spelling. The query has a line to itself: it may end in a comment. -#}
    {%- set wanted = get_columns_in_query(
          'select ' ~ check_cols_config | join(', ') ~ ' from (\n' ~ node['compiled_code'] ~ '\n) subq') -%}
  {%- else -%}
    {%- do exceptions.raise_compiler_error("Invalid value for 'check_cols': " ~ check_cols_config) -%}
  {%- endif -%}

  {%- set snapshot_relation = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
  {%- set known = adapter.get_columns_in_relation(snapshot_relation) | map(attribute='name') | list -%}
  {%- set shared = [] -%}
  {%- for name in wanted if name in known -%}
    {%- do shared.append(adapter.quote(name)) -%}
  {%- endfor -%}
  {%- do return((shared | length < wanted | length, shared)) -%}
{%- endmacro %}


{# A moment known while compiling, as SQL. #}
{% macro snapshot_string_as_time(timestamp) -%}
  {{ adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp) }}
{%- endmacro %}

{% macro default__snapshot_string_as_time(timestamp) %}
  {%- do exceptions.raise_not_implemented('snapshot_string_as_time is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}
