-- Nationally about one stay in seven is followed by a readmission. A rate far
-- from that means that the definition broke, not that hospitals changed. Three
-- standard deviations are chance, which few stays leave much to.
{{ config(severity='warn') }}

with counted as (

    select
        sum(index_admissions) as index_admissions,
        sum(readmissions) as readmissions
    from {{ ref('mart_readmission') }}

)

select *
from counted
where readmissions
    not between 0.10 * index_admissions - 3 * sqrt(0.10 * 0.90 * index_admissions)
        and 0.25 * index_admissions + 3 * sqrt(0.25 * 0.75 * index_admissions)
