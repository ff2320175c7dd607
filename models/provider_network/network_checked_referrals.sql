-- Every referral as it came, and what is wrong with it.
select
    referrals.*,
    case
        when not {{ healthcare.is_npi('referrals.referring_npi') }} then 'referring NPI is wrong'
        when not {{ healthcare.is_npi('referrals.referred_npi') }} then 'referred NPI is wrong'
        when referring.npi is null then 'referring provider is not known'
        when referred.npi is null then 'referred provider is not known'
        when patients.patient_id is null then 'patient is not known'
        when referrals.seen_on < referrals.referred_on then 'seen before the referral'
    end as rejected_because
from read_csv(
    '{{ var("network_dir") }}/referrals.csv',
    types={'referring_npi': 'varchar', 'referred_npi': 'varchar', 'specialty_code': 'varchar', 'patient_id': 'varchar'}
) as referrals
left join {{ ref('dim_provider') }} as referring
    on referrals.referring_npi = referring.npi
left join {{ ref('dim_provider') }} as referred
    on referrals.referred_npi = referred.npi
left join {{ ref('network_patients') }} as patients
    on referrals.patient_id = patients.patient_id
