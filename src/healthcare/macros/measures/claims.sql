{% macro payer_mix(claims, payer='payer', billed='billed_amount', paid='paid_amount') %}
{{ return(adapter.dispatch('payer_mix', 'healthcare')(claims, payer, billed, paid)) }}
{% endmacro %}

{% macro default__payer_mix(claims, payer, billed, paid) %}
select
    {{ payer }} as payer,
    count(*) as claims,
    sum({{ billed }}) as billed_amount,
    sum({{ paid }}) as paid_amount,
    1.0 * count(*) / sum(count(*)) over () as share_of_claims,
    1.0 * sum({{ billed }}) / nullif(sum(sum({{ billed }})) over (), 0) as share_of_billed,
    1.0 * sum({{ paid }}) / nullif(sum({{ billed }}), 0) as paid_of_billed
from {{ claims }}
group by {{ payer }}
{% endmacro %}

{% macro denial_rates(claims, was_denied='was_denied', was_appealed='was_appealed', was_overturned='was_overturned', group_by=[]) %}
{{ return(adapter.dispatch('denial_rates', 'healthcare')(claims, was_denied, was_appealed, was_overturned, healthcare.as_list(group_by))) }}
{% endmacro %}

{% macro default__denial_rates(claims, was_denied, was_appealed, was_overturned, group_by) %}
{%- set denied = '(' ~ was_denied ~ ')' %}
{%- set appealed = denied ~ ' and (' ~ was_appealed ~ ')' %}
{%- set overturned = denied ~ ' and (' ~ was_overturned ~ ')' %}
select
    {%- for column in group_by %}
    {{ column }},
    {%- endfor %}
    count(*) as claims,
    count(case when {{ denied }} then 1 end) as denied,
    count(case when {{ appealed }} then 1 end) as appealed,
    count(case when {{ overturned }} then 1 end) as overturned,
    1.0 * count(case when {{ denied }} then 1 end) / nullif(count(*), 0) as denial_rate,
    1.0 * count(case when {{ overturned }} then 1 end) / nullif(count(case when {{ denied }} then 1 end), 0) as overturn_rate,
    1.0 * count(case when {{ appealed }} and ({{ was_overturned }}) then 1 end)
        / nullif(count(case when {{ appealed }} then 1 end), 0) as overturn_rate_of_appeals
from {{ claims }}
{%- if group_by %}
group by {{ group_by | join(', ') }}
{%- endif %}
{% endmacro %}
