-- Where demand should be routed: for each state and specialty with referrals, the three
-- clinicians who take new patients and have room, the cheaper and less busy first.
with demand as (

    select
        referring.state_code,
        referrals.specialty_code,
        count(*) as referrals,
        count(*) filter (where referrals.seen_on is null) as referrals_not_seen
    from {{ ref('network_referrals') }} as referrals
    inner join {{ ref('dim_provider') }} as referring
        on referrals.referring_npi = referring.npi
    group by referring.state_code, referrals.specialty_code

)

select
    demand.state_code,
    demand.specialty_code,
    features.specialty_name,
    demand.referrals,
    demand.referrals_not_seen,
    features.npi,
    features.provider_name,
    features.cost_index,
    features.readmission_rate,
    features.capacity_used,
    row_number() over (
        partition by demand.state_code, demand.specialty_code
        order by coalesce(features.cost_index, 1) + coalesce(features.capacity_used, 0), features.npi
    ) as place
from demand
inner join {{ ref('provider_features') }} as features
    on demand.state_code = features.state_code
    and demand.specialty_code = features.specialty_code
where features.accepts_new_patients
  and coalesce(features.capacity_used, 0) < 1
qualify place <= 3
