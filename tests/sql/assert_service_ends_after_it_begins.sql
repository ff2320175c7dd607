select claim_id, service_from, service_thru
from {{ ref('stg_claims') }}
where service_thru < service_from
