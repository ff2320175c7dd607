{# A limit needs the values as a list first. #}
{% macro duckdb__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
{%- set order_by = ' ' ~ order_by_clause if order_by_clause else '' -%}
{%- if limit_num -%}
  list_aggr( (array_agg( {{ measure }}{{ order_by }} ))[1:{{ limit_num }}], 'string_agg', {{ delimiter_text }} )
{%- else %}
  string_agg( {{ measure }}, {{ delimiter_text }}{{ order_by }} )
{%- endif -%}
{%- endmacro %}
