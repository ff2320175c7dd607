//! Writes what a hospital delivers.

use std::collections::BTreeMap;

use super::super::SynthFile;
use super::super::csv::{Csv, dollars};
use super::super::day::Day;
use super::hospital::{Claim, DEPARTMENTS, Hospital, Patient, SYSTEMS};

/// The tables that are loaded, and whether as a whole.
const TABLES: &[(&str, bool)] = &[
    ("encounters", false),
    ("patients", false),
    ("transactions", false),
    ("providers", true),
    ("departments", true),
];

/// Writes which table of which hospital is loaded how.
pub fn load_config(folder: &str) -> SynthFile {
    let mut csv = Csv::new(&[
        "database",
        "datasource",
        "tablename",
        "loadtype",
        "watermark",
        "is_active",
        "targetpath",
    ]);
    for system in SYSTEMS {
        for (table, is_full) in TABLES {
            let path = system.folder.replace('_', "-");
            let watermark = match *table {
                "patients" => system.watermark,
                _ if *is_full => "",
                _ => "ModifiedDate",
            };
            let kind = if *is_full { "Full" } else { "Incremental" };
            csv.row(&[
                &format!("{path}-emr"),
                system.datasource,
                table,
                kind,
                watermark,
                "1",
                &path,
            ]);
        }
    }
    csv.into_file(&format!("{folder}/load_config.csv"))
}

/// Writes the procedure codes, which are HCPCS level II: CPT belongs to the AMA.
pub fn procedure_codes(folder: &str) -> SynthFile {
    let mut csv = Csv::new(&["Procedure Code Category", "CPT Codes", "Code Status"]);
    for (category, code) in [
        ("Preventive", "G0439"),
        ("Preventive", "G0008"),
        ("Rehabilitation", "G0422"),
        ("Education", "G0108"),
        ("Drugs", "J1561"),
        ("Drugs", "J0585"),
    ] {
        csv.row(&[category, code, "No Change"]);
    }
    csv.into_file(&format!("{folder}/reference/cpt_codes.csv"))
}

/// Writes all of a hospital's files in a delivery.
pub fn files(folder: &str, hospital: &Hospital, until: Day) -> Vec<SynthFile> {
    let emr = format!("{folder}/emr/{}", hospital.system.folder);
    let mut files = vec![
        patients(&emr, hospital, until),
        encounters(&emr, hospital, until),
        transactions(&emr, hospital, until),
        providers(&emr, hospital),
        departments(&emr),
    ];
    files.extend(claims(folder, hospital, until));
    files
}

/// Returns the place of a patient's newest address on a day, if there was one.
pub fn version_on(patient: &Patient, day: Day) -> Option<usize> {
    patient
        .addresses
        .iter()
        .rposition(|(since, _)| *since <= day)
}

fn patients(folder: &str, hospital: &Hospital, until: Day) -> SynthFile {
    let mut csv = Csv::new(hospital.system.patient_columns);
    for patient in &hospital.patients {
        let Some(version) = version_on(patient, until) else {
            continue;
        };
        let (since, address) = &patient.addresses[version];
        csv.row(&[
            &patient.id,
            patient.first_name,
            patient.last_name,
            "",
            &patient.ssn,
            &patient.phone,
            patient.gender,
            &patient.birth.map(|day| day.to_string()).unwrap_or_default(),
            address,
            &since.to_string(),
        ]);
    }
    csv.into_file(&format!("{folder}/patients.csv"))
}

/// The id that an encounter has for its patient.
fn patient_id(hospital: &Hospital, encounter: usize) -> String {
    match hospital.encounters[encounter].patient {
        Some(patient) => hospital.patients[patient].id.clone(),
        None => "HOSP1-999999".to_owned(),
    }
}

fn department_id(place: usize) -> String {
    format!("DEPT{:03}", place + 1)
}

fn encounters(folder: &str, hospital: &Hospital, until: Day) -> SynthFile {
    let mut csv = Csv::new(&[
        "EncounterID",
        "PatientID",
        "EncounterDate",
        "EncounterType",
        "ProviderID",
        "DepartmentID",
        "ProcedureCode",
        "InsertedDate",
        "ModifiedDate",
    ]);
    for (place, encounter) in hospital.encounters.iter().enumerate() {
        if encounter.day > until {
            continue;
        }
        let day = encounter.day.to_string();
        csv.row(&[
            &encounter.id,
            &patient_id(hospital, place),
            &day,
            encounter.kind,
            &hospital.providers[encounter.provider].id,
            &department_id(encounter.department),
            encounter.procedure,
            &day,
            &day,
        ]);
    }
    csv.into_file(&format!("{folder}/encounters.csv"))
}

