{% macro member_months(spans, first_month, last_month, member='member_id', start_column='starts_on', end_column='ends_on') %}
{{ return(adapter.dispatch('member_months', 'healthcare')(spans, first_month, last_month, member, start_column, end_column)) }}
{% endmacro %}

{#- One row for each member and month with a day of enrolment in it. -#}
{% macro default__member_months(spans, first_month, last_month, member, start_column, end_column) %}
{%- set first = dbt.date_trunc('month', "cast('" ~ first_month ~ "' as date)") %}
{%- set last = dbt.date_trunc('month', "cast('" ~ last_month ~ "' as date)") %}
with recursive months as (

    select cast({{ first }} as date) as month_start
    where {{ first }} <= {{ last }}

    union all

    select cast({{ dbt.dateadd('month', 1, 'month_start') }} as date)
    from months
    where month_start < {{ last }}

)

select distinct
    spans.{{ member }},
    months.month_start
from {{ spans }} as spans
inner join months
    on cast(spans.{{ start_column }} as date) < cast({{ dbt.dateadd('month', 1, 'months.month_start') }} as date)
    and coalesce(cast(spans.{{ end_column }} as date), {{ healthcare.end_of_time() }}) >= months.month_start
    -- A span that was withdrawn ends before it begins, and has no day.
    and coalesce(cast(spans.{{ end_column }} as date), {{ healthcare.end_of_time() }}) >= cast(spans.{{ start_column }} as date)
{% endmacro %}

{% macro per_member_month(events, member_months, amount, date, member='member_id', group_by=[]) %}
{{ return(adapter.dispatch('per_member_month', 'healthcare')(events, member_months, amount, date, member, healthcare.as_list(group_by))) }}
{% endmacro %}

{#- An amount for each member and month of enrolment. Amounts of those who were not
    enrolled in the month are no part of it, since their months are none. -#}
{% macro default__per_member_month(events, member_months, amount, date, member, group_by) %}
with enrolled as (

    select *
    from {{ member_months }}

),

amounts as (

    select
        {{ member }} as member,
        cast({{ dbt.date_trunc('month', date) }} as date) as month_start,
        sum({{ amount }}) as amount
    from {{ events }}
    group by 1, 2

)

select
    {%- for column in group_by %}
    enrolled.{{ column }},
    {%- endfor %}
    count(*) as member_months,
    coalesce(sum(amounts.amount), 0) as amount,
    coalesce(sum(amounts.amount), 0) / nullif(count(*), 0) as per_member_month
from enrolled
left join amounts
    on enrolled.{{ member }} = amounts.member
    and enrolled.month_start = amounts.month_start
{%- if group_by %}
group by
    {%- for column in group_by %}
    enrolled.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endif %}
{% endmacro %}

{#- Paid for each member and month (PMPM). -#}
{% macro pmpm(claims, member_months, amount='paid_amount', date='service_from', member='member_id', group_by=[]) %}
{{ healthcare.per_member_month(claims, member_months, amount, date, member, group_by) }}
{% endmacro %}

{% macro ed_visits_per_1000(visits, member_months, date='visit_date', member='member_id', group_by=[]) %}
{{ return(adapter.dispatch('ed_visits_per_1000', 'healthcare')(visits, member_months, date, member, healthcare.as_list(group_by))) }}
{% endmacro %}

{#- Visits in a year for each thousand members. -#}
{% macro default__ed_visits_per_1000(visits, member_months, date, member, group_by) %}
select
    {%- for column in group_by %}
    {{ column }},
    {%- endfor %}
    member_months,
    amount as ed_visits,
    per_member_month * 12000 as ed_visits_per_1000
from (
    {{ healthcare.per_member_month(visits, member_months, '1', date, member, group_by) }}
) as visits
{% endmacro %}

{#- Spans of each patient, in which those that overlap or follow each other without a
    day between are one. -#}
{% macro joined_spans(spans) %}
with spans as (

    select
        patient_id,
        cast(starts_on as date) as starts_on,
        coalesce(cast(ends_on as date), {{ healthcare.end_of_time() }}) as ends_on
    from {{ spans }}

),

with_latest_end as (

    select
        *,
        max(ends_on) over (
            partition by patient_id
            order by starts_on, ends_on
            rows between unbounded preceding and 1 preceding
        ) as latest_end
    from spans
    where ends_on >= starts_on

),

numbered as (

    select
        *,
        sum(case when {{ healthcare.days_between('latest_end', 'starts_on') }} <= 1 then 0 else 1 end) over (
            partition by patient_id
            order by starts_on, ends_on
            rows between unbounded preceding and current row
        ) as span_number
    from with_latest_end

)

select
    patient_id,
    min(starts_on) as starts_on,
    max(ends_on) as ends_on
from numbered
group by patient_id, span_number
{% endmacro %}
