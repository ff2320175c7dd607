//! Makes synthetic data: Medicare-like beneficiaries, providers, hospital
//! admissions and claims; visit events; and the revenue cycle of two hospitals.
//!
//! The files have the shape of CMS's public synthetic claims files (DE-SynPUF)
//! with readable column names. No record describes a real person or
//! organization. The same options give the same bytes, always and everywhere:
//! random numbers, CSV and Parquet are all made here, and no clock is read.
//!
//! The simulation goes from cause to effect. A beneficiary has an age,
//! chronic conditions and frailty; these bring about hospital stays, some of
//! which are followed by another; stays and conditions bring about claims;
//! claims reach the warehouse in monthly deliveries, some of them twice
//! because they were adjusted. What is known of the population beyond its files
//! lies in `truth/`, for tests of what is computed from them.

mod admissions;
mod appeals;
mod beneficiaries;
mod claims;
mod csv;
mod day;
mod defects;
mod npi;
mod parquet;
mod provider_network;
mod providers;
mod random;
mod readmissions;
mod reference;
mod revenue_cycle;
#[cfg(test)]
mod tests;
mod visit_events;

use admissions::Admission;
use beneficiaries::Beneficiary;
use claims::Claim;
use day::Day;
pub use npi::{is_valid_npi, npi_from_digits};
use providers::Directory;
use random::Random;

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SynthOptions {
    /// The number of beneficiaries.
    pub patients: u32,
    /// Chooses one of many possible populations.
    pub seed: u64,
    /// Also makes the files with planted defects.
    pub defects: bool,
}

/// The reference project's own data.
impl Default for SynthOptions {
    fn default() -> Self {
        Self {
            patients: 3_000,
            seed: 10,
            defects: false,
        }
    }
}

/// A generated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynthFile {
    /// Relative to the output folder, with `/` between the parts.
    pub path: String,
    pub contents: Vec<u8>,
}

/// The first day on which something happens.
const FIRST_DAY: Day = Day::new(2023, 1, 1);
/// The last day on which something happens.
const LAST_DAY: Day = Day::new(2024, 12, 31);
/// The day of the last delivery: two months later, when the claims of the
/// last day have been processed.
const LAST_DELIVERY: Day = Day::new(2025, 3, 5);
/// The day of the month on which deliveries arrive.
const DELIVERY_DAY: i32 = 5;

/// Tells the streams of random numbers apart.
mod domain {
    pub const BENEFICIARY: u64 = 1;
    pub const ADMISSIONS: u64 = 2;
    pub const CLAIMS: u64 = 3;
    pub const PROVIDERS: u64 = 4;
    pub const VISIT_EVENTS: u64 = 5;
    pub const REVENUE_CYCLE: u64 = 6;
    pub const APPEALS: u64 = 7;
    pub const NETWORK: u64 = 8;
    pub const CAPACITY: u64 = 9;
}

/// Generates all files, in the order of their paths within each folder.
pub fn generate(options: &SynthOptions) -> Vec<SynthFile> {
    let population = Population::simulate(options);
    let mut files = vec![providers::file(&population.directory)];
    files.extend(beneficiaries::yearly_files(&population.beneficiaries));
    files.extend(admissions::quarterly_files(&population.admissions));
    files.extend(claims::monthly_files(&population.claims));
    files.push(readmissions::truth(&population.admissions));
    files.extend(visit_events::files(options.seed, options.patients));
    files.extend(revenue_cycle::files(options.seed, options.patients));
    files.extend(appeals::files(options.seed, &population.claims));
    files.extend(provider_network::files(options.seed, &population));
    if options.defects {
        files.extend(defects::files(&population));
    }
    files
}

/// Everything that happened, before it is cut into files.
struct Population {
    directory: Directory,
    beneficiaries: Vec<Beneficiary>,
    /// By beneficiary, then by time.
    admissions: Vec<Admission>,
    /// By beneficiary.
    claims: Vec<Claim>,
}

impl Population {
    fn simulate(options: &SynthOptions) -> Self {
        let SynthOptions { patients, seed, .. } = *options;
        let directory = Directory::new(seed, patients);
        let mut population = Self {
            directory,
            beneficiaries: Vec::with_capacity(patients as usize),
            admissions: Vec::new(),
            claims: Vec::new(),
        };
        for index in 0..patients {
            let stream = |domain| Random::stream(seed, domain, u64::from(index));
            let directory = &population.directory;
            let mut beneficiary = beneficiaries::draw(&mut stream(domain::BENEFICIARY), index);
            let stays =
                admissions::draw(&mut stream(domain::ADMISSIONS), directory, &mut beneficiary);
            let claims = claims::draw(&mut stream(domain::CLAIMS), directory, &beneficiary, &stays);
            population.beneficiaries.push(beneficiary);
            population.admissions.extend(stays);
            population.claims.extend(claims);
        }
        population
    }
}

/// Returns the day of the delivery that follows a day.
fn delivery_after(day: Day) -> Day {
    day.in_next_month(DELIVERY_DAY).min(LAST_DELIVERY)
}
