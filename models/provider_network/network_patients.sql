-- Patients of the network. Where the ZIP code is not known it is that of the provider whom
-- they were at most often, and marked as inferred.
with patients as (

    select
        patient_id,
        birth_year,
        sex,
        zip
    from read_csv('{{ var("network_dir") }}/patients.csv', types={'patient_id': 'varchar', 'sex': 'varchar', 'zip': 'varchar'})

),

visits as (

    select
        claims.patient_id,
        providers.zip_code,
        count(*) as claims
    from {{ ref('fact_claim') }} as claims
    inner join {{ ref('dim_provider') }} as providers
        on claims.rendering_npi = providers.npi
    where claims.claim_setting = 'professional'
    group by claims.patient_id, providers.zip_code

),

most_often as (

    select
        patient_id,
        zip_code
    from visits
    qualify row_number() over (partition by patient_id order by claims desc, zip_code) = 1

)

select
    patients.patient_id,
    patients.birth_year,
    patients.sex,
    coalesce(patients.zip, most_often.zip_code) as zip_code,
    patients.zip is null and most_often.zip_code is not null as zip_is_inferred
from patients
left join most_often
    on patients.patient_id = most_often.patient_id
