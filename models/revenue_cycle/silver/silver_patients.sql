-- One row per patient of a hospital, as the newest version tells it.
select
    patient_key,
    datasource,
    source_patient_id,
    first_name,
    middle_name,
    last_name,
    ssn,
    phone_number,
    gender,
    birth_date,
    address,
    regexp_extract(address, '([0-9]{5})$', 1) as zip_code,
    modified_at
from {{ ref('checked_patients') }}
where outcome = 'accepted'
