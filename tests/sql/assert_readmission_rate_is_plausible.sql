-- Nationally about one stay in seven is followed by a readmission. A rate far
-- from that means that the definition broke, not that hospitals changed.
{{ config(severity='warn') }}

select
    sum(index_admissions) as index_admissions,
    sum(readmissions) as readmissions
from {{ ref('mart_readmission') }}
having sum(readmissions) not between 0.10 * sum(index_admissions) and 0.25 * sum(index_admissions)
