//! The codes that generated records use, and how often and how dear they are.
//!
//! Codes are those of CMS and of the public parts of its standards: MS-DRGs
//! (fiscal years 2023 and 2024), Medicare specialty codes (Claims Processing
//! Manual, chapter 26), ICD-10-CM diagnoses and HCPCS level II. HCPCS level I
//! is CPT, which belongs to the AMA and does not occur. Frequencies, weights
//! and amounts are rounded figures of the right size, not measurements. The
//! reference project's seeds hold what people call these codes.

/// A state in which beneficiaries and providers live.
pub struct State {
    pub code: &'static str,
    /// First three digits of postal codes that are used in the state.
    pub zip_prefixes: &'static [&'static str],
    pub cities: &'static [&'static str],
    /// Share of the beneficiaries, in relation to the other states.
    pub weight: f64,
    /// How payments differ from the average, as wage indices do.
    pub price_level: f64,
}

pub const STATES: &[State] = &[
    State {
        code: "CA",
        zip_prefixes: &["900", "921", "941", "958"],
        cities: &["Los Angeles", "San Diego", "San Francisco", "Sacramento"],
        weight: 24.0,
        price_level: 1.18,
    },
    State {
        code: "FL",
        zip_prefixes: &["331", "328", "336"],
        cities: &["Miami", "Orlando", "Tampa"],
        weight: 20.0,
        price_level: 0.97,
    },
    State {
        code: "MA",
        zip_prefixes: &["021", "016", "011"],
        cities: &["Boston", "Worcester", "Springfield"],
        weight: 11.0,
        price_level: 1.14,
    },
    State {
        code: "NJ",
        zip_prefixes: &["071", "073", "086"],
        cities: &["Newark", "Jersey City", "Trenton"],
        weight: 12.0,
        price_level: 1.09,
    },
    State {
        code: "OH",
        zip_prefixes: &["432", "441", "452"],
        cities: &["Columbus", "Cleveland", "Cincinnati"],
        weight: 14.0,
        price_level: 0.91,
    },
    State {
        code: "TX",
        zip_prefixes: &["770", "752", "787"],
        cities: &["Houston", "Dallas", "Austin"],
        weight: 19.0,
        price_level: 0.95,
    },
];

/// The price level of a state by its code.
pub fn price_level(state_code: &str) -> f64 {
    STATES
        .iter()
        .find(|state| state.code == state_code)
        .map_or(1.0, |state| state.price_level)
}

/// A chronic condition that a beneficiary file has a column for.
pub struct Condition {
    pub column: &'static str,
    pub diagnosis: &'static str,
    /// Share of all beneficiaries who have it.
    pub prevalence: f64,
    /// How much the share rises with every ten years over 70.
    pub age_slope: f64,
    /// The specialty that follows it up.
    pub specialty: &'static str,
}

pub const ALZHEIMERS: usize = 0;
pub const CANCER: usize = 1;
pub const KIDNEY_DISEASE: usize = 2;
pub const COPD: usize = 3;
pub const DIABETES: usize = 5;
pub const HEART_FAILURE: usize = 6;
pub const ISCHEMIC_HEART: usize = 7;
pub const STROKE: usize = 10;

/// The eleven conditions of CMS's synthetic beneficiary files.
#[rustfmt::skip]
pub const CONDITIONS: &[Condition] = &[
    Condition { column: "has_alzheimers", diagnosis: "G309", prevalence: 0.08, age_slope: 0.60, specialty: "13" },
    Condition { column: "has_cancer", diagnosis: "C3490", prevalence: 0.07, age_slope: 0.10, specialty: "83" },
    Condition { column: "has_kidney_disease", diagnosis: "N1830", prevalence: 0.19, age_slope: 0.30, specialty: "39" },
    Condition { column: "has_copd", diagnosis: "J449", prevalence: 0.11, age_slope: 0.15, specialty: "29" },
    Condition { column: "has_depression", diagnosis: "F32A", prevalence: 0.16, age_slope: -0.10, specialty: "26" },
    Condition { column: "has_diabetes", diagnosis: "E119", prevalence: 0.25, age_slope: 0.05, specialty: "46" },
    Condition { column: "has_heart_failure", diagnosis: "I509", prevalence: 0.12, age_slope: 0.35, specialty: "06" },
    Condition { column: "has_ischemic_heart", diagnosis: "I2510", prevalence: 0.23, age_slope: 0.25, specialty: "06" },
    Condition { column: "has_osteoporosis", diagnosis: "M810", prevalence: 0.07, age_slope: 0.25, specialty: "11" },
    Condition { column: "has_arthritis", diagnosis: "M1990", prevalence: 0.30, age_slope: 0.10, specialty: "20" },
    Condition { column: "has_stroke", diagnosis: "I639", prevalence: 0.04, age_slope: 0.30, specialty: "13" },
];

