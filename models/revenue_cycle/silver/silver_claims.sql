-- One row per claim of a hospital.
select
    {{ hospital_key('source_claim_id') }} as claim_key,
    datasource,
    {{ hospital_key('source_transaction_id') }} as transaction_key,
    patient_key,
    service_date,
    claim_date,
    payer,
    payer_type,
    claim_amount,
    paid_amount,
    claim_status,
    claim_status in ('denied', 'rejected') as was_denied,
    modified_at
from {{ ref('checked_claims') }}
where outcome = 'accepted'