fn transactions(folder: &str, hospital: &Hospital, until: Day) -> SynthFile {
    let mut csv = Csv::new(&[
        "TransactionID",
        "EncounterID",
        "PatientID",
        "ProviderID",
        "DeptID",
        "VisitDate",
        "ServiceDate",
        "PaidDate",
        "VisitType",
        "Amount",
        "AmountType",
        "PaidAmount",
        "PayorID",
        "ProcedureCode",
        "ICDCode",
        "LineOfBusiness",
        "InsertDate",
        "ModifiedDate",
    ]);
    for transaction in &hospital.transactions {
        let encounter = &hospital.encounters[transaction.encounter];
        if encounter.day > until {
            continue;
        }
        let day = encounter.day.to_string();
        let (category, rest) = transaction.diagnosis.split_at(3);
        csv.row(&[
            &transaction.id,
            &encounter.id,
            &patient_id(hospital, transaction.encounter),
            &hospital.providers[encounter.provider].id,
            &department_id(encounter.department),
            &day,
            &day,
            &transaction.paid_on.to_string(),
            "Routine",
            &signed(transaction.amount),
            "Insurance",
            &signed(transaction.paid),
            transaction.payer,
            encounter.procedure,
            &format!("{category}.{rest}"),
            "Commercial",
            &day,
            &day,
        ]);
    }
    csv.into_file(&format!("{folder}/transactions.csv"))
}

fn providers(folder: &str, hospital: &Hospital) -> SynthFile {
    let mut csv = Csv::new(&[
        "ProviderID",
        "FirstName",
        "LastName",
        "Specialization",
        "DeptID",
        "NPI",
    ]);
    for provider in &hospital.providers {
        csv.row(&[
            &format!("{}-{}", hospital.system.provider_prefix, provider.id),
            provider.first_name,
            provider.last_name,
            provider.specialty,
            &department_id(provider.department),
            &provider.npi,
        ]);
    }
    csv.into_file(&format!("{folder}/providers.csv"))
}

fn departments(folder: &str) -> SynthFile {
    let mut csv = Csv::new(&["DeptID", "Name"]);
    for (place, name) in DEPARTMENTS.iter().enumerate() {
        csv.row(&[&department_id(place), name]);
    }
    csv.into_file(&format!("{folder}/departments.csv"))
}

/// Tells whether a claim is in a delivery.
pub fn is_delivered(hospital: &Hospital, claim: &Claim, until: Day) -> bool {
    let encounter = hospital.transactions[claim.transaction].encounter;
    claim.claimed_on <= until && hospital.encounters[encounter].day <= until
}

/// Writes one file for each month in which claims were made.
fn claims(folder: &str, hospital: &Hospital, until: Day) -> Vec<SynthFile> {
    let mut months: BTreeMap<(i32, u32), Csv> = BTreeMap::new();
    for claim in &hospital.claims {
        if !is_delivered(hospital, claim, until) {
            continue;
        }
        let transaction = &hospital.transactions[claim.transaction];
        let encounter = &hospital.encounters[transaction.encounter];
        let (year, month, _) = claim.claimed_on.civil();
        let csv = months.entry((year, month as u32)).or_insert_with(|| {
            Csv::new(&[
                "ClaimID",
                "TransactionID",
                "PatientID",
                "EncounterID",
                "ProviderID",
                "DeptID",
                "ServiceDate",
                "ClaimDate",
                "PayorID",
                "ClaimAmount",
                "PaidAmount",
                "ClaimStatus",
                "PayorType",
                "InsertDate",
                "ModifiedDate",
            ])
        });
        let made = claim.claimed_on.to_string();
        csv.row(&[
            &claim.id,
            &transaction.id,
            &patient_id(hospital, transaction.encounter),
            &encounter.id,
            &hospital.providers[encounter.provider].id,
            &department_id(encounter.department),
            &encounter.day.to_string(),
            &made,
            transaction.payer,
            &signed(claim.amount),
            &signed(claim.paid),
            claim.status,
            "Private",
            &made,
            &made,
        ]);
    }
    let prefix = hospital.system.claims_prefix;
    months
        .into_iter()
        .map(|((year, month), csv)| {
            csv.into_file(&format!("{folder}/claims/{prefix}_{year}_{month:02}.csv"))
        })
        .collect()
}

fn signed(cents: i64) -> String {
    if cents < 0 {
        format!("-{}", dollars(-cents))
    } else {
        dollars(cents)
    }
}
