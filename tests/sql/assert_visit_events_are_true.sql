{{ config(enabled=var('check_truth')) }}

with loaded as (

    select
        source,
        visit_day,
        records_loaded as records,
        visits_loaded as visits,
        diagnoses_loaded as diagnoses,
        treatments_loaded as treatments,
        (
            select count(*)
            from {{ ref('visit_event_visits') }} as visits
            where visits.source = counts.source
              and visits.visit_day = counts.visit_day
              and contains(note_text, '[name]')
        ) as notes_with_name
    from {{ ref('visit_event_reconciliation') }} as counts

),

truth as (

    select * replace (cast(visit_day as varchar) as visit_day)
    from read_csv('{{ var("truth_dir") }}/visit_events.csv')

)

(select * from loaded except all select * from truth)
union all
(select * from truth except all select * from loaded)
