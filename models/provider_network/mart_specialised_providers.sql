-- Who specialises: providers whose claims are for few categories of diagnosis, more than
-- those of their peers are.
with peers as (

    select
        *,
        median(specialisation_index) over (partition by specialty_code) as peers_index
    from {{ ref('provider_features') }}
    where patients >= {{ var('minimum_cell_size') }}

)

select
    npi,
    provider_name,
    specialty_name,
    state_code,
    patients,
    main_category,
    specialisation_index,
    peers_index,
    round(specialisation_index / nullif(peers_index, 0), 4) as specialisation_of_peers
from peers
