{{ config(enabled=var('check_truth')) }}

with counted as (

    select
        datasource,
        table_name,
        rows_silver,
        rows_quarantined,
        case table_name
            when 'transactions' then (
                select sum(amount) from {{ ref('silver_transactions') }} as transactions
                where transactions.datasource = reconciliation.datasource
            )
            when 'claims' then (
                select sum(claim_amount) from {{ ref('silver_claims') }} as claims
                where claims.datasource = reconciliation.datasource
            )
            else 0
        end as amount
    from {{ ref('revenue_cycle_reconciliation') }} as reconciliation
    where table_name in ('patients', 'encounters', 'transactions', 'claims')

),

truth as (

    select datasource, table_name, rows_right, rows_wrong, cast(amount as decimal(18, 2)) as amount
    from read_csv('{{ var("truth_dir") }}/revenue_cycle.csv')
    where delivery = regexp_extract('{{ var("revenue_cycle_dir") }}', '([0-9]+)$', 1)

)

(select * from counted except all select * from truth)
union all
(select * from truth except all select * from counted)
