{# Descriptions as comments in the database, for nodes that have `persist_docs`. #}

{# The statements that comment on columns. #}
{% macro alter_column_comment(relation, column_dict) -%}
  {%- do return(adapter.dispatch('alter_column_comment', 'dbt')(relation, column_dict)) -%}
{% endmacro %}

{% macro default__alter_column_comment(relation, column_dict) -%}
  {%- do exceptions.raise_not_implemented('alter_column_comment is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}


{# The statement that comments on the relation. #}
{% macro alter_relation_comment(relation, relation_comment) -%}
  {%- do return(adapter.dispatch('alter_relation_comment', 'dbt')(relation, relation_comment)) -%}
{% endmacro %}

{% macro default__alter_relation_comment(relation, relation_comment) -%}
  {%- do exceptions.raise_not_implemented('alter_relation_comment is not implemented for adapter ' ~ adapter.type()) -%}
{% endmacro %}


{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
  {%- do return(adapter.dispatch('persist_docs', 'dbt')(relation, model, for_relation, for_columns)) -%}
{% endmacro %}

{% macro default__persist_docs(relation, model, for_relation, for_columns) -%}
  {%- if for_relation and config.persist_relation_docs() and model.description -%}
    {%- do run_query(alter_relation_comment(relation, model.description)) -%}
  {%- endif -%}
  {%- if for_columns and config.persist_column_docs() and model.columns -%}
    {%- set existing = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- set comment_sql = alter_column_comment(relation, validate_doc_columns(relation, model.columns, existing)) -%}
    {%- if comment_sql and comment_sql | trim -%}
      {%- do run_query(comment_sql) -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}


{#
  The described columns that the relation has; the others are warned about.
  Quoted names are compared as written, others without regard to case.
#}
{% macro validate_doc_columns(relation, column_dict, existing_column_names) %}
  {%- set folded = existing_column_names | map('lower') | list -%}
  {%- set present = {} -%}
  {%- set absent = [] -%}
  {%- for name, column in column_dict.items() -%}
    {%- set is_present = name in existing_column_names if column['quote'] else name | lower in folded -%}
    {%- if is_present -%}
      {%- do present.update({name: column}) -%}
    {%- else -%}
      {%- do absent.append(name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if absent -%}
    {%- do exceptions.warn(
          'In relation ' ~ relation.render()
          ~ ': The following columns are specified in the schema but are not present in the database: ' ~ absent | join(', ')) -%}
  {%- endif -%}
  {%- do return(present) -%}
{% endmacro %}
