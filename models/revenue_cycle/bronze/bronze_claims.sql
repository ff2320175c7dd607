-- The claim files of both hospitals as they came. A file that is delivered again takes
-- the place of its rows.
{{
    config(
        incremental_strategy=var("partition_strategy"),
        unique_key="source_file",
        partition_by=["source_file"]
    )
}}

with files as (

    select
        cast(to_json(landed) as json) as record_with_file,
        landed.filename
    from read_csv(
        '{{ var("revenue_cycle_dir") }}/claims/*.csv', all_varchar=true, header=true, filename=true, union_by_name=true
    ) as landed

),

named as (

    select
        json_merge_patch(record_with_file, '{"filename": null}') as record,
        'claims/' || regexp_extract(filename, '[^/\\]+$') as source_file
    from files

)

select
    case
        {%- for prefix, datasource in var('revenue_cycle_claims').items() %}
        when starts_with(source_file, 'claims/{{ prefix }}') then '{{ datasource }}'
        {%- endfor %}
    end as datasource,
    source_file,
    record,
    md5(cast(record as varchar)) as row_hash,
    '{{ invocation_id }}' as load_id,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as loaded_at
from named
