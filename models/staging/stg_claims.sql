-- One row per claim, in its newest version.
--
-- An adjusted claim is delivered again under the same id with a higher version.
-- `rank` keeps a version that was delivered twice, which is a mistake, so that
-- the test of the key can find it.
with deliveries as (

    select * from {{ source('landing', 'claims') }}

),

typed as (

    select
        claim_id,
        cast(claim_version as integer) as claim_version,
        beneficiary_id as patient_id,
        claim_type_code,
        cast(service_from_date as date) as service_from,
        cast(service_thru_date as date) as service_thru,
        rendering_npi,
        admission_id,
        place_of_service_code,
        revenue_center_code,
        drg_code,
        hcpcs_code,
        principal_diagnosis_code,
        secondary_diagnosis_code,
        primary_payer_code,
        claim_status,
        cast(submitted_amount as decimal(12, 2)) as submitted_amount,
        cast(allowed_amount as decimal(12, 2)) as allowed_amount,
        cast(paid_amount as decimal(12, 2)) as paid_amount,
        cast(delivered_on as date) as delivered_on
    from deliveries

)

select *
from typed
qualify rank() over (partition by claim_id order by claim_version desc) = 1
