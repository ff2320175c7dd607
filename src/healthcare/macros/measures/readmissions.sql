{% macro stays(admissions, columns={}) %}
{{ return(adapter.dispatch('stays', 'healthcare')(admissions, columns)) }}
{% endmacro %}

{#- One row for each stay. Admissions of one patient make one stay when the first
    ended in a transfer and the next began in another hospital on the same
    day or the day after. What the stay was at its begin and at its end is taken
    from its first and its last admission. -#}
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

with_previous as (

    select
        *,
        case
            when lag(disposition) over in_order = 'acute transfer'
                and lag(facility_id) over in_order <> facility_id
                and {{ healthcare.days_between('lag(discharged_on) over in_order', 'admitted_on') }} between 0 and 1
                then 0
            else 1
        end as begins_stay
    from admissions
    window in_order as (partition by patient_id order by admitted_on, discharged_on, admission_id)

),

numbered as (

    select
        *,
        sum(begins_stay) over (
            partition by patient_id
            order by admitted_on, discharged_on, admission_id
            rows between unbounded preceding and current row
        ) as stay_number
    from with_previous

),

placed as (

    select
        *,
        first_value(admission_id) over whole_stay as first_admission_id,
        last_value(admission_id) over whole_stay as last_admission_id
    from numbered
    window whole_stay as (
        partition by patient_id, stay_number
        order by admitted_on, discharged_on, admission_id
        rows between unbounded preceding and unbounded following
    )

)

select
    first_admission_id as stay_id,
    patient_id,
    min(admitted_on) as admitted_on,
    max(discharged_on) as discharged_on,
    count(*) as admission_count,
    max(case when admission_id = first_admission_id then category end) as category,
    max(case when admission_id = first_admission_id and is_planned then 1 else 0 end) = 1 as is_planned,
    max(case when admission_id = last_admission_id then facility_id end) as discharging_facility_id,
    max(case when admission_id = last_admission_id then disposition end) as disposition
from placed
group by patient_id, stay_number, first_admission_id
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

{% macro readmissions(stays, data_through, window_days=30) %}
{{ return(adapter.dispatch('readmissions', 'healthcare')(stays, data_through, window_days)) }}
{% endmacro %}

{#- One row for each stay, with whether it is an index stay and what followed. -#}
{% macro default__readmissions(stays, data_through, window_days) %}
with in_order as (

    select
        *,
        lead(stay_id) over following as next_stay_id,
        lead(is_planned) over following as next_is_planned,
        {{ healthcare.days_between('discharged_on', 'lead(admitted_on) over following') }} as days_to_next_stay
    from {{ stays }}
    window following as (partition by patient_id order by admitted_on, discharged_on, stay_id)

),

judged as (

    select
        *,
        case
            when disposition = 'died' then 'died'
            when disposition = 'left' then 'left against advice'
            when disposition = 'acute transfer' then 'transferred'
            when {{ healthcare.days_between('discharged_on', "cast('" ~ data_through ~ "' as date)") }} < {{ window_days }}
                then 'not followed for long enough'
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
