-- Where the network must grow: clinicians of each specialty for the patients of each
-- three-digit area, and referrals that nobody saw.
with areas as (

    select
        left(zip_code, 3) as zip3,
        count(*) as patients,
        count(*) filter (where zip_is_inferred) as patients_with_inferred_zip
    from {{ ref('network_patients') }}
    where zip_code is not null
    group by left(zip_code, 3)

),

specialties as (

    select distinct specialty_code, specialty_name
    from {{ ref('provider_features') }}
    where provider_kind = 'clinician'

),

supply as (

    select
        zip3,
        specialty_code,
        count(*) as providers,
        count(*) filter (where accepts_new_patients) as open_providers
    from {{ ref('provider_features') }}
    group by zip3, specialty_code

),

demand as (

    select
        left(patients.zip_code, 3) as zip3,
        referrals.specialty_code,
        count(*) as referrals,
        count(*) filter (where referrals.seen_on is null) as referrals_not_seen
    from {{ ref('network_referrals') }} as referrals
    inner join {{ ref('network_patients') }} as patients
        on referrals.patient_id = patients.patient_id
    group by left(patients.zip_code, 3), referrals.specialty_code

)

select
    areas.zip3,
    specialties.specialty_code,
    specialties.specialty_name,
    areas.patients,
    areas.patients_with_inferred_zip,
    coalesce(supply.providers, 0) as providers,
    coalesce(supply.open_providers, 0) as open_providers,
    round(1000.0 * coalesce(supply.providers, 0) / areas.patients, 2) as providers_per_1000,
    coalesce(demand.referrals, 0) as referrals,
    coalesce(demand.referrals_not_seen, 0) as referrals_not_seen,
    coalesce(demand.referrals, 0) > 0 and coalesce(supply.open_providers, 0) = 0 as is_gap
from areas
cross join specialties
left join supply using (zip3, specialty_code)
left join demand using (zip3, specialty_code)
