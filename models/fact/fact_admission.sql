-- One row per admission, with what became of the patient and what it cost.
with costs as (

    select
        admission_id,
        sum(allowed_amount) as allowed_amount,
        sum(paid_amount) as paid_amount
    from {{ ref('fact_claim') }}
    where admission_id is not null
    group by admission_id

)

select
    admissions.admission_id,
    stays.stay_id,
    admissions.patient_id,
    admissions.hospital_npi,
    admissions.attending_npi,
    admissions.admitted_on,
    admissions.discharged_on,
    admissions.discharged_on - admissions.admitted_on as length_of_stay_days,
    admissions.admission_type_code,
    admissions.discharge_status_code,
    stays.disposition,
    admissions.drg_code,
    stays.diagnosis_group_code,
    admissions.principal_diagnosis_code,
    stays.stay_is_planned as is_planned,
    coalesce(readmissions.is_index_stay, false) as is_index_admission,
    readmissions.next_stay_id,
    readmissions.days_to_next_stay,
    readmissions.readmitted_30d,
    coalesce(costs.allowed_amount, 0) as allowed_amount,
    coalesce(costs.paid_amount, 0) as paid_amount
from {{ ref('stg_admissions') }} as admissions
inner join {{ ref('int_admission_stays') }} as stays
    on admissions.admission_id = stays.admission_id
left join {{ ref('int_readmissions') }} as readmissions
    on admissions.admission_id = readmissions.discharging_admission_id
left join costs
    on admissions.admission_id = costs.admission_id
