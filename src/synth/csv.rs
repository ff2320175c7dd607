//! Writes the CSV files: comma, line feed, and quotes only where needed.

use super::LAST_DELIVERY;
use super::SynthFile;
use super::admissions::Admission;
use super::claims::Claim;
use super::providers::Provider;

const CLAIM_COLUMNS: &[&str] = &[
    "claim_id",
    "claim_version",
    "beneficiary_id",
    "claim_type_code",
    "service_from_date",
    "service_thru_date",
    "rendering_npi",
    "admission_id",
    "place_of_service_code",
    "revenue_center_code",
    "drg_code",
    "hcpcs_code",
    "principal_diagnosis_code",
    "secondary_diagnosis_code",
    "primary_payer_code",
    "claim_status",
    "submitted_amount",
    "allowed_amount",
    "paid_amount",
    "delivered_on",
];

pub fn claims_file(path: &str, claims: &[&Claim]) -> SynthFile {
    let mut csv = Csv::new(CLAIM_COLUMNS);
    for claim in claims {
        csv.row(&[
            &claim.id,
            &claim.version.to_string(),
            &claim.beneficiary_id,
            claim.claim_type,
            &claim.service_from.to_string(),
            &claim.service_thru.to_string(),
            &claim.rendering_npi,
            &claim.admission_id,
            claim.place_of_service,
            claim.revenue_code,
            claim.drg,
            claim.hcpcs,
            claim.principal_diagnosis,
            claim.secondary_diagnosis,
            claim.primary_payer,
            claim.status,
            &dollars(claim.submitted),
            &dollars(claim.allowed),
            &dollars(claim.paid),
            &claim.delivered_on.to_string(),
        ]);
    }
    csv.into_file(path)
}

const ADMISSION_COLUMNS: &[&str] = &[
    "admission_id",
    "beneficiary_id",
    "hospital_npi",
    "attending_npi",
    "admission_date",
    "discharge_date",
    "admission_type_code",
    "discharge_status_code",
    "drg_code",
    "principal_diagnosis_code",
    "delivered_on",
];

pub fn admissions_file(path: &str, admissions: &[&Admission]) -> SynthFile {
    let mut csv = Csv::new(ADMISSION_COLUMNS);
    for admission in admissions {
        csv.row(&[
            &admission.id,
            &admission.beneficiary_id,
            &admission.hospital_npi,
            &admission.attending_npi,
            &admission.admitted_on.to_string(),
            &admission.discharged_on.to_string(),
            admission.admission_type,
            admission.discharge_status,
            admission.drg,
            admission.diagnosis,
            &admission.delivered_on.to_string(),
        ]);
    }
    csv.into_file(path)
}

const PROVIDER_COLUMNS: &[&str] = &[
    "npi",
    "entity_type_code",
    "organization_name",
    "last_name",
    "first_name",
    "credential",
    "specialty_code",
    "practice_city",
    "practice_state_code",
    "practice_zip_code",
    "enumeration_date",
    "delivered_on",
];

pub fn providers_file(path: &str, providers: &[&Provider]) -> SynthFile {
    let mut csv = Csv::new(PROVIDER_COLUMNS);
    for provider in providers {
        csv.row(&[
            &provider.npi,
            provider.entity_type,
            &provider.organization_name,
            provider.last_name,
            provider.first_name,
            provider.credential,
            provider.specialty,
            provider.city,
            provider.state,
            &provider.zip,
            &provider.enumerated_on.to_string(),
            &LAST_DELIVERY.to_string(),
        ]);
    }
    csv.into_file(path)
}

pub struct Csv {
    text: String,
}

impl Csv {
    pub fn new(columns: &[&str]) -> Self {
        let mut csv = Self {
            text: String::new(),
        };
        csv.row(columns);
        csv
    }

    pub fn row(&mut self, fields: &[&str]) {
        for (place, field) in fields.iter().enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            if field.contains([',', '"', '\n', '\r']) {
                self.text.push('"');
                self.text.push_str(&field.replace('"', "\"\""));
                self.text.push('"');
            } else {
                self.text.push_str(field);
            }
        }
        self.text.push('\n');
    }

    pub fn into_file(self, path: &str) -> SynthFile {
        SynthFile {
            path: path.to_owned(),
            contents: self.text.into_bytes(),
        }
    }
}

/// Formats cents as dollars with two places.
pub fn dollars(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
