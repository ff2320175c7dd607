{% macro cost_efficiency(episodes, provider, cost, case_mix, minimum_cases=11) %}
{{ return(adapter.dispatch('cost_efficiency', 'healthcare')(episodes, provider, cost, healthcare.as_list(case_mix), minimum_cases)) }}
{% endmacro %}

{#- One row for each provider: what their cases cost, and what the same cases cost
    on average at all providers (indirect standardisation). Below 1 is cheaper than
    their mix of cases lets expect. -#}
{% macro default__cost_efficiency(episodes, provider, cost, case_mix, minimum_cases) %}
with cases as (

    select
        {{ provider }} as provider,
        {{ cost }} as cost,
        avg({{ cost }}) over ({% if case_mix %}partition by {{ case_mix | join(', ') }}{% endif %}) as expected_cost
    from {{ episodes }}
    -- What a case has cost is not known: it tells nothing of its provider.
    where ({{ cost }}) is not null

)

select
    provider,
    count(*) as cases,
    sum(cost) as observed_cost,
    sum(expected_cost) as expected_cost,
    sum(cost) / nullif(sum(expected_cost), 0) as observed_to_expected,
    count(*) >= {{ minimum_cases }} as is_reportable
from cases
group by provider
{% endmacro %}
