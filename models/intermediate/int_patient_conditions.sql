-- One row per patient and chronic condition, from the flags in columns.
{{ config(materialized='ephemeral') }}

with flags as (
    {% for flag in chronic_condition_flags() %}
    select patient_id, '{{ flag }}' as flag_column
    from {{ ref('stg_patients') }}
    where {{ flag }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select
    flags.patient_id,
    conditions.condition_code,
    conditions.condition_name
from flags
inner join {{ ref('chronic_conditions') }} as conditions
    on flags.flag_column = conditions.flag_column
