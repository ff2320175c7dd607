-- Every landed row of a transaction, and what became of it.
with transactions as (

    select
        *,
        {{ emr_field('TransactionID') }} as source_transaction_id,
        {{ emr_field('EncounterID') }} as source_encounter_id,
        {{ hospital_key('source_encounter_id') }} as encounter_key,
        {{ emr_field('PatientID') }} as source_patient_id,
        regexp_extract({{ emr_field('ProviderID') }}, 'PROV[0-9]+') as source_provider_id,
        {{ emr_field(['DeptID', 'DepartmentID']) }} as source_department_id,
        {{ emr_field('VisitType') }} as visit_type,
        try_cast({{ emr_field('ServiceDate') }} as date) as service_date,
        try_cast({{ emr_field('PaidDate') }} as date) as paid_date,
        {{ emr_field('AmountType') }} as amount_type,
        try_cast({{ emr_field('Amount') }} as decimal(18, 2)) as amount,
        coalesce(try_cast({{ emr_field('PaidAmount') }} as decimal(18, 2)), 0) as paid_amount,
        {{ emr_field('ProcedureCode') }} as procedure_code,
        {{ emr_field('ICDCode') }} as diagnosis_code,
        {{ emr_field('LineOfBusiness') }} as line_of_business,
        try_cast({{ emr_field('ModifiedDate') }} as timestamp) as modified_at
    from {{ ref('bronze_transactions') }}

)

select
    *,
    {{ outcome('source_transaction_id', 'modified_at', [
        ('source_transaction_id is null', 'no id'),
        ('amount is null', 'no amount'),
        ('amount < 0 or paid_amount < 0', 'negative amount'),
        ('service_date is null', 'no date of service'),
        ("not exists (select 1 from " ~ ref('silver_encounters') ~ " as encounters where encounters.encounter_key = transactions.encounter_key)",
         'encounter is not known')
    ]) }} as outcome
from transactions
