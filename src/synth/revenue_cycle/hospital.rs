//! What happened at one hospital, before it is cut into deliveries.

use super::super::day::Day;
use super::super::domain;
use super::super::npi::npi_from_digits;
use super::super::providers::{FIRST_NAMES, LAST_NAMES};
use super::super::random::Random;
use super::super::reference::{CONDITIONS, SPECIALTIES};
use super::DELIVERIES;

/// A hospital's system: what it calls itself and the columns of its patients.
pub struct System {
    /// The folder of its extracts, `hospital_a`.
    pub folder: &'static str,
    /// The name of its database, `hospital_a_db`.
    pub datasource: &'static str,
    /// What the names of its claim files begin with.
    pub claims_prefix: &'static str,
    pub provider_prefix: &'static str,
    pub patient_columns: &'static [&'static str; 10],
    pub watermark: &'static str,
}

pub const SYSTEMS: &[System] = &[
    System {
        folder: "hospital_a",
        datasource: "hospital_a_db",
        claims_prefix: "hospital1",
        provider_prefix: "H1",
        patient_columns: &[
            "PatientID",
            "FirstName",
            "LastName",
            "MiddleName",
            "SSN",
            "PhoneNumber",
            "Gender",
            "DOB",
            "Address",
            "ModifiedDate",
        ],
        watermark: "ModifiedDate",
    },
    System {
        folder: "hospital_b",
        datasource: "hospital_b_db",
        claims_prefix: "hospital2",
        provider_prefix: "H2",
        patient_columns: &[
            "ID",
            "F_Name",
            "L_Name",
            "M_Name",
            "SSN",
            "PhoneNumber",
            "Gender",
            "DOB",
            "Address",
            "Updated_Date",
        ],
        watermark: "Updated_Date",
    },
];

pub const DEPARTMENTS: &[&str] = &[
    "Emergency",
    "Cardiology",
    "Neurology",
    "Oncology",
    "Surgery",
    "Medicine",
];
pub const PAYERS: &[&str] = &[
    "Medicare",
    "Medicaid",
    "Aetna",
    "BlueCross",
    "UnitedHealthcare",
];

pub struct Hospital {
    pub system: &'static System,
    pub patients: Vec<Patient>,
    pub providers: Vec<Provider>,
    pub encounters: Vec<Encounter>,
    pub transactions: Vec<Transaction>,
    pub claims: Vec<Claim>,
}

pub struct Patient {
    pub id: String,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub ssn: String,
    pub phone: String,
    pub gender: &'static str,
    /// None for a patient whose date of birth was never asked for.
    pub birth: Option<Day>,
    /// The address from each day on, in order.
    pub addresses: Vec<(Day, String)>,
}

pub struct Provider {
    pub id: String,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub specialty: &'static str,
    pub department: usize,
    pub npi: String,
}

pub struct Encounter {
    pub id: String,
    /// The patient's place, or none when the id belongs to nobody.
    pub patient: Option<usize>,
    pub provider: usize,
    pub department: usize,
    pub kind: &'static str,
    pub day: Day,
    pub procedure: &'static str,
}

pub struct Transaction {
    pub id: String,
    pub encounter: usize,
    pub diagnosis: &'static str,
    /// Cents; below 0 for a mistake.
    pub amount: i64,
    pub paid: i64,
    pub paid_on: Day,
    pub payer: &'static str,
}

pub struct Claim {
    pub id: String,
    pub transaction: usize,
    pub claimed_on: Day,
    pub amount: i64,
    pub paid: i64,
    pub status: &'static str,
}

impl Hospital {
    pub fn simulate(seed: u64, system: &'static System, patients: u32) -> Self {
        let number = u64::from(system.claims_prefix.ends_with('2'));
        let mut random = Random::stream(seed, domain::REVENUE_CYCLE, number);
        let random = &mut random;
        let providers: Vec<Provider> = (0..(patients / 10).clamp(6, 400))
            .map(|place| provider(random, system, place))
            .collect();
        let mut hospital = Self {
            system,
            patients: (0..patients).map(|place| patient(random, place)).collect(),
            providers,
            encounters: Vec::new(),
            transactions: Vec::new(),
            claims: Vec::new(),
        };
        for place in 0..patients as usize {
            for _ in 0..random.between(1, 3) {
                hospital.encounter(random, place);
            }
        }
        hospital
    }

