//! The true readmissions of the simulated population, told from what happened
//! and not from the files, so that the marts can be held against them.

use std::collections::BTreeMap;

use super::SynthFile;
use super::admissions::{Admission, DIED, ELECTIVE, LEFT_AGAINST_ADVICE, TRANSFERRED};
use super::csv::Csv;
use super::reference::{DRGS, Planned};
use super::{LAST_DAY, day::Day};

const WINDOW_DAYS: i32 = 30;
/// Cancer treatment, psychoses and rehabilitation are not measured.
const NOT_MEASURED: &[&str] = &["847", "885", "945"];

/// A stay: admissions with only transfers between them. Who is admitted to another
/// hospital on the day of the discharge or the day after was transferred, as in CMS's
/// measures, whatever the discharge says of it.
struct Stay<'a> {
    first: &'a Admission,
    last: &'a Admission,
}

/// Writes, for each hospital, how many index stays ended there and how many of
/// them were followed by an unplanned stay.
pub fn truth(admissions: &[Admission]) -> SynthFile {
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for of_patient in admissions.chunk_by(|a, b| a.beneficiary_id == b.beneficiary_id) {
        let stays = stays(of_patient);
        for (place, stay) in stays.iter().enumerate() {
            if !is_index(stay) {
                continue;
            }
            let count = counts.entry(&stay.last.hospital_npi).or_default();
            count.0 += 1;
            if stays.get(place + 1).is_some_and(|next| {
                !is_planned(next.first)
                    && next.first.admitted_on - stay.last.discharged_on <= WINDOW_DAYS
            }) {
                count.1 += 1;
            }
        }
    }
    let mut csv = Csv::new(&["hospital_npi", "index_admissions", "readmissions"]);
    for (npi, (index, readmitted)) in counts {
        csv.row(&[npi, &index.to_string(), &readmitted.to_string()]);
    }
    csv.into_file("truth/readmissions.csv")
}

fn stays(admissions: &[Admission]) -> Vec<Stay<'_>> {
    let mut stays: Vec<Stay<'_>> = Vec::new();
    for admission in admissions {
        match stays.last_mut() {
            Some(stay) if continues(stay.last, admission) => stay.last = admission,
            _ => stays.push(Stay {
                first: admission,
                last: admission,
            }),
        }
    }
    stays
}

fn continues(before: &Admission, next: &Admission) -> bool {
    before.discharge_status != DIED
        && before.hospital_npi != next.hospital_npi
        && next.admitted_on - before.discharged_on <= 1
}

fn is_index(stay: &Stay<'_>) -> bool {
    let last_followed: Day = LAST_DAY + -WINDOW_DAYS;
    ![DIED, LEFT_AGAINST_ADVICE, TRANSFERRED].contains(&stay.last.discharge_status)
        && !NOT_MEASURED.contains(&stay.last.drg)
        && stay.last.discharged_on <= last_followed
}

fn is_planned(admission: &Admission) -> bool {
    let drg = DRGS.iter().find(|drg| drg.code == admission.drg);
    match drg.map(|drg| drg.planned) {
        Some(Planned::Always) => true,
        Some(Planned::Potentially) => admission.admission_type == ELECTIVE,
        _ => false,
    }
}
