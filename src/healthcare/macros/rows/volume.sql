{% test row_count_between(model, min_count=0, max_count=none) %}
{{ return(adapter.dispatch('test_row_count_between', 'healthcare')(model, min_count, max_count)) }}
{% endtest %}

{% macro default__test_row_count_between(model, min_count, max_count) %}

select count(*) as row_count
from {{ model }}
having count(*) < {{ min_count }}{% if max_count is not none %} or count(*) > {{ max_count }}{% endif %}

{% endmacro %}

{% test row_count_change(model, to, max_change, group_by=none) %}
{{ return(adapter.dispatch('test_row_count_change', 'healthcare')(model, to, max_change, group_by)) }}
{% endtest %}

{% macro default__test_row_count_change(model, to, max_change, group_by) %}
{%- set groups = healthcare.as_list(group_by) if group_by else [] %}
{%- set keys = groups | join(', ') %}

with counts as (

    select
        {%- for group in groups %}
        {{ group }},
        {%- endfor %}
        sum(is_now) as rows_now,
        sum(1 - is_now) as rows_before
    from (
        select {% if keys %}{{ keys }}, {% endif %}1 as is_now from {{ model }}
        union all
        select {% if keys %}{{ keys }}, {% endif %}0 as is_now from {{ to }}
    ) as all_rows
    {%- if keys %}
    group by {{ keys }}
    {%- endif %}

)

select *
from counts
where abs(rows_now - rows_before) > {{ max_change }} * rows_before

{% endmacro %}

{% test distribution_shift(model, column_name, to, max_shift=0.1, method='total_variation', bins=none) %}
{{ return(adapter.dispatch('test_distribution_shift', 'healthcare')(model, column_name, to, max_shift, method, bins)) }}
{% endtest %}

{% macro default__test_distribution_shift(model, column_name, to, max_shift, method, bins) %}
{%- if method not in ['total_variation', 'population_stability'] %}
    {{ exceptions.raise_compiler_error('distribution_shift: `method` is total_variation or population_stability, not ' ~ method) }}
{%- endif %}
{%- if bins %}
    {%- set category %}case
        {%- for edge in bins %}
            when {{ column_name }} < {{ edge }} then {{ loop.index0 }}
        {%- endfor %}
            when {{ column_name }} is not null then {{ bins | length }}
        end{% endset %}
{%- else %}
    {%- set category = column_name %}
{%- endif %}

with values_of_both as (

    select {{ category }} as category, 1 as is_now from {{ model }}
    union all
    select {{ category }} as category, 0 as is_now from {{ to }}

),

totals as (

    select
        sum(is_now) as rows_now,
        sum(1 - is_now) as rows_before
    from values_of_both

),

shares as (

    select
        values_of_both.category,
        coalesce(1.0 * sum(is_now) / nullif(max(totals.rows_now), 0), 0) as share_now,
        coalesce(1.0 * sum(1 - is_now) / nullif(max(totals.rows_before), 0), 0) as share_before
    from values_of_both
    cross join totals
    group by values_of_both.category

),

shift as (

    select
        {%- if method == 'total_variation' %}
        sum(abs(share_now - share_before)) / 2 as shift
        {%- else %}
        -- A share of nothing would have no logarithm.
        sum(
            (share_now - share_before)
            * ln((case when share_now > 0 then share_now else 0.0001 end)
               / (case when share_before > 0 then share_before else 0.0001 end))
        ) as shift
        {%- endif %}
    from shares

)

-- Where one of the two has no rows, nothing can be said of shares but that all has shifted.
select
    shift,
    rows_now,
    rows_before
from shift
cross join totals
where shift > {{ max_shift }}
   or (rows_now = 0 and rows_before > 0)
   or (rows_now > 0 and rows_before = 0)

{% endmacro %}
