-- The ten diagnosis categories that most is billed for.
select
    diagnosis_category,
    count(*) as claims,
    count(distinct patient_hash) as patients,
    sum(billed_amount) as billed_amount,
    sum(paid_amount) as paid_amount,
    row_number() over (order by sum(billed_amount) desc, diagnosis_category) as place
from {{ ref('lake_claims') }}
group by diagnosis_category
qualify place <= 10
