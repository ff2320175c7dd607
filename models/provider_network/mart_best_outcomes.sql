-- Who has the best outcomes: hospitals and attending clinicians by their readmissions.
select
    npi,
    provider_name,
    provider_kind,
    specialty_name,
    state_code,
    index_admissions,
    readmissions,
    readmission_rate,
    rank() over (partition by provider_kind order by readmission_rate) as place
from {{ ref('provider_features') }}
where index_admissions >= {{ var('minimum_cell_size') }}
