{#
  `not_null`: the rows without a value. Whole rows are kept only where they
  will be stored for someone to look at; otherwise the column is enough.
#}
{% macro default__test_not_null(model, column_name) %}
select {{ '*' if should_store_failures() else column_name }}
from {{ model }}
where {{ column_name }} is null
{% endmacro %}
