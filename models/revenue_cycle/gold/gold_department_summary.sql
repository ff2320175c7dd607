-- Each department of both hospitals: whom it saw, and what came of it.
with encounters as (

    select
        department_key,
        count(*) as encounters,
        count(distinct patient_key) as patients
    from {{ ref('silver_encounters') }}
    group by department_key

),

money as (

    select
        department_key,
        count(*) as transactions,
        sum(amount) as charges,
        sum(paid_amount) as payments
    from {{ ref('silver_transactions') }}
    group by department_key

)

select
    coalesce(encounters.department_key, money.department_key) as department_key,
    departments.datasource,
    departments.department_name,
    coalesce(encounters.encounters, 0) as encounters,
    coalesce(encounters.patients, 0) as patients,
    coalesce(money.transactions, 0) as transactions,
    coalesce(money.charges, 0) as charges,
    coalesce(money.payments, 0) as payments
from encounters
full join money
    on encounters.department_key = money.department_key
left join {{ ref('silver_departments') }} as departments
    on coalesce(encounters.department_key, money.department_key) = departments.department_key
