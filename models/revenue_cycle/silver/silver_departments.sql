-- One row per department of a hospital.
select
    {{ hospital_key('source_department_id') }} as department_key,
    datasource,
    department_name
from {{ ref('checked_departments') }}
where outcome = 'accepted'
