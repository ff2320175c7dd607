-- Claims with what became of them: denied, appealed, overturned.
{{
    config(
        materialized='external',
        location=lake_folder('fct_claims'),
        options={'partition_by': 'service_year', 'overwrite_or_ignore': true}
    )
}}

select
    claims.claim_id,
    {{ healthcare.hash_id('claims.patient_id', deidentification_key()) }} as patient_hash,
    claims.rendering_npi,
    claims.claim_setting,
    claims.service_from,
    claims.principal_diagnosis_code as diagnosis_code,
    left(claims.principal_diagnosis_code, 3) as diagnosis_category,
    payers.payer_name as payer,
    claims.claim_status,
    claims.submitted_amount as billed_amount,
    claims.allowed_amount,
    claims.paid_amount,
    claims.claim_status = 'denied' as was_denied,
    appeals.claim_id is not null as was_appealed,
    coalesce(appeals.outcome = 'overturned', false) as was_overturned,
    cast(extract(year from claims.service_from) as integer) as service_year
from {{ ref('fact_claim') }} as claims
left join {{ ref('payers') }} as payers
    on claims.primary_payer_code = payers.primary_payer_code
left join read_csv('{{ var("appeals_file") }}', types={'claim_id': 'varchar'}) as appeals
    on claims.claim_id = appeals.claim_id
