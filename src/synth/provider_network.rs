//! What a network knows of its providers beyond their claims: whom patients
//! were referred to, how soon they were seen, how many a provider can see, and
//! where patients live, as far as that is known.
//!
//! A few referrals are wrong: an NPI with a digit mistyped, or a patient whom
//! nobody knows. The truth says how many.

use super::beneficiaries::Beneficiary;
use super::csv::Csv;
use super::providers::{Directory, Provider};
use super::random::Random;
use super::reference::{CONDITIONS, SPECIALTIES};
use super::{LAST_DAY, Population, SynthFile, domain};

/// Specialties that refer: family practice, internal medicine, nurse practitioners.
const REFERRING: &[&str] = &["08", "11", "50"];

#[derive(Default)]
struct Truth {
    referrals: u32,
    wrong_npi: u32,
    unknown_patient: u32,
    unseen: u32,
    patients_without_zip: u32,
}

/// Writes the files and their truth.
pub fn files(seed: u64, population: &Population) -> Vec<SynthFile> {
    let mut truth = Truth::default();
    let mut patients = Csv::new(&["patient_id", "birth_year", "sex", "zip"]);
    let mut referrals = Csv::new(&[
        "referral_id",
        "patient_id",
        "referring_npi",
        "specialty_code",
        "referred_npi",
        "referred_on",
        "seen_on",
    ]);
    for beneficiary in &population.beneficiaries {
        let mut random = Random::stream(seed, domain::NETWORK, u64::from(beneficiary.index));
        let has_zip = !random.chance(0.08);
        truth.patients_without_zip += u32::from(!has_zip);
        let (year, _, _) = beneficiary.birth.civil();
        patients.row(&[
            &beneficiary.id,
            &year.to_string(),
            beneficiary.sex,
            if has_zip { &beneficiary.zip } else { "" },
        ]);
        let directory = &population.directory;
        refer(
            &mut random,
            directory,
            beneficiary,
            &mut referrals,
            &mut truth,
        );
    }
    let counts = [
        truth.referrals,
        truth.wrong_npi,
        truth.unknown_patient,
        truth.unseen,
        truth.patients_without_zip,
    ]
    .map(|count| count.to_string());
    let mut told = Csv::new(&[
        "referrals",
        "wrong_npi",
        "unknown_patient",
        "unseen",
        "patients_without_zip",
    ]);
    told.row(&counts.each_ref().map(String::as_str));
    vec![
        patients.into_file("provider_network/patients.csv"),
        referrals.into_file("provider_network/referrals.csv"),
        capacity(seed, &population.directory),
        told.into_file("truth/provider_network.csv"),
    ]
}

/// Draws the referrals of one patient, by the conditions that they have.
fn refer(
    random: &mut Random,
    directory: &Directory,
    beneficiary: &Beneficiary,
    csv: &mut Csv,
    truth: &mut Truth,
) {
    let state = beneficiary.state.code;
    let known = CONDITIONS.iter().enumerate();
    for (place, condition) in known.filter(|(place, _)| beneficiary.has(*place)) {
        let referred_on = beneficiary.covered_from + random.between(0, 600);
        if referred_on > beneficiary.last_day() || !random.chance(0.5) {
            continue;
        }
        let specialty = SPECIALTIES.iter().find(|s| s.code == condition.specialty);
        let Some(specialty) = specialty else { continue };
        let referring = directory.pick(random, random_of(REFERRING, place), state);
        let referred: &Provider = directory.pick(random, specialty.code, state);
        let seen_on = referred_on + random.between(2, 75);
        let is_seen = random.chance(0.85) && seen_on <= LAST_DAY;
        let has_wrong_npi = random.chance(0.01);
        let is_unknown = !has_wrong_npi && random.chance(0.005);
        truth.referrals += 1;
        truth.wrong_npi += u32::from(has_wrong_npi);
        truth.unknown_patient += u32::from(is_unknown);
        truth.unseen += u32::from(!is_seen && !has_wrong_npi && !is_unknown);
        csv.row(&[
            &format!("R{:07}{place:02}", beneficiary.index),
            if is_unknown {
                "unknown"
            } else {
                &beneficiary.id
            },
            &if has_wrong_npi {
                mistyped(&referring.npi)
            } else {
                referring.npi.clone()
            },
            specialty.code,
            &referred.npi,
            &referred_on.to_string(),
            &if is_seen {
                seen_on.to_string()
            } else {
                String::new()
            },
        ]);
    }
}

fn random_of(codes: &[&'static str], place: usize) -> &'static str {
    codes[place % codes.len()]
}

/// Returns an NPI with its fifth digit one higher.
fn mistyped(npi: &str) -> String {
    let other = |c: char| match c.to_digit(10) {
        Some(digit) => char::from_digit((digit + 1) % 10, 10).unwrap_or('0'),
        None => c,
    };
    let typed = npi.chars().enumerate();
    typed
        .map(|(place, c)| if place == 4 { other(c) } else { c })
        .collect()
}

/// Writes how many visits each clinician has room for in a week.
fn capacity(seed: u64, directory: &Directory) -> SynthFile {
    let mut csv = Csv::new(&["npi", "visits_per_week", "accepts_new_patients"]);
    let clinicians = directory.providers.iter().enumerate();
    for (place, provider) in clinicians.filter(|(_, p)| p.entity_type == "1") {
        let mut random = Random::stream(seed, domain::CAPACITY, place as u64);
        let visits = random.between(4, 60).to_string();
        let accepts = if random.chance(0.8) { "true" } else { "false" };
        csv.row(&[&provider.npi, &visits, accepts]);
    }
    csv.into_file("provider_network/capacity.csv")
}
