-- Where every row went, from the files to silver, for each table and hospital.
--
-- A row of a file is in bronze, or it is older than what an incremental load had seen
-- already. A row of bronze is in silver, superseded by a newer version, or rejected.
-- What is left over has no explanation.
with landed as (

    {%- for table in emr_tables() %}
    select '{{ table }}' as table_name, datasource, row_hash, watermark
    from (
        {{ landed_rows(table) }}
    ) as {{ table }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

bronze as (

    {%- for table in emr_tables() %}
    select '{{ table }}' as table_name, datasource, row_hash, watermark from {{ ref('bronze_' ~ table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

loaded as (

    select
        table_name,
        datasource,
        count(*) as rows_bronze,
        max(watermark) as watermark
    from bronze
    group by table_name, datasource

),

files as (

    select
        landed.table_name,
        landed.datasource,
        count(*) as rows_landed,
        count(*) filter (known.row_hash is null and landed.watermark < loaded.watermark) as rows_late,
        count(*) filter (known.row_hash is null and not coalesce(landed.watermark < loaded.watermark, false)) as rows_not_loaded
    from landed
    left join (select distinct table_name, datasource, row_hash from bronze) as known
        using (table_name, datasource, row_hash)
    left join loaded using (table_name, datasource)
    group by landed.table_name, landed.datasource

),

-- A claim file is in bronze with all its rows, or not at all.
claim_files as (

    select
        'claims' as table_name,
        coalesce(loaded.datasource, 'no hospital') as datasource,
        sum(delivered.rows_landed) as rows_landed,
        sum(loaded.rows_bronze) as rows_bronze,
        sum(greatest(coalesce(delivered.rows_landed, 0) - coalesce(loaded.rows_bronze, 0), 0)) as rows_not_loaded
    from (
        select
            'claims/' || regexp_extract(filename, '[^/\\]+$') as source_file,
            count(*) as rows_landed
        from read_csv(
            '{{ var("revenue_cycle_dir") }}/claims/*.csv', all_varchar=true, header=true, filename=true, union_by_name=true
        )
        group by filename
    ) as delivered
    full join (
        select
            source_file,
            any_value(datasource) as datasource,
            count(*) as rows_bronze
        from {{ ref('bronze_claims') }}
        group by source_file
    ) as loaded using (source_file)
    group by coalesce(loaded.datasource, 'no hospital')

),

outcomes as (

    {%- for table in emr_tables() + ['claims'] %}
    select
        '{{ table }}' as table_name,
        datasource,
        count(*) filter (outcome = 'accepted') as rows_accepted,
        count(*) filter (outcome = 'superseded') as rows_superseded,
        count(*) filter (starts_with(outcome, 'rejected')) as rows_rejected
    from {{ ref('checked_' ~ table) }}
    group by datasource
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

silver as (

    {%- for table in emr_tables() + ['claims'] %}
    select '{{ table }}' as table_name, datasource, count(*) as rows_silver
    from {{ ref('silver_' ~ table) }}
    group by datasource
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

quarantined as (

    select table_name, datasource, count(*) as rows_quarantined
    from {{ ref('revenue_cycle_quarantine') }}
    group by table_name, datasource

),

together as (

    select
        table_name,
        datasource,
        coalesce(files.rows_landed, claim_files.rows_landed, 0) as rows_landed,
        coalesce(files.rows_late, 0) as rows_late,
        coalesce(files.rows_not_loaded, claim_files.rows_not_loaded, 0) as rows_not_loaded,
        coalesce(loaded.rows_bronze, claim_files.rows_bronze, 0) as rows_bronze,
        coalesce(outcomes.rows_superseded, 0) as rows_superseded,
        coalesce(quarantined.rows_quarantined, 0) as rows_quarantined,
        coalesce(silver.rows_silver, 0) as rows_silver
    from outcomes
    full join files using (table_name, datasource)
    full join loaded using (table_name, datasource)
    full join claim_files using (table_name, datasource)
    full join silver using (table_name, datasource)
    full join quarantined using (table_name, datasource)

)

select
    *,
    rows_bronze - rows_superseded - rows_quarantined - rows_silver as rows_lost,
    rows_not_loaded + abs(rows_bronze - rows_superseded - rows_quarantined - rows_silver) as rows_unexplained
from together
