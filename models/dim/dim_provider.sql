-- One row per provider, with the names of its specialty and place.
select
    providers.npi,
    providers.provider_name,
    providers.entity_type,
    providers.specialty_code,
    specialties.specialty_name,
    specialties.provider_kind,
    providers.practice_city,
    providers.state_code,
    states.state_name,
    states.census_region,
    states.census_division,
    providers.zip_code,
    providers.enumerated_on
from {{ ref('stg_providers') }} as providers
left join {{ ref('specialties') }} as specialties
    on providers.specialty_code = specialties.specialty_code
left join {{ ref('states') }} as states
    on providers.state_code = states.state_code
