//! Every version of every patient that the deliveries told, with the days from
//! which and to which it counted.

use super::super::SynthFile;
use super::super::csv::Csv;
use super::super::day::Day;
use super::hospital::Hospital;
use super::records::version_on;

/// Writes one row for each version after each delivery.
pub fn file(hospitals: &[Hospital], deliveries: &[Day]) -> SynthFile {
    let mut csv = Csv::new(&[
        "delivery",
        "datasource",
        "patient_id",
        "address",
        "valid_from",
        "valid_to",
    ]);
    for number in 1..=deliveries.len() {
        for hospital in hospitals {
            for patient in hospital.patients.iter().filter(|p| p.birth.is_some()) {
                let told = deliveries[..number].iter();
                let mut versions: Vec<usize> = told
                    .filter_map(|until| version_on(patient, *until))
                    .collect();
                versions.dedup();
                for (place, version) in versions.iter().enumerate() {
                    let (since, address) = &patient.addresses[*version];
                    let next = versions.get(place + 1);
                    let until = next.map(|next| patient.addresses[*next].0.to_string());
                    csv.row(&[
                        &number.to_string(),
                        hospital.system.datasource,
                        &patient.id,
                        address,
                        &since.to_string(),
                        &until.unwrap_or_default(),
                    ]);
                }
            }
        }
    }
    csv.into_file("truth/patient_history.csv")
}
