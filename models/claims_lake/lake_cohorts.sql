-- Patients with COPD and with heart failure: how long they stay, and how often they
-- come back, to the hospital or to an emergency department.
with cohorts as (

    select 'COPD' as cohort, patient_hash from {{ ref('lake_patients') }} where has_copd
    union all
    select 'heart failure' as cohort, patient_hash from {{ ref('lake_patients') }} where has_heart_failure

),

members as (

    select cohort, count(*) as patients
    from cohorts
    group by cohort

),

stays as (

    select
        cohorts.cohort,
        count(*) as stays,
        avg(stays.length_of_stay_days) as mean_length_of_stay_days,
        count(*) filter (where stays.is_index_stay) as index_stays,
        count(*) filter (where stays.is_readmitted) as readmissions
    from cohorts
    inner join {{ ref('lake_stays') }} as stays
        on cohorts.patient_hash = stays.patient_id
    group by cohorts.cohort

),

emergency as (

    select
        cohorts.cohort,
        visits.started_on,
        lag(visits.started_on) over (
            partition by cohorts.cohort, visits.patient_hash
            order by visits.started_on, visits.encounter_id
        ) as visit_before
    from cohorts
    inner join {{ ref('lake_encounters') }} as visits
        on cohorts.patient_hash = visits.patient_hash
        and visits.encounter_type = 'emergency'

),

visits as (

    select
        cohort,
        count(*) as ed_visits,
        count(*) filter (where started_on - visit_before <= 30) as ed_revisits_30d
    from emergency
    group by cohort

)

select
    members.cohort,
    members.patients,
    coalesce(stays.stays, 0) as stays,
    round(stays.mean_length_of_stay_days, 2) as mean_length_of_stay_days,
    coalesce(stays.index_stays, 0) as index_stays,
    coalesce(stays.readmissions, 0) as readmissions,
    {{ ratio('stays.readmissions', 'stays.index_stays') }} as readmission_rate,
    coalesce(visits.ed_visits, 0) as ed_visits,
    coalesce(visits.ed_revisits_30d, 0) as ed_revisits_30d
from members
left join stays using (cohort)
left join visits using (cohort)
