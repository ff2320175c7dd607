//! How many rows of each table are right in each delivery, and what they add up
//! to.

use super::super::SynthFile;
use super::super::csv::{Csv, dollars};
use super::super::day::Day;
use super::hospital::Hospital;
use super::records::{is_delivered, version_on};

/// Rows of a table: those that are right, those that are not, and the sum of
/// the right ones' amounts in cents.
#[derive(Default)]
struct Count {
    right: u32,
    wrong: u32,
    amount: i64,
}

impl Count {
    fn add(&mut self, is_right: bool, amount: i64) {
        if is_right {
            self.right += 1;
            self.amount += amount;
        } else {
            self.wrong += 1;
        }
    }
}

/// Writes one row for each delivery, hospital and table.
pub fn outcomes(hospitals: &[Hospital], deliveries: &[Day]) -> SynthFile {
    let mut csv = Csv::new(&[
        "delivery",
        "datasource",
        "table_name",
        "rows_right",
        "rows_wrong",
        "amount",
    ]);
    for (number, until) in deliveries.iter().enumerate() {
        for hospital in hospitals {
            for (table, count) in counts(hospital, *until) {
                csv.row(&[
                    &(number + 1).to_string(),
                    hospital.system.datasource,
                    table,
                    &count.right.to_string(),
                    &count.wrong.to_string(),
                    &dollars(count.amount),
                ]);
            }
        }
    }
    csv.into_file("truth/revenue_cycle.csv")
}

/// A mistake spreads: what belongs to a patient who is not known is not right
/// either.
fn counts(hospital: &Hospital, until: Day) -> [(&'static str, Count); 4] {
    let mut counts = [
        ("patients", Count::default()),
        ("encounters", Count::default()),
        ("transactions", Count::default()),
        ("claims", Count::default()),
    ];
    let is_known = |patient: usize| {
        let patient = &hospital.patients[patient];
        patient.birth.is_some() && version_on(patient, until).is_some()
    };
    for (place, patient) in hospital.patients.iter().enumerate() {
        if version_on(patient, until).is_some() {
            counts[0].1.add(is_known(place), 0);
        }
    }
    for encounter in hospital.encounters.iter().filter(|e| e.day <= until) {
        counts[1].1.add(encounter.patient.is_some_and(is_known), 0);
    }
    for transaction in &hospital.transactions {
        let encounter = &hospital.encounters[transaction.encounter];
        if encounter.day <= until {
            let is_right = encounter.patient.is_some_and(is_known) && transaction.amount >= 0;
            counts[2].1.add(is_right, transaction.amount);
        }
    }
    for claim in hospital
        .claims
        .iter()
        .filter(|c| is_delivered(hospital, c, until))
    {
        let encounter = hospital.transactions[claim.transaction].encounter;
        let patient = hospital.encounters[encounter].patient;
        let is_right = patient.is_some_and(is_known) && claim.status != "Lost";
        counts[3].1.add(is_right, claim.amount);
    }
    counts
}
