-- Days in accounts receivable at each month's end: what is outstanding, counted in
-- days of average charges of the three months up to then.
with months as (

    select distinct
        datasource,
        last_day(service_date) as month_end
    from {{ ref('silver_transactions') }}

),

balances as (

    select
        months.datasource,
        months.month_end,
        count(*) as transactions,
        sum(transactions.amount)
            - sum(case when transactions.paid_date <= months.month_end then transactions.paid_amount else 0 end) as receivable,
        sum(
            case
                when transactions.service_date > last_day(cast(months.month_end - interval 3 month as date)) then transactions.amount
                else 0
            end
        ) as charges_of_quarter,
        months.month_end - last_day(cast(months.month_end - interval 3 month as date)) as days_of_quarter
    from months
    inner join {{ ref('silver_transactions') }} as transactions
        on months.datasource = transactions.datasource
        and transactions.service_date <= months.month_end
    group by months.datasource, months.month_end

)

select
    *,
    round(receivable / nullif(charges_of_quarter / days_of_quarter, 0), 1) as days_in_ar
from balances
