-- One row per provider of a hospital.
select
    {{ hospital_key('source_provider_id') }} as provider_key,
    datasource,
    provider_name,
    specialization,
    {{ hospital_key('source_department_id') }} as department_key,
    npi,
    {{ healthcare.is_npi('npi') }} as npi_is_valid
from {{ ref('checked_providers') }}
where outcome = 'accepted'
