-- What each provider charged and was paid, by department. A provider whom the directory
-- does not have keeps the id alone.
select
    transactions.datasource,
    transactions.provider_key,
    any_value(providers.provider_name) as provider_name,
    any_value(providers.specialization) as specialization,
    any_value(providers.provider_key) is not null as is_in_directory,
    transactions.department_key,
    any_value(departments.department_name) as department_name,
    count(*) as transactions,
    count(distinct transactions.patient_key) as patients,
    sum(transactions.amount) as charges,
    sum(transactions.paid_amount) as payments,
    sum(transactions.outstanding_amount) as outstanding
from {{ ref('silver_transactions') }} as transactions
left join {{ ref('silver_providers') }} as providers
    on transactions.provider_key = providers.provider_key
left join {{ ref('silver_departments') }} as departments
    on transactions.department_key = departments.department_key
group by transactions.datasource, transactions.provider_key, transactions.department_key
