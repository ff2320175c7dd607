//! A late delivery that is wrong in eleven ways, to show that tests catch them.
//!
//! The files lie beside the good ones and hold the bad records alone. Each
//! defect is as small as it can be, so that exactly one test of the reference
//! project notices it; `project/defects.yml` says which.

use super::admissions::{Admission, ELECTIVE, HOME};
use super::beneficiaries::{Beneficiary, Summary, summary_file};
use super::claims::{CARRIER_CLAIM, Claim, claim_id};
use super::npi::{is_valid_npi, npi_from_digits};
use super::providers::Provider;
use super::{Day, LAST_DELIVERY, Population, SynthFile, csv};

/// Makes the defective files, none when there is too little data to spoil.
pub fn files(population: &Population) -> Vec<SynthFile> {
    let Some(claim) = good_claim(&population.claims) else {
        return Vec::new();
    };
    let mut files = vec![
        csv::providers_file(
            "defects/providers/providers_late.csv",
            &defective_providers(&population.directory.providers)
                .iter()
                .collect::<Vec<_>>(),
        ),
        csv::claims_file(
            "defects/claims/claims_late.csv",
            &defective_claims(claim).iter().collect::<Vec<_>>(),
        ),
    ];
    files.extend(defective_summaries(&population.beneficiaries));
    let admissions = defective_admissions(&population.beneficiaries, &population.admissions);
    files.push(csv::admissions_file(
        "defects/admissions/admissions_late.csv",
        &admissions.iter().collect::<Vec<_>>(),
    ));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// A plain claim with an only version, which the defective ones start from.
fn good_claim(claims: &[Claim]) -> Option<&Claim> {
    claims.iter().enumerate().find_map(|(place, claim)| {
        let has_versions = claims
            .get(place + 1)
            .is_some_and(|next| next.id == claim.id);
        let is_plain = claim.claim_type == CARRIER_CLAIM
            && claim.status == "paid"
            && claim.admission_id.is_empty();
        (is_plain && !has_versions && claim.version == 1).then_some(claim)
    })
}

fn defective_claims(good: &Claim) -> Vec<Claim> {
    // Ids of a beneficiary that no population is large enough to have.
    let new_claim = |number| Claim {
        id: claim_id(u32::MAX, number),
        delivered_on: LAST_DELIVERY,
        ..good.clone()
    };
    vec![
        // Delivered twice, word for word.
        good.clone(),
        // The provider is not in the directory, although its NPI is well-formed.
        Claim {
            rendering_npi: npi_from_digits(299_999_999),
            ..new_claim(1)
        },
        // The beneficiary is in no beneficiary file.
        Claim {
            beneficiary_id: "0000000000000000".to_owned(),
            ..new_claim(2)
        },
        // More is paid than was allowed.
        Claim {
            paid: good.allowed + 1_000,
            ..new_claim(3)
        },
        // A status that is not in use.
        Claim {
            status: "approved",
            ..new_claim(4)
        },
        // The service ends before it begins.
        Claim {
            service_thru: good.service_from + -3,
            ..new_claim(5)
        },
    ]
}

fn defective_providers(good: &[Provider]) -> Vec<Provider> {
    let mut providers = Vec::new();
    // The last digit is one more than the check digit.
    if let Some(clinician) = good.iter().find(|provider| provider.entity_type == "1") {
        let npi = npi_from_digits(288_888_888);
        let (digits, check_digit) = npi.split_at(9);
        let wrong = (check_digit.bytes().map(|byte| byte - b'0').sum::<u8>() + 1) % 10;
        let npi = format!("{digits}{wrong}");
        debug_assert!(!is_valid_npi(&npi));
        providers.push(Provider {
            npi,
            ..clinician.clone()
        });
    }
    // A spreadsheet took the postal code for a number.
    if let Some(eastern) = good.iter().find(|provider| provider.zip.starts_with('0')) {
        providers.push(Provider {
            npi: npi_from_digits(277_777_777),
            zip: eastern.zip.trim_start_matches('0').to_owned(),
            ..eastern.clone()
        });
    }
    providers
}

/// A beneficiary without a key.
fn defective_summaries(beneficiaries: &[Beneficiary]) -> Option<SynthFile> {
    let summary = beneficiaries
        .iter()
        .find_map(|beneficiary| Summary::of(beneficiary, 2024))?;
    let nameless = Summary {
        beneficiary_id: None,
        ..summary
    };
    Some(summary_file(
        "defects/beneficiaries/beneficiaries_late.parquet",
        vec![nameless],
    ))
}

fn defective_admissions(beneficiaries: &[Beneficiary], good: &[Admission]) -> Vec<Admission> {
    let mut defective = Vec::new();
    let Some(example) = good.first() else {
        return defective;
    };
    let for_beneficiary = |beneficiary: &Beneficiary, admitted_on: Day, days: i32| Admission {
        id: format!("A{:07}99", beneficiary.index),
        beneficiary_id: beneficiary.id.clone(),
        admitted_on,
        discharged_on: admitted_on + days,
        admission_type: ELECTIVE,
        discharge_status: HOME,
        delivered_on: LAST_DELIVERY,
        ..example.clone()
    };
    // Discharged before admitted.
    let alive = beneficiaries.iter().find(|beneficiary| {
        beneficiary.death.is_none()
            && !good
                .iter()
                .any(|admission| admission.beneficiary_id == beneficiary.id)
    });
    if let Some(alive) = alive {
        defective.push(for_beneficiary(alive, Day::new(2024, 6, 10), -4));
    }
    // Readmitted after death.
    let dead = beneficiaries.iter().find_map(|beneficiary| {
        let death = beneficiary.death.filter(|death| death.year() == 2024)?;
        Some((beneficiary, death))
    });
    if let Some((beneficiary, death)) = dead {
        defective.push(for_beneficiary(beneficiary, death + 12, 3));
    }
    defective
}
