-- Every landed row of a patient, and what became of it.
with patients as (

    select
        *,
        {{ emr_field(['PatientID', 'ID']) }} as source_patient_id,
        {{ emr_field(['FirstName', 'F_Name']) }} as first_name,
        {{ emr_field(['MiddleName', 'M_Name']) }} as middle_name,
        {{ emr_field(['LastName', 'L_Name']) }} as last_name,
        {{ emr_field('SSN') }} as ssn,
        {{ emr_field('PhoneNumber') }} as phone_number,
        lower({{ emr_field('Gender') }}) as gender,
        {{ emr_field('DOB') }} as birth_date_text,
        {{ emr_field('Address') }} as address,
        try_cast({{ emr_field(['ModifiedDate', 'Updated_Date']) }} as timestamp) as modified_at
    from {{ ref('bronze_patients') }}

)

select
    *,
    try_cast(birth_date_text as date) as birth_date,
    {{ hospital_key('source_patient_id') }} as patient_key,
    {{ outcome('source_patient_id', 'modified_at', [
        ('source_patient_id is null', 'no id'),
        ('try_cast(birth_date_text as date) is null', 'no date of birth'),
        ('modified_at is null', 'no time of change'),
        ('try_cast(birth_date_text as date) > cast(loaded_at as date)', 'born in the future')
    ]) }} as outcome
from patients
