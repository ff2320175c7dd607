-- The ten diagnosis categories that most is billed for.
select
    claims.diagnosis_category,
    any_value(categories.category_name) as diagnosis_name,
    count(*) as claims,
    count(distinct patient_hash) as patients,
    sum(billed_amount) as billed_amount,
    sum(paid_amount) as paid_amount,
    row_number() over (order by sum(billed_amount) desc, claims.diagnosis_category) as place
from {{ ref('lake_claims') }} as claims
left join {{ ref('diagnosis_categories') }} as categories
    on claims.diagnosis_category = categories.category_code
group by claims.diagnosis_category
qualify place <= 10