    /// Draws an encounter and the transactions and claims that follow.
    fn encounter(&mut self, random: &mut Random, patient: usize) {
        let known_from = self.patients[patient].addresses[0].0;
        let span = (DELIVERIES[1] - known_from).max(0);
        let provider = random.between(0, self.providers.len() as i32 - 1) as usize;
        let number = self.encounters.len();
        self.encounters.push(Encounter {
            id: format!("ENC{:06}", number + 1),
            patient: (!random.chance(0.01)).then_some(patient),
            provider,
            department: self.providers[provider].department,
            kind: random.pick(&["Inpatient", "Outpatient", "Emergency", "Telemedicine"]),
            day: known_from + random.between(0, span),
            procedure: random.pick(&["G0439", "G0008", "G0422", "J1561", "G0108", "J0585"]),
        });
        for _ in 0..random.between(1, 2) {
            self.transaction(random, number);
        }
    }

    fn transaction(&mut self, random: &mut Random, encounter: usize) {
        let amount = (random.lognormal(420.0, 0.8) * 100.0) as i64;
        let is_mistake = random.chance(0.01);
        let day = self.encounters[encounter].day;
        let number = self.transactions.len();
        let paid = amount * i64::from(random.pick(&[0, 60, 80, 80, 100])) / 100;
        self.transactions.push(Transaction {
            id: format!("TRANS{:06}", number + 1),
            encounter,
            diagnosis: random.pick_weighted(CONDITIONS, |c| c.prevalence).diagnosis,
            amount: if is_mistake { -amount } else { amount },
            paid,
            paid_on: day + random.between(5, 90),
            payer: random.pick(PAYERS),
        });
        if random.chance(0.6) {
            let status =
                random.pick(&["Paid", "Paid", "Approved", "Denied", "Pending", "Rejected"]);
            let is_denied = matches!(status, "Denied" | "Rejected" | "Pending");
            self.claims.push(Claim {
                id: format!("CLAIM{:06}", self.claims.len() + 1),
                transaction: number,
                claimed_on: (day + random.between(1, 20)).min(DELIVERIES[1]),
                amount,
                paid: if is_denied { 0 } else { paid },
                status: if random.chance(0.01) { "Lost" } else { status },
            });
        }
    }
}

fn patient(random: &mut Random, place: u32) -> Patient {
    // One in twenty comes only in the second delivery's time.
    let since = if random.chance(0.05) {
        DELIVERIES[0] + random.between(1, 20)
    } else {
        Day::new(2024, 1, 2) + random.between(0, 270)
    };
    let mut addresses = vec![(since, address(random))];
    if random.chance(0.1) {
        addresses.push(((DELIVERIES[0] + random.between(21, 30)), address(random)));
    }
    Patient {
        id: format!("HOSP1-{:06}", place + 1),
        first_name: random.pick(FIRST_NAMES),
        last_name: random.pick(LAST_NAMES),
        // Numbers that begin with 9 are never given to anyone.
        ssn: format!(
            "9{:02}-{:02}-{:04}",
            random.between(0, 99),
            random.between(1, 99),
            random.between(1, 9999)
        ),
        phone: format!("555-01{:02}", random.between(0, 99)),
        gender: random.pick(&["Female", "Male"]),
        birth: (!random.chance(0.015)).then(|| Day::new(1935, 1, 1) + random.between(0, 29_000)),
        addresses,
    }
}

fn address(random: &mut Random) -> String {
    let street = random.pick(LAST_NAMES);
    format!(
        "{} {street} Street, Springfield, MA 011{:02}",
        random.between(1, 999),
        random.between(1, 29)
    )
}

fn provider(random: &mut Random, system: &System, place: u32) -> Provider {
    let base = if system.provider_prefix == "H1" {
        270_000_000
    } else {
        280_000_000
    };
    Provider {
        id: format!("PROV{:04}", place + 1),
        first_name: random.pick(FIRST_NAMES),
        last_name: random.pick(LAST_NAMES),
        specialty: random.pick(
            SPECIALTIES
                .iter()
                .map(|s| s.code)
                .collect::<Vec<_>>()
                .as_slice(),
        ),
        department: random.between(0, DEPARTMENTS.len() as i32 - 1) as usize,
        npi: npi_from_digits(base + place * 7),
    }
}
