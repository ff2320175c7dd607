{# Where an external model is written unless it says so itself: a file, or a folder where the output is partitioned. #}
{% macro external_location(relation, config) -%}
  {%- set is_folder = config.get('options', {}).get('partition_by') is not none -%}
  {{ adapter.external_root() }}/{{ relation.identifier }}{{ '.' ~ config.get('format', 'parquet') if not is_folder }}
{%- endmacro %}
