select admission_id, admitted_on, discharged_on
from {{ ref('stg_admissions') }}
where discharged_on < admitted_on
