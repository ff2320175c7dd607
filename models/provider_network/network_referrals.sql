select * exclude (rejected_because)
from {{ ref('network_checked_referrals') }}
where rejected_because is null
