-- One row per provider of the directory.
select
    npi,
    case entity_type_code when '1' then 'person' when '2' then 'organization' end as entity_type,
    coalesce(organization_name, last_name || ', ' || first_name || coalesce(' ' || credential, '')) as provider_name,
    credential,
    specialty_code,
    practice_city,
    practice_state_code as state_code,
    practice_zip_code as zip_code,
    cast(enumeration_date as date) as enumerated_on,
    cast(delivered_on as date) as delivered_on
from {{ source('landing', 'providers') }}
