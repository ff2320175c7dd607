-- One row per NPI: volume, specialisation, cost against peers, outcomes, demand and
-- capacity, and what the network has in its area, for product, clinical and operations teams and for machine learning.
with volume as (

    select
        rendering_npi as npi,
        count(*) as claims,
        count(distinct patient_id) as patients,
        count(distinct hcpcs_code) as procedures,
        sum(allowed_amount) as allowed_amount,
        avg(case when claim_status = 'denied' then 1 else 0 end) as denial_rate
    from {{ ref('fact_claim') }}
    group by rendering_npi

),

diagnoses as (

    select
        rendering_npi as npi,
        left(principal_diagnosis_code, 3) as category,
        count(*) as claims
    from {{ ref('fact_claim') }}
    group by rendering_npi, left(principal_diagnosis_code, 3)

),

-- Herfindahl's index: 1 when all claims are for one category, near 0 when they are for many.
specialisation as (

    select
        npi,
        round(sum(power(share, 2)), 6) as specialisation_index,
        -- Of two with as many claims, always the same one.
        max_by(category, row(claims, category)) as main_category
    from (
        select *, claims / sum(claims) over (partition by npi) as share
        from diagnoses
    ) as shares
    group by npi

),

efficiency as (
    {{ healthcare.cost_efficiency(
        "(select claims.*, providers.specialty_code, left(claims.principal_diagnosis_code, 3) as category from "
        ~ ref('fact_claim') ~ " as claims inner join " ~ ref('dim_provider')
        ~ " as providers on claims.rendering_npi = providers.npi where claims.allowed_amount > 0) as episodes",
        'rendering_npi', 'allowed_amount', ['specialty_code', 'claim_type_code', 'category'],
        minimum_cases=var('minimum_cell_size')
    ) }}
),

outcomes as (

    select
        hospital_npi as npi,
        count(*) as admissions,
        count(*) filter (where is_index_admission) as index_admissions,
        count(*) filter (where readmitted_30d) as readmissions,
        avg(length_of_stay_days) as mean_length_of_stay_days
    from {{ ref('fact_admission') }}
    group by hospital_npi

),

attended as (

    select
        attending_npi as npi,
        count(*) filter (where is_index_admission) as attended_index_admissions,
        count(*) filter (where readmitted_30d) as attended_readmissions
    from {{ ref('fact_admission') }}
    group by attending_npi

),

demand as (

    select
        referred_npi as npi,
        count(*) as referrals,
        count(*) filter (where seen_on is null) as referrals_not_seen,
        median(seen_on - referred_on) as median_days_to_visit
    from {{ ref('network_referrals') }}
    group by referred_npi

),

capacity as (

    select npi, visits_per_week, accepts_new_patients
    from read_csv('{{ var("network_dir") }}/capacity.csv', types={'npi': 'varchar'})

),

areas as (

    select
        {{ healthcare.zip3_safe('zip_code') }} as area,
        count(*) as patients
    from {{ ref('network_patients') }}
    group by 1

),

adequacy as (

    select
        providers.npi,
        coalesce(areas.patients, 0) as area_patients,
        count(*) over (partition by providers.area, providers.specialty_code) as area_providers
    from (
        select *, {{ healthcare.zip3_safe('zip_code') }} as area
        from {{ ref('dim_provider') }}
    ) as providers
    left join areas using (area)

)

select
    providers.npi,
    providers.provider_name,
    providers.specialty_code,
    providers.specialty_name,
    providers.provider_kind,
    providers.state_code,
    left(providers.zip_code, 3) as zip3,
    coalesce(volume.claims, 0) as claims,
    coalesce(volume.patients, 0) as patients,
    coalesce(volume.procedures, 0) as procedures,
    coalesce(volume.allowed_amount, 0) as allowed_amount,
    volume.denial_rate,
    specialisation.specialisation_index,
    specialisation.main_category,
    round(efficiency.observed_to_expected, 6) as cost_index,
    coalesce(efficiency.is_reportable, false) as cost_is_reportable,
    coalesce(outcomes.index_admissions, attended.attended_index_admissions, 0) as index_admissions,
    coalesce(outcomes.readmissions, attended.attended_readmissions, 0) as readmissions,
    {{ ratio(
        'coalesce(outcomes.readmissions, attended.attended_readmissions)',
        'coalesce(outcomes.index_admissions, attended.attended_index_admissions)'
    ) }} as readmission_rate,
    outcomes.mean_length_of_stay_days,
    coalesce(demand.referrals, 0) as referrals,
    coalesce(demand.referrals_not_seen, 0) as referrals_not_seen,
    demand.median_days_to_visit,
    capacity.visits_per_week,
    coalesce(capacity.accepts_new_patients, false) as accepts_new_patients,
    -- Two years of data.
    {{ ratio('volume.claims / 104.0', 'capacity.visits_per_week') }} as capacity_used,
    adequacy.area_patients,
    adequacy.area_providers,
    {{ amount_per('1000.0 * adequacy.area_providers', 'adequacy.area_patients') }} as area_providers_per_1000
from {{ ref('dim_provider') }} as providers
left join volume using (npi)
left join specialisation using (npi)
left join efficiency on providers.npi = efficiency.provider
left join outcomes using (npi)
left join attended using (npi)
left join demand using (npi)
left join capacity using (npi)
left join adequacy using (npi)
