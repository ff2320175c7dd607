select
    admissions.admission_id,
    admissions.admitted_on,
    patients.death_date
from {{ ref('stg_admissions') }} as admissions
inner join {{ ref('stg_patients') }} as patients
    on admissions.patient_id = patients.patient_id
where admissions.admitted_on > patients.death_date
