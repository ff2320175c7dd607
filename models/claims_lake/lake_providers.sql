{{ config(materialized='external', location=lake_folder('dim_providers.parquet')) }}

select
    npi,
    provider_name,
    entity_type,
    specialty_code,
    specialty_name,
    provider_kind,
    practice_city,
    state_code
from {{ ref('dim_provider') }}
