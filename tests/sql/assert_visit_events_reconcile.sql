select *
from {{ ref('visit_event_reconciliation') }}
where (records_landed, visits_landed, diagnoses_landed, treatments_landed)
    <> (records_loaded, visits_loaded, diagnoses_loaded, treatments_loaded)
