//! The revenue cycle of two hospitals: extracts of their systems, monthly claim
//! files, and the load configuration, in two deliveries.
//!
//! The hospitals name columns differently and number their patients alike. The
//! second delivery has all rows again: some patients have moved, and some
//! patients, encounters and transactions are new. A few rows are wrong in a
//! way that a hospital's system would let pass; `truth/` says which rows are
//! right, what they add up to, and which versions every patient has had.

mod history;
mod hospital;
mod records;
mod truth;

use super::SynthFile;
use super::day::Day;
use hospital::Hospital;

/// The day until which a delivery has what was recorded.
const DELIVERIES: [Day; 2] = [Day::new(2024, 11, 30), Day::new(2024, 12, 31)];

/// One patient a hospital for so many beneficiaries.
const BENEFICIARIES_PER_PATIENT: u32 = 20;

/// Makes the files of both deliveries and their truth.
pub fn files(seed: u64, patients: u32) -> Vec<SynthFile> {
    let hospitals: Vec<Hospital> = hospital::SYSTEMS
        .iter()
        .map(|system| {
            Hospital::simulate(seed, system, (patients / BENEFICIARIES_PER_PATIENT).max(8))
        })
        .collect();
    let mut files = Vec::new();
    for (number, until) in DELIVERIES.iter().enumerate() {
        let folder = format!("revenue_cycle/delivery_{}", number + 1);
        files.push(records::load_config(&folder));
        files.push(records::procedure_codes(&folder));
        for hospital in &hospitals {
            files.extend(records::files(&folder, hospital, *until));
        }
    }
    files.push(truth::outcomes(&hospitals, &DELIVERIES));
    files.push(history::file(&hospitals, &DELIVERIES));
    files
}
