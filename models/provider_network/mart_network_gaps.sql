-- Where the network must grow: clinicians of each specialty for the patients of each
-- three-digit area, and referrals that nobody saw. Areas of few people are one, 000, for
-- patients and providers alike.
with areas as (

    select
        {{ healthcare.zip3_safe('zip_code') }} as zip3,
        count(*) as patients,
        count(*) filter (where zip_is_inferred) as patients_with_inferred_zip
    from {{ ref('network_patients') }}
    where zip_code is not null
    group by 1

),

specialties as (

    select distinct specialty_code, specialty_name
    from {{ ref('provider_features') }}
    where provider_kind = 'clinician'

),

supply as (

    select
        {{ healthcare.zip3_safe('providers.zip_code') }} as zip3,
        features.specialty_code,
        count(*) as providers,
        count(*) filter (where features.accepts_new_patients) as open_providers
    from {{ ref('provider_features') }} as features
    inner join {{ ref('dim_provider') }} as providers
        on features.npi = providers.npi
    group by 1, 2

),

demand as (

    select
        {{ healthcare.zip3_safe('patients.zip_code') }} as zip3,
        referrals.specialty_code,
        count(*) as referrals,
        count(*) filter (where referrals.seen_on is null) as referrals_not_seen
    from {{ ref('network_referrals') }} as referrals
    inner join {{ ref('network_patients') }} as patients
        on referrals.patient_id = patients.patient_id
    group by 1, 2

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
