-- One row per beneficiary, as the newest yearly summary describes them.
with summaries as (

    select * from {{ source('landing', 'beneficiaries') }}

),

newest as (

    select
        *,
        sum(covered_months) over (partition by beneficiary_id) as covered_months_total
    from summaries
    qualify row_number() over (partition by beneficiary_id order by summary_year desc) = 1

)

select
    beneficiary_id as patient_id,
    summary_year as last_summary_year,
    birth_date,
    death_date,
    sex_code,
    race_code,
    state_code,
    zip_code,
    has_end_stage_renal_disease,
    cast(covered_months_total as integer) as covered_months,
    {%- for flag in chronic_condition_flags() %}
    {{ flag }},
    {%- endfor %}
    delivered_on
from newest
