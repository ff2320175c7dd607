{{ config(enabled=var('check_truth')) }}

with counted as (

    select
        (select count(*) from {{ ref('network_checked_referrals') }}) as referrals,
        (select count(*) from {{ ref('network_referral_quarantine') }} where rejected_because = 'referring NPI is wrong') as wrong_npi,
        (select count(*) from {{ ref('network_referral_quarantine') }} where rejected_because = 'patient is not known') as unknown_patient,
        (select count(*) from {{ ref('network_referrals') }} where seen_on is null) as unseen,
        (select count(*) from {{ ref('network_patients') }} where zip_is_inferred or zip_code is null) as patients_without_zip

)

(select * from counted except select * from read_csv('{{ var("truth_dir") }}/provider_network.csv'))
union all
(select * from read_csv('{{ var("truth_dir") }}/provider_network.csv') except select * from counted)
