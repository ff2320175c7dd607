-- Every landed row of a claim, and what became of it.
with claims as (

    select
        *,
        {{ emr_field('ClaimID') }} as source_claim_id,
        {{ emr_field('TransactionID') }} as source_transaction_id,
        {{ emr_field('PatientID') }} as source_patient_id,
        {{ hospital_key('source_patient_id') }} as patient_key,
        try_cast({{ emr_field('ServiceDate') }} as date) as service_date,
        try_cast({{ emr_field('ClaimDate') }} as date) as claim_date,
        {{ emr_field('PayorID') }} as payer,
        {{ emr_field('PayorType') }} as payer_type,
        try_cast({{ emr_field('ClaimAmount') }} as decimal(18, 2)) as claim_amount,
        coalesce(try_cast({{ emr_field('PaidAmount') }} as decimal(18, 2)), 0) as paid_amount,
        lower({{ emr_field('ClaimStatus') }}) as claim_status,
        try_cast({{ emr_field('ModifiedDate') }} as timestamp) as modified_at
    from {{ ref('bronze_claims') }}

)

select
    *,
    {{ outcome('source_claim_id', 'modified_at', [
        ('datasource is null', 'hospital is not known'),
        ('source_claim_id is null', 'no id'),
        ('claim_amount is null', 'no amount'),
        ('claim_amount < 0 or paid_amount < 0', 'negative amount'),
        ("claim_status is null or claim_status not in ('pending', 'approved', 'paid', 'denied', 'rejected')", 'status is not known'),
        ("not exists (select 1 from " ~ ref('silver_patients') ~ " as patients where patients.patient_key = claims.patient_key)",
         'patient is not known')
    ]) }} as outcome
from claims
