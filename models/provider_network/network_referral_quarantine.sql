-- Referrals that are wrong, each with its reason: kept, and looked at again at every build.
select *
from {{ ref('network_checked_referrals') }}
where rejected_because is not null
