{# Comments on relations and columns. #}

{#
  The comment as a literal in which nothing needs escaping, whatever it holds,
  but for the literal's own end.
#}
{% macro duckdb_escape_comment(comment) -%}
  {%- if comment is not string -%}
    {%- do exceptions.raise_compiler_error('A comment has to be text, and this is not: ' ~ comment) -%}
  {%- endif -%}
  {%- set mark = '$dbt_comment_literal_block$' -%}
  {%- if mark in comment -%}
    {%- do exceptions.raise_compiler_error('A comment cannot hold the text ' ~ mark ~ ', which ends it') -%}
  {%- endif -%}
  {{ mark ~ comment ~ mark }}
{%- endmacro %}

{% macro duckdb__alter_relation_comment(relation, comment) %}
  comment on {{ relation.type }} {{ relation.render() }} is {{ duckdb_escape_comment(comment) }};
{% endmacro %}

{% macro duckdb__alter_column_comment(relation, column_dict) %}
  {%- set existing = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list -%}
  {%- for name, column in column_dict.items() if name | lower in existing %}
  comment on column {{ relation.render() }}.{{ adapter.quote(name) if column['quote'] else name }} is {{ duckdb_escape_comment(column['description']) }};
  {%- endfor %}
{% endmacro %}
