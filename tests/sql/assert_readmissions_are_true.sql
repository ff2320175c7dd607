{{ config(enabled=var('check_truth')) }}

with counted as (

    select
        hospital_npi,
        sum(index_admissions) as index_admissions,
        sum(readmissions) as readmissions
    from {{ ref('mart_readmission') }}
    group by hospital_npi
    having sum(index_admissions) > 0

),

truth as (

    select * replace (cast(hospital_npi as varchar) as hospital_npi)
    from read_csv('{{ var("truth_dir") }}/readmissions.csv')

)

(select * from counted except all select * from truth)
union all
(select * from truth except all select * from counted)
