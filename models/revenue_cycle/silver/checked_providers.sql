-- Every landed row of a provider, and what became of it.
with providers as (

    select
        *,
        regexp_extract({{ emr_field('ProviderID') }}, 'PROV[0-9]+') as source_provider_id,
        concat_ws(', ', {{ emr_field('LastName') }}, {{ emr_field('FirstName') }}) as provider_name,
        {{ emr_field('Specialization') }} as specialization,
        {{ emr_field('DeptID') }} as source_department_id,
        {{ emr_field('NPI') }} as npi
    from {{ ref('bronze_providers') }}

)

select
    *,
    {{ outcome("nullif(source_provider_id, '')", 'loaded_at', [
        ("coalesce(source_provider_id, '') = ''", 'no id')
    ]) }} as outcome
from providers
