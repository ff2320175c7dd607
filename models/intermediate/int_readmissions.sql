-- One row per stay: whether it can be followed by a readmission, and whether it was.
--
-- After CMS's Hospital Readmissions Reduction Program. The hospital that
-- discharges the patient at the end of the stay is the one that is measured. The
-- stay that follows decides: when it is planned, later ones do not count.
with stays as (

    select
        *,
        lead(stay_id) over next_stay as next_stay_id,
        lead(stay_admitted_on) over next_stay as next_admitted_on,
        lead(stay_is_planned) over next_stay as next_is_planned
    from {{ ref('int_admission_stays') }}
    where is_last_of_stay
    window next_stay as (partition by patient_id order by stay_admitted_on, admission_id)

),

judged as (

    select
        *,
        next_admitted_on - discharged_on as days_to_next_stay,
        -- An index stay ended with the patient alive and sent home or to further
        -- care, its kind is measured, and its window has passed.
        coalesce(
            disposition not in ('died', 'left against advice', 'transferred')
            and is_measured
            and discharged_on
                <= cast('{{ var("data_through") }}' as date) - {{ var("readmission_window_days") }},
            false
        ) as is_index_stay
    from stays

)

select
    stay_id,
    admission_id as discharging_admission_id,
    patient_id,
    hospital_npi,
    discharged_on,
    next_stay_id,
    days_to_next_stay,
    is_index_stay,
    case
        when is_index_stay
            then coalesce(
                not next_is_planned
                and days_to_next_stay between 0 and {{ var("readmission_window_days") }},
                false
            )
    end as readmitted_30d
from judged
