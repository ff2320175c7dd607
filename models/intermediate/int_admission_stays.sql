-- Chains admissions into stays.
--
-- A patient who is transferred from one hospital to another has two admissions
-- and one stay. As in CMS's readmission measures, the next admission belongs to
-- the same stay when it is in another hospital on the day of the discharge or the day
-- after, whatever the discharge says of where the patient went.
with admissions as (

    select
        admissions.*,
        groups.diagnosis_group_code,
        groups.is_measured,
        case drgs.planned_kind
            when 'always' then true
            -- Admission type 3 is elective.
            when 'potentially' then admissions.admission_type_code = '3'
            else false
        end as is_planned,
        statuses.disposition
    from {{ ref('stg_admissions') }} as admissions
    left join {{ ref('drgs') }} as drgs
        on admissions.drg_code = drgs.drg_code
    left join {{ ref('diagnosis_groups') }} as groups
        on drgs.diagnosis_group_code = groups.diagnosis_group_code
    left join {{ ref('discharge_statuses') }} as statuses
        on admissions.discharge_status_code = statuses.discharge_status_code

),

with_previous as (

    select
        *,
        coalesce(
            lag(disposition) over in_order is distinct from 'died'
            and lag(hospital_npi) over in_order <> hospital_npi
            and admitted_on - lag(discharged_on) over in_order between 0 and 1,
            false
        ) as continues_stay
    from admissions
    window in_order as (partition by patient_id order by admitted_on, discharged_on, admission_id)

),

numbered as (

    select
        *,
        sum(case when continues_stay then 0 else 1 end) over (
            partition by patient_id
            order by admitted_on, discharged_on, admission_id
            rows between unbounded preceding and current row
        ) as stay_number
    from with_previous

)

select
    admission_id,
    patient_id,
    hospital_npi,
    admitted_on,
    discharged_on,
    diagnosis_group_code,
    disposition,
    is_measured,
    first_value(admission_id) over whole_stay as stay_id,
    first_value(admitted_on) over whole_stay as stay_admitted_on,
    -- Whether a stay was planned is decided when it begins.
    first_value(is_planned) over whole_stay as stay_is_planned,
    last_value(admission_id) over whole_stay = admission_id as is_last_of_stay
from numbered
window whole_stay as (
    partition by patient_id, stay_number
    order by admitted_on, discharged_on, admission_id
    rows between unbounded preceding and unbounded following
)
