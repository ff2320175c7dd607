//! Visit events as two clinics' systems send them: nested JSON, a file for each
//! source and day, with other names for some fields in each.
//!
//! Beside the files their truth: how many records, visits, diagnoses and
//! treatments they hold, and in how many notes a patient's name stands.

use std::fmt::Write as _;

use super::SynthFile;
use super::csv::Csv;
use super::day::Day;
use super::providers::{FIRST_NAMES, LAST_NAMES};
use super::random::Random;
use super::reference::{CONDITIONS, Condition};
use super::{LAST_DAY, domain};

/// A source, with what it calls things.
struct Source {
    name: &'static str,
    drug: &'static str,
    dose: &'static str,
    author: &'static str,
}

const SOURCES: &[Source] = &[
    Source {
        name: "source_a",
        drug: "drug",
        dose: "dose",
        author: "author",
    },
    Source {
        name: "source_b",
        drug: "drug_test",
        dose: "dose_test",
        author: "author_test",
    },
];

/// The last days of the simulated time have visit events.
const DAYS: i32 = 3;
/// One record a source and day for so many beneficiaries.
const PATIENTS_PER_RECORD: u32 = 75;

const DRUGS: &[(&str, &str)] = &[
    ("Metformin", "500mg"),
    ("Insulin", "10 units"),
    ("Lisinopril", "10mg"),
    ("Furosemide", "40mg"),
    ("Albuterol", "2 puffs"),
    ("Atorvastatin", "20mg"),
];

/// What the files of one source and day hold.
#[derive(Default)]
struct Truth {
    records: u32,
    visits: u32,
    diagnoses: u32,
    treatments: u32,
    notes_with_name: u32,
}

/// Makes the files of all sources and days, and their truth.
pub fn files(seed: u64, patients: u32) -> Vec<SynthFile> {
    let mut files = Vec::new();
    let mut truth = Csv::new(&[
        "source",
        "visit_day",
        "records",
        "visits",
        "diagnoses",
        "treatments",
        "notes_with_name",
    ]);
    let records = (patients / PATIENTS_PER_RECORD).max(1);
    for (number, source) in SOURCES.iter().enumerate() {
        for back in (0..DAYS).rev() {
            let day = LAST_DAY + -back;
            let index = number as u64 * 1_000 + back as u64;
            let mut random = Random::stream(seed, domain::VISIT_EVENTS, index);
            let folder = day.to_string().replace('-', "");
            let (contents, held) = file(&mut random, source, day, records);
            truth.row(&[
                source.name,
                &folder,
                &held.records.to_string(),
                &held.visits.to_string(),
                &held.diagnoses.to_string(),
                &held.treatments.to_string(),
                &held.notes_with_name.to_string(),
            ]);
            files.push(SynthFile {
                path: format!("visit_events/{}/{folder}/visit_events.json", source.name),
                contents: contents.into_bytes(),
            });
        }
    }
    files.push(truth.into_file("truth/visit_events.csv"));
    files
}

fn file(random: &mut Random, source: &Source, day: Day, records: u32) -> (String, Truth) {
    let mut truth = Truth::default();
    let list: Vec<String> = (0..records)
        .map(|number| record(random, source, day, number, &mut truth))
        .collect();
    (format!("[\n{}\n]\n", list.join(",\n")), truth)
}

fn record(
    random: &mut Random,
    source: &Source,
    day: Day,
    number: u32,
    truth: &mut Truth,
) -> String {
    truth.records += 1;
    let (first, last) = (random.pick(FIRST_NAMES), random.pick(LAST_NAMES));
    // The same patients come back on other days.
    let patient = number * 3 + random.between(0, 2) as u32;
    let visits: Vec<String> = (0..random.pick(&[0, 1, 1, 1, 1, 2]))
        .map(|visit| {
            truth.visits += 1;
            let has_name = random.chance(0.3);
            truth.notes_with_name += u32::from(has_name);
            let note = if has_name {
                format!("{first} feels better, says {last}'s daughter.")
            } else {
                "Patient reported improved symptoms.".to_owned()
            };
            let doctor = random.pick(LAST_NAMES);
            let diagnoses: Vec<String> = (0..random.pick(&[0, 1, 1, 2]))
                .map(|_| diagnosis(random, source, truth))
                .collect();
            let mut out = String::new();
            let _ = write!(
                out,
                "{{\"visit_id\": \"V-{}-{number:05}{visit}\", \"date\": \"{day}\", \"diagnoses\": [{}], \
                 \"provider_notes\": {{\"text\": \"{note}\", \"{}\": \"Dr. {doctor}\"}}}}",
                day.to_string().replace('-', ""),
                diagnoses.join(", "),
                source.author,
            );
            out
        })
        .collect();
    format!(
        "  {{\"patient_id\": \"P-{patient:06}\", \"name\": \"{first} {last}\", \"visits\": [{}]}}",
        visits.join(", ")
    )
}

fn diagnosis(random: &mut Random, source: &Source, truth: &mut Truth) -> String {
    truth.diagnoses += 1;
    let condition: &Condition = random.pick_weighted(CONDITIONS, |condition| condition.prevalence);
    let (category, rest) = condition.diagnosis.split_at(3);
    let treatments: Vec<String> = (0..random.pick(&[0, 1, 1, 2]))
        .map(|_| {
            truth.treatments += 1;
            let (drug, dose) = random.pick(DRUGS);
            format!(
                "{{\"{}\": \"{drug}\", \"{}\": \"{dose}\"}}",
                source.drug, source.dose
            )
        })
        .collect();
    format!(
        "{{\"code\": \"ICD-10:{category}.{rest}\", \"description\": \"{}\", \"treatments\": [{}]}}",
        condition
            .column
            .trim_start_matches("has_")
            .replace('_', " "),
        treatments.join(", ")
    )
}
