{{ config(enabled=var('check_truth')) }}

with counted as (

    select sum(claims) as claims, sum(denied) as denied, sum(appealed) as appealed, sum(overturned) as overturned
    from {{ ref('lake_denials') }}

)

(select * from counted except select * from read_csv('{{ var("truth_dir") }}/denials.csv'))
union all
(select * from read_csv('{{ var("truth_dir") }}/denials.csv') except select * from counted)
