select claim_id, allowed_amount, paid_amount
from {{ ref('stg_claims') }}
where paid_amount > allowed_amount
