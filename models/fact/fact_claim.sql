-- One row per claim. Later runs take only what was delivered since the last one;
-- a claim that was adjusted takes the place of its earlier version.
{{
    config(
        materialized='incremental',
        unique_key='claim_id',
        incremental_strategy='delete+insert',
        on_schema_change='append_new_columns'
    )
}}

select
    claims.claim_id,
    claims.claim_version,
    claims.patient_id,
    claims.rendering_npi,
    claims.admission_id,
    claims.claim_type_code,
    types.claim_setting,
    claims.service_from,
    claims.service_thru,
    cast(date_trunc('month', claims.service_from) as date) as service_month,
    claims.place_of_service_code,
    claims.revenue_center_code,
    claims.drg_code,
    claims.hcpcs_code,
    claims.principal_diagnosis_code,
    claims.secondary_diagnosis_code,
    claims.primary_payer_code,
    payers.is_medicare as is_medicare_primary,
    claims.claim_status,
    claims.submitted_amount,
    claims.allowed_amount,
    claims.paid_amount,
    claims.allowed_amount - claims.paid_amount as others_owe_amount,
    claims.delivered_on
from {{ ref('stg_claims') }} as claims
left join {{ ref('claim_types') }} as types
    on claims.claim_type_code = types.claim_type_code
left join {{ ref('payers') }} as payers
    on claims.primary_payer_code = payers.primary_payer_code
{% if is_incremental() %}
where claims.delivered_on > (select coalesce(max(delivered_on), date '1900-01-01') from {{ this }})
{% endif %}
