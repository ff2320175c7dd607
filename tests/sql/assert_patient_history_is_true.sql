-- After the deliveries in their order, each as one build.
{{ config(enabled=var('check_truth')) }}

with told as (

    select
        datasource,
        source_patient_id,
        address,
        cast(dbt_valid_from as date) as valid_from,
        cast(dbt_valid_to as date) as valid_to
    from {{ ref('silver_patient_history') }}

),

truth as (

    select datasource, patient_id, address, valid_from, valid_to
    from read_csv(
        '{{ var("truth_dir") }}/patient_history.csv',
        types={'address': 'varchar', 'valid_from': 'date', 'valid_to': 'date'}
    )
    where delivery = regexp_extract('{{ var("revenue_cycle_dir") }}', '([0-9]+)$', 1)

)

(select * from told except all select * from truth)
union all
(select * from truth except all select * from told)