/// A clinician's specialty, or the kind of an organization.
pub struct Specialty {
    pub code: &'static str,
    pub credential: &'static str,
    /// Clinicians per state, for each multiple of the directory.
    pub per_state: u32,
    /// Share of office visits that no chronic condition explains.
    pub visit_weight: f64,
    /// Median allowed amount of a visit, in dollars.
    pub median_allowed: f64,
    /// Deviation of the logarithm of the allowed amount.
    pub sigma: f64,
    pub diagnoses: &'static [&'static str],
    /// HCPCS level II codes that its claims may carry.
    pub services: &'static [&'static str],
}

#[rustfmt::skip]
pub const SPECIALTIES: &[Specialty] = &[
    Specialty { code: "02", credential: "MD", per_state: 1, visit_weight: 2.0, median_allowed: 210.0, sigma: 0.80, diagnoses: &["K4090", "K8020", "L723"], services: &[] },
    Specialty { code: "06", credential: "MD", per_state: 2, visit_weight: 5.0, median_allowed: 165.0, sigma: 0.75, diagnoses: &["I10", "R079", "I4891"], services: &["G0422"] },
    Specialty { code: "07", credential: "MD", per_state: 1, visit_weight: 6.0, median_allowed: 105.0, sigma: 0.60, diagnoses: &["L570", "L820", "L219"], services: &["G0460"] },
    Specialty { code: "08", credential: "DO", per_state: 4, visit_weight: 26.0, median_allowed: 92.0, sigma: 0.40, diagnoses: &["Z0000", "I10", "E785", "J069", "M5450"], services: &["G0438", "G0439", "G0008", "G0444"] },
    Specialty { code: "11", credential: "MD", per_state: 4, visit_weight: 24.0, median_allowed: 98.0, sigma: 0.42, diagnoses: &["Z0000", "I10", "E785", "K219", "R0789"], services: &["G0439", "G0008", "G0009", "G0442"] },
    Specialty { code: "13", credential: "MD", per_state: 1, visit_weight: 2.0, median_allowed: 150.0, sigma: 0.60, diagnoses: &["G2581", "R42", "G629"], services: &["J0585"] },
    Specialty { code: "18", credential: "MD", per_state: 1, visit_weight: 8.0, median_allowed: 175.0, sigma: 0.95, diagnoses: &["H2513", "H401110", "H353130"], services: &["G0117", "J0178"] },
    Specialty { code: "20", credential: "MD", per_state: 1, visit_weight: 5.0, median_allowed: 185.0, sigma: 0.80, diagnoses: &["M1711", "M5450", "M75100"], services: &["J7325"] },
    Specialty { code: "26", credential: "MD", per_state: 1, visit_weight: 3.0, median_allowed: 122.0, sigma: 0.35, diagnoses: &["F411", "F329", "F0390"], services: &["G0444"] },
    Specialty { code: "29", credential: "MD", per_state: 1, visit_weight: 2.0, median_allowed: 148.0, sigma: 0.55, diagnoses: &["J449", "R0602", "G4733"], services: &["G0237"] },
    Specialty { code: "39", credential: "MD", per_state: 1, visit_weight: 1.0, median_allowed: 195.0, sigma: 0.65, diagnoses: &["N1830", "N179", "I129"], services: &["G0420", "J0881"] },
    Specialty { code: "46", credential: "MD", per_state: 1, visit_weight: 2.0, median_allowed: 135.0, sigma: 0.45, diagnoses: &["E119", "E039", "E785"], services: &["G0108"] },
    Specialty { code: "50", credential: "NP", per_state: 2, visit_weight: 13.0, median_allowed: 79.0, sigma: 0.38, diagnoses: &["I10", "J069", "N390", "Z0000"], services: &["G0439", "G0008", "G2012"] },
    Specialty { code: "83", credential: "MD", per_state: 1, visit_weight: 1.0, median_allowed: 520.0, sigma: 1.15, diagnoses: &["C3490", "C50919", "C61", "D509"], services: &["J9271", "J9305", "J1561", "J2506"] },
    Specialty { code: "93", credential: "MD", per_state: 1, visit_weight: 0.0, median_allowed: 182.0, sigma: 0.35, diagnoses: &["R079", "R0602", "R55"], services: &[] },
    Specialty { code: "C6", credential: "MD", per_state: 2, visit_weight: 0.0, median_allowed: 148.0, sigma: 0.40, diagnoses: &[], services: &[] },
];

/// The specialty with this code, which is one of the table above.
pub fn specialty(code: &str) -> &'static Specialty {
    SPECIALTIES
        .iter()
        .find(|specialty| specialty.code == code)
        .expect("specialty codes in these tables are defined in these tables")
}

