{% macro stays(admissions, columns={}) %}
{{ return(adapter.dispatch('stays', 'healthcare')(admissions, columns)) }}
{% endmacro %}

{#- One row for each stay. Admissions of one patient make one stay when

    - the next begins before the one before it has ended,
    - the next begins on the day of the discharge or the day after in another
      hospital: a transfer, whatever the discharge says of it,
    - the next begins on the day of the discharge, in the same hospital and for the
      same condition.

    What the stay was at its begin and at its end is taken from its first and its
    last admission. -#}
{% macro default__stays(admissions, columns) %}
{%- set of = healthcare.admission_columns(columns) %}
with admissions as (

    select
        {{ of.admission_id }} as admission_id,
        {{ of.patient_id }} as patient_id,
        {{ of.facility_id }} as facility_id,
        cast({{ of.admitted_on }} as date) as admitted_on,
        cast({{ of.discharged_on }} as date) as discharged_on,
        {{ of.disposition }} as disposition,
        {{ of.is_planned }} as is_planned,
        {{ of.category }} as category
    from {{ admissions }}

),

-- The admissions that one is inside of, at least in part, are told by the latest
-- discharge before it; those without a discharge say nothing of that.
with_begin as (

    select
        *,
        case
            when admitted_on < max(discharged_on) over (
                partition by patient_id
                order by admitted_on, discharged_on, admission_id
                rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as begins_block
    from admissions

),

with_block as (

    select
        *,
        sum(begins_block) over (
            partition by patient_id
            order by admitted_on, discharged_on, admission_id
            rows between unbounded preceding and current row
        ) as block_number
    from with_begin

),

placed as (

    select
        *,
        row_number() over (
            partition by patient_id, block_number
            order by coalesce(discharged_on, {{ healthcare.end_of_time() }}) desc, admitted_on desc, admission_id desc
        ) as place_from_the_end
    from with_block

),

-- Admissions that overlap, as one.
blocks as (

    select
        patient_id,
        block_number,
        max(case when begins_block = 1 then admission_id end) as first_admission_id,
        max(case when begins_block = 1 then admitted_on end) as admitted_on,
        max(case when begins_block = 1 then facility_id end) as first_facility_id,
        max(case when begins_block = 1 then category end) as first_category,
        max(case when begins_block = 1 and is_planned then 1 else 0 end) as is_planned,
        max(case when place_from_the_end = 1 then discharged_on end) as discharged_on,
        max(case when place_from_the_end = 1 then facility_id end) as last_facility_id,
        max(case when place_from_the_end = 1 then category end) as last_category,
        max(case when place_from_the_end = 1 then disposition end) as disposition,
        count(*) as admission_count
    from placed
    group by patient_id, block_number

),

with_previous as (

    select
        *,
        {{ healthcare.days_between('lag(discharged_on) over in_order', 'admitted_on') }} as days_since_discharge,
        lag(disposition) over in_order as previous_disposition,
        lag(last_facility_id) over in_order <> first_facility_id as is_elsewhere,
        lag(last_category) over in_order = first_category as is_same_category
    from blocks
    window in_order as (partition by patient_id order by block_number)

),

judged as (

    select
        *,
        case
            when previous_disposition = 'died' then 1
            when days_since_discharge between 0 and 1 and is_elsewhere then 0
            when days_since_discharge = 0 and not is_elsewhere and is_same_category then 0
            else 1
        end as begins_stay
    from with_previous

),

with_stay as (

    select
        *,
        sum(begins_stay) over (
            partition by patient_id
            order by block_number
            rows between unbounded preceding and current row
        ) as stay_number,
        coalesce(lead(begins_stay) over (partition by patient_id order by block_number), 1) as ends_stay
    from judged

)

select
    max(case when begins_stay = 1 then first_admission_id end) as stay_id,
    patient_id,
    min(admitted_on) as admitted_on,
    max(case when ends_stay = 1 then discharged_on end) as discharged_on,
    cast(sum(admission_count) as {{ dbt.type_bigint() }}) as admission_count,
    max(case when begins_stay = 1 then first_category end) as category,
    max(case when begins_stay = 1 then is_planned else 0 end) = 1 as is_planned,
    max(case when ends_stay = 1 then last_facility_id end) as discharging_facility_id,
    max(case when ends_stay = 1 then disposition end) as disposition
from with_stay
group by patient_id, stay_number
{% endmacro %}

{#- Names of the columns that `stays` reads, those given in place of the usual. -#}
{% macro admission_columns(given) %}
    {%- set names = {
        'admission_id': 'admission_id', 'patient_id': 'patient_id', 'facility_id': 'facility_id', 'admitted_on': 'admitted_on',
        'discharged_on': 'discharged_on', 'disposition': 'disposition', 'is_planned': 'is_planned', 'category': 'category'
    } -%}
    {%- for name in given if name not in names -%}
        {{ exceptions.raise_compiler_error('stays: there is no column `' ~ name ~ '`; it is one of ' ~ names | join(', ')) }}
    {%- endfor -%}
    {%- do names.update(given) -%}
    {{ return(names) }}
{% endmacro %}

{% macro readmissions(stays, data_through, window_days=30, enrolment=none, enrolled_days_before=365) %}
{{ return(adapter.dispatch('readmissions', 'healthcare')(stays, data_through, window_days, enrolment, enrolled_days_before)) }}
{% endmacro %}

{#- One row for each stay, with whether it is an index stay and what followed. -#}
{% macro default__readmissions(stays, data_through, window_days, enrolment, enrolled_days_before) %}
with in_order as (

    select
        *,
        lead(stay_id) over following as next_stay_id,
        lead(is_planned) over following as next_is_planned,
        {{ healthcare.days_between('discharged_on', 'lead(admitted_on) over following') }} as days_to_next_stay
    from {{ stays }}
    window following as (partition by patient_id order by admitted_on, discharged_on, stay_id)

),
{%- if enrolment is not none %}

enrolments as (
    {{ healthcare.joined_spans(enrolment) }}
),
{%- endif %}

judged as (

    select
        *,
        case
            when disposition = 'died' then 'died'
            when disposition = 'left' then 'left against advice'
            when disposition = 'acute transfer' then 'transferred'
            when disposition = 'still inside' or discharged_on is null then 'not discharged'
            when {{ healthcare.days_between('discharged_on', "cast('" ~ data_through ~ "' as date)") }} < {{ window_days }}
                then 'not followed for long enough'
            {%- if enrolment is not none %}
            when not exists (
                select 1
                from enrolments
                where enrolments.patient_id = in_order.patient_id
                  and {{ healthcare.days_between('enrolments.starts_on', 'in_order.admitted_on') }} >= {{ enrolled_days_before }}
                  and {{ healthcare.days_between('in_order.discharged_on', 'enrolments.ends_on') }} >= {{ window_days }}
            )
                then 'not enrolled'
            {%- endif %}
        end as why_no_index_stay
    from in_order

)

select
    stay_id,
    patient_id,
    discharging_facility_id,
    category,
    admitted_on,
    discharged_on,
    {{ healthcare.length_of_stay('admitted_on', 'discharged_on') }} as length_of_stay_days,
    is_planned,
    disposition,
    why_no_index_stay is null as is_index_stay,
    why_no_index_stay,
    next_stay_id,
    days_to_next_stay,
    coalesce(days_to_next_stay <= {{ window_days }}, false) as returned,
    -- A planned return is no readmission, and an unplanned one after it is none of this stay.
    case
        when why_no_index_stay is null
            then coalesce(days_to_next_stay <= {{ window_days }} and not next_is_planned, false)
    end as is_readmitted
from judged
{% endmacro %}

{#- Nights in hospital; a stay of one day has none. -#}
{%- macro length_of_stay(admitted_on, discharged_on) -%}
    {{ healthcare.days_between(admitted_on, discharged_on) }}
{%- endmacro %}
