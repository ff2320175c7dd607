-- One row per transaction: a service, what it cost and what was paid for it.
select
    {{ hospital_key('source_transaction_id') }} as transaction_key,
    datasource,
    encounter_key,
    {{ hospital_key('source_patient_id') }} as patient_key,
    {{ hospital_key('source_provider_id') }} as provider_key,
    {{ hospital_key('source_department_id') }} as department_key,
    visit_type,
    service_date,
    paid_date,
    amount_type,
    amount,
    paid_amount,
    amount - paid_amount as outstanding_amount,
    procedure_code,
    diagnosis_code,
    line_of_business,
    -- Payment on account exists, but mostly it is a mistake.
    coalesce(paid_date >= service_date, true) as dates_are_in_order,
    modified_at
from {{ ref('checked_transactions') }}
where outcome = 'accepted'
