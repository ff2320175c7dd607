-- One row per admission: one hospital's part of a stay.
select
    admission_id,
    beneficiary_id as patient_id,
    hospital_npi,
    attending_npi,
    cast(admission_date as date) as admitted_on,
    cast(discharge_date as date) as discharged_on,
    admission_type_code,
    discharge_status_code,
    drg_code,
    principal_diagnosis_code,
    cast(delivered_on as date) as delivered_on
from {{ source('landing', 'admissions') }}
