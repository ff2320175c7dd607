-- Readmissions by the category of the stay's diagnosis, and planned returns beside them.
select
    stays.category as diagnosis_category,
    any_value(categories.category_name) as diagnosis_name,
    count(*) as stays,
    count(*) filter (where is_planned) as planned_stays,
    count(*) filter (where is_index_stay) as index_stays,
    count(*) filter (where is_readmitted) as readmissions,
    count(*) filter (where is_index_stay and returned and not is_readmitted) as planned_returns,
    {{ ratio('count(*) filter (where is_readmitted)', 'count(*) filter (where is_index_stay)') }} as readmission_rate,
    {{ amount_per('sum(length_of_stay_days)', 'count(*)') }} as mean_length_of_stay_days,
    count(*) filter (where is_index_stay) >= {{ var('minimum_cell_size') }} as is_reportable
from {{ ref('lake_stays') }} as stays
left join {{ ref('diagnosis_categories') }} as categories
    on stays.category = categories.category_code
group by stays.category
