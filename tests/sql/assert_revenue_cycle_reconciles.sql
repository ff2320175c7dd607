select *
from {{ ref('revenue_cycle_reconciliation') }}
where rows_unexplained <> 0
