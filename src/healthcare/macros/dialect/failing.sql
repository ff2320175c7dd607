{#- The query of a test of single values: those for which a condition does not
    hold, each with how often it stands there. What is null is no value, and is
    left to `not_null`. -#}
{%- macro failing_values(model, column_name, condition) -%}

select
    {{ column_name }} as failing_value,
    count(*) as row_count
from {{ model }}
where {{ column_name }} is not null
  and not coalesce({{ condition }}, false)
group by {{ column_name }}

{%- endmacro %}

{#- One name or a list of names, as a list. -#}
{%- macro as_list(names) -%}
    {{ return([names] if names is string else names) }}
{%- endmacro %}