pub const HOSPITAL: &str = "A0";
pub const SKILLED_NURSING: &str = "A1";
pub const HOME_HEALTH: &str = "A4";
pub const SUPPLIER: &str = "54";
pub const LABORATORY: &str = "69";

/// How soon readmissions are wanted: the kinds of the planned readmission
/// algorithm, as far as a DRG can tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    Never,
    /// Planned when the admission is elective.
    Potentially,
    Always,
}

/// A reason for a hospital stay.
pub struct Drg {
    pub code: &'static str,
    /// Relative frequency among admissions.
    pub weight: f64,
    /// CMS's relative weight, which multiplies the base payment; rounded.
    pub payment_weight: f64,
    /// Median length of stay in days.
    pub median_days: f64,
    /// Share of admissions that are elective.
    pub elective: f64,
    /// Share of stays that end in death.
    pub mortality: f64,
    /// Chance of an unplanned stay within 30 days of discharge.
    pub readmission: f64,
    pub planned: Planned,
    /// The chronic condition that makes it more likely.
    pub condition: Option<usize>,
    /// More frequent in winter.
    pub respiratory: bool,
    /// The specialty that attends the stay.
    pub specialty: &'static str,
    pub diagnoses: &'static [&'static str],
}

#[rustfmt::skip]
pub const DRGS: &[Drg] = &[
    Drg { code: "064", weight: 2.2, payment_weight: 2.02, median_days: 4.6, elective: 0.00, mortality: 0.10, readmission: 0.125, planned: Planned::Never, condition: Some(STROKE), respiratory: false, specialty: "13", diagnoses: &["I6340", "I639", "I619"] },
    Drg { code: "065", weight: 2.8, payment_weight: 1.02, median_days: 3.1, elective: 0.00, mortality: 0.03, readmission: 0.105, planned: Planned::Never, condition: Some(STROKE), respiratory: false, specialty: "13", diagnoses: &["I639", "I6350"] },
    Drg { code: "189", weight: 2.4, payment_weight: 1.19, median_days: 3.9, elective: 0.00, mortality: 0.08, readmission: 0.170, planned: Planned::Never, condition: Some(COPD), respiratory: true, specialty: "29", diagnoses: &["J9601", "J9621", "J810"] },
    Drg { code: "190", weight: 3.4, payment_weight: 1.12, median_days: 3.7, elective: 0.00, mortality: 0.03, readmission: 0.185, planned: Planned::Never, condition: Some(COPD), respiratory: true, specialty: "29", diagnoses: &["J441", "J440"] },
    Drg { code: "191", weight: 1.8, payment_weight: 0.88, median_days: 3.0, elective: 0.00, mortality: 0.01, readmission: 0.165, planned: Planned::Never, condition: Some(COPD), respiratory: true, specialty: "29", diagnoses: &["J441", "J449"] },
    Drg { code: "193", weight: 4.0, payment_weight: 1.31, median_days: 4.3, elective: 0.00, mortality: 0.07, readmission: 0.150, planned: Planned::Never, condition: None, respiratory: true, specialty: "C6", diagnoses: &["J189", "J159", "J129"] },
    Drg { code: "194", weight: 2.8, payment_weight: 0.86, median_days: 3.2, elective: 0.00, mortality: 0.02, readmission: 0.130, planned: Planned::Never, condition: None, respiratory: true, specialty: "C6", diagnoses: &["J189", "J181"] },
    Drg { code: "235", weight: 0.9, payment_weight: 5.96, median_days: 8.8, elective: 0.45, mortality: 0.02, readmission: 0.110, planned: Planned::Potentially, condition: Some(ISCHEMIC_HEART), respiratory: false, specialty: "06", diagnoses: &["I25110", "I2510"] },
    Drg { code: "280", weight: 3.0, payment_weight: 1.62, median_days: 4.1, elective: 0.00, mortality: 0.05, readmission: 0.160, planned: Planned::Never, condition: Some(ISCHEMIC_HEART), respiratory: false, specialty: "06", diagnoses: &["I214", "I2119", "I2109"] },
    Drg { code: "291", weight: 7.2, payment_weight: 1.27, median_days: 4.0, elective: 0.02, mortality: 0.04, readmission: 0.205, planned: Planned::Never, condition: Some(HEART_FAILURE), respiratory: true, specialty: "06", diagnoses: &["I5023", "I5033", "I110"] },
    Drg { code: "292", weight: 2.6, payment_weight: 0.90, median_days: 3.2, elective: 0.02, mortality: 0.02, readmission: 0.180, planned: Planned::Never, condition: Some(HEART_FAILURE), respiratory: true, specialty: "06", diagnoses: &["I5032", "I509"] },
    Drg { code: "308", weight: 3.0, payment_weight: 1.20, median_days: 3.6, elective: 0.08, mortality: 0.02, readmission: 0.135, planned: Planned::Never, condition: Some(ISCHEMIC_HEART), respiratory: false, specialty: "06", diagnoses: &["I4891", "I480", "I4719"] },
    Drg { code: "377", weight: 2.6, payment_weight: 1.80, median_days: 4.4, elective: 0.01, mortality: 0.04, readmission: 0.145, planned: Planned::Never, condition: None, respiratory: false, specialty: "C6", diagnoses: &["K922", "K921", "K2211"] },
    Drg { code: "392", weight: 3.4, payment_weight: 0.77, median_days: 2.7, elective: 0.02, mortality: 0.00, readmission: 0.120, planned: Planned::Never, condition: None, respiratory: false, specialty: "C6", diagnoses: &["K529", "K5730", "R1110"] },
    Drg { code: "460", weight: 1.4, payment_weight: 3.88, median_days: 2.6, elective: 0.92, mortality: 0.00, readmission: 0.060, planned: Planned::Potentially, condition: None, respiratory: false, specialty: "20", diagnoses: &["M48061", "M4316"] },
    Drg { code: "470", weight: 4.6, payment_weight: 1.89, median_days: 1.9, elective: 0.90, mortality: 0.00, readmission: 0.045, planned: Planned::Potentially, condition: None, respiratory: false, specialty: "20", diagnoses: &["M1711", "M1611", "M1712"] },
    Drg { code: "481", weight: 2.6, payment_weight: 2.13, median_days: 4.3, elective: 0.02, mortality: 0.02, readmission: 0.100, planned: Planned::Never, condition: None, respiratory: false, specialty: "20", diagnoses: &["S72001A", "S72141A"] },
    Drg { code: "603", weight: 2.4, payment_weight: 0.85, median_days: 3.2, elective: 0.01, mortality: 0.00, readmission: 0.115, planned: Planned::Never, condition: Some(DIABETES), respiratory: false, specialty: "C6", diagnoses: &["L03115", "L03116"] },
    Drg { code: "638", weight: 2.0, payment_weight: 0.91, median_days: 3.0, elective: 0.01, mortality: 0.00, readmission: 0.160, planned: Planned::Never, condition: Some(DIABETES), respiratory: false, specialty: "C6", diagnoses: &["E1165", "E1110", "E11649"] },
    Drg { code: "682", weight: 3.6, payment_weight: 1.48, median_days: 4.3, elective: 0.01, mortality: 0.05, readmission: 0.180, planned: Planned::Never, condition: Some(KIDNEY_DISEASE), respiratory: false, specialty: "39", diagnoses: &["N179", "N170", "I120"] },
    Drg { code: "690", weight: 3.0, payment_weight: 0.80, median_days: 3.1, elective: 0.01, mortality: 0.00, readmission: 0.140, planned: Planned::Never, condition: Some(ALZHEIMERS), respiratory: false, specialty: "C6", diagnoses: &["N390", "N10"] },
    Drg { code: "847", weight: 0.8, payment_weight: 1.32, median_days: 3.2, elective: 0.95, mortality: 0.01, readmission: 0.150, planned: Planned::Always, condition: Some(CANCER), respiratory: false, specialty: "83", diagnoses: &["Z5111"] },
    Drg { code: "871", weight: 7.6, payment_weight: 1.91, median_days: 4.9, elective: 0.00, mortality: 0.12, readmission: 0.165, planned: Planned::Never, condition: None, respiratory: true, specialty: "C6", diagnoses: &["A419", "A4151", "A4101"] },
    Drg { code: "885", weight: 1.4, payment_weight: 1.25, median_days: 6.6, elective: 0.02, mortality: 0.00, readmission: 0.140, planned: Planned::Never, condition: Some(ALZHEIMERS), respiratory: false, specialty: "26", diagnoses: &["F329", "F03918"] },
    Drg { code: "945", weight: 1.0, payment_weight: 1.40, median_days: 9.5, elective: 0.80, mortality: 0.00, readmission: 0.090, planned: Planned::Always, condition: Some(STROKE), respiratory: false, specialty: "C6", diagnoses: &["Z5189"] },
];

/// How much more often people fall ill in each month, January first.
pub const SEASON: [f64; 12] = [
    1.14, 1.08, 1.05, 1.00, 0.96, 0.93, 0.92, 0.94, 0.97, 1.00, 0.98, 1.03,
];

/// The same for respiratory illness.
pub const RESPIRATORY_SEASON: [f64; 12] = [
    1.60, 1.45, 1.20, 0.98, 0.84, 0.72, 0.66, 0.68, 0.78, 0.92, 1.05, 1.32,
];

/// How many office visits there are in each month: few around holidays.
pub const VISIT_SEASON: [f64; 12] = [
    1.06, 1.00, 1.08, 1.02, 1.02, 0.98, 0.90, 0.97, 0.99, 1.08, 0.98, 0.86,
];
