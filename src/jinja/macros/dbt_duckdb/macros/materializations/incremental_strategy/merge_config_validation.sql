{# Checks the configurations of the merge strategy, and reports all that is wrong with them at once. #}

{% macro validate_merge_config(config, target_relation=none) %}
  {%- set errors = [] -%}
  {%- set fields = {
        'merge_update_condition': 'string',
        'merge_insert_condition': 'string',
        'merge_on_using_columns': 'sequence',
        'merge_update_columns': 'sequence',
        'merge_exclude_columns': 'sequence',
        'merge_returning_columns': 'sequence',
        'merge_update_set_expressions': 'mapping'
      } -%}
  {%- set checks = {
        'string': validate_string_field,
        'sequence': validate_string_list_field,
        'mapping': validate_dict_field
      } -%}
  {%- for name, kind in fields.items() -%}
    {%- set check = checks[kind] -%}
    {%- do check(config.get(name), name, errors) -%}
  {%- endfor -%}

  {%- do validate_merge_clauses(config, fields, errors) -%}
  {%- if not errors -%}
    {%- do validate_ducklake_restrictions(config, target_relation, errors) -%}
  {%- endif -%}
  {%- if errors -%}
    {%- do exceptions.raise_compiler_error('MERGE configuration errors:\n' ~ errors | join('\n')) -%}
  {%- endif -%}
{% endmacro %}


{# `merge_clauses` says everything itself: configurations that say the same are refused beside it. #}
{% macro validate_merge_clauses(config, base_configuration_fields, errors) -%}
  {%- set clauses = config.get('merge_clauses') -%}
  {%- if clauses is none -%}
    {%- do return(none) -%}
  {%- elif clauses is not mapping -%}
    {%- do errors.append('merge_clauses must be a dictionary, found: ' ~ clauses) -%}
    {%- do return(none) -%}
  {%- endif -%}

  {%- if 'when_matched' not in clauses and 'when_not_matched' not in clauses -%}
    {%- do errors.append("merge_clauses must contain at least one of 'when_matched' or 'when_not_matched'") -%}
  {%- endif -%}
  {%- for clause_type in ['when_matched', 'when_not_matched'] if clause_type in clauses -%}
    {%- do validate_merge_clause_list(clauses, clause_type, errors) -%}
  {%- endfor -%}

  {%- set conflicting = [] -%}
  {%- for name, kind in base_configuration_fields.items() if name not in ['merge_on_using_columns', 'merge_returning_columns'] -%}
    {%- set value = config.get(name) -%}
    {%- if value is not none and (kind == 'string' or value | length > 0) -%}
      {%- do conflicting.append(name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if conflicting -%}
    {%- do errors.append(
          'Beside merge_clauses, basic merge configurations will be ignored: move these into merge_clauses or remove them: '
          ~ conflicting | join(', ')) -%}
  {%- endif -%}
{%- endmacro %}


{% macro validate_merge_clause_list(merge_clauses, clause_type, errors) -%}
  {%- set name = 'merge_clauses.' ~ clause_type -%}
  {%- set clauses = merge_clauses.get(clause_type) -%}
  {%- if clauses is not sequence or clauses is mapping or clauses is string -%}
    {%- do errors.append(name ~ ' must be a list') -%}
  {%- elif not clauses -%}
    {%- do errors.append(name ~ ' must contain at least one element') -%}
  {%- else -%}
    {%- for clause in clauses if clause is not mapping -%}
      {%- do errors.append(name ~ ' elements must be dictionaries, found: ' ~ clause) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}


{# DuckLake knows no `returning`, and one updating or deleting action per statement. #}
{% macro validate_ducklake_restrictions(config, target_relation, errors) -%}
  {%- if not target_relation or not adapter.is_ducklake(target_relation) -%}
    {%- do return(none) -%}
  {%- endif -%}

  {%- if config.get('merge_returning_columns') -%}
    {%- do errors.append('DuckLake MERGE restrictions: merge_returning_columns is not supported') -%}
  {%- endif -%}
  {%- set clauses = config.get('merge_clauses') or {} -%}
  {%- set changing = [] -%}
  {%- for clause in clauses.get('when_matched', []) + clauses.get('when_not_matched', []) if clause.get('action') in ['update', 'delete'] -%}
    {%- do changing.append(clause) -%}
  {%- endfor -%}
  {%- if changing | length > 1 -%}
    {%- do errors.append(
          'DuckLake MERGE restrictions: one UPDATE or DELETE action over all of merge_clauses. Found '
          ~ changing | length ~ ' UPDATE/DELETE actions') -%}
  {%- endif -%}
{%- endmacro %}
