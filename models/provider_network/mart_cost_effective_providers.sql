-- Who is cost-effective: providers whose cases cost less than the same cases do at their
-- peers, with few enough readmissions.
select
    npi,
    provider_name,
    specialty_name,
    state_code,
    patients,
    claims,
    cost_index,
    readmission_rate,
    percent_rank() over (partition by specialty_code order by cost_index) as cost_rank_of_peers
from {{ ref('provider_features') }}
where cost_is_reportable
  and patients >= {{ var('minimum_cell_size') }}
