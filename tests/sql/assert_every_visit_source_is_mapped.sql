-- A folder of a source that `visit_sources` does not name would give rows
-- without values.
select distinct source
from {{ ref('visit_event_landing') }}
where source not in ('{{ var("visit_sources") | join("', '") }}')
