-- Every landed row of a department, and what became of it.
with departments as (

    select
        *,
        {{ emr_field('DeptID') }} as source_department_id,
        {{ emr_field('Name') }} as department_name
    from {{ ref('bronze_departments') }}

)

select
    *,
    {{ outcome('source_department_id', 'loaded_at', [('source_department_id is null', 'no id')]) }} as outcome
from departments
