{#- Finds values that are not National Provider Identifiers: not ten digits, or
    with a check digit that does not fit. -#}
{% test valid_npi(model, column_name) %}

select {{ column_name }}
from {{ model }}
where {{ column_name }} is not null
  and not {{ npi_is_valid(column_name) }}

{% endtest %}
