{#- A share with four places, null when there is nothing to share. -#}
{% macro ratio(part, whole) -%}
    cast(round(({{ part }}) / nullif({{ whole }}, 0), 4) as decimal(9, 4))
{%- endmacro %}

{#- An amount per unit with two places, null when there are no units. -#}
{% macro amount_per(amount, units) -%}
    cast(round(({{ amount }}) / nullif({{ units }}, 0), 2) as decimal(14, 2))
{%- endmacro %}
