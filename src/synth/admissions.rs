//! Hospital stays: why, where, how long, and whether the patient came back.
//!
//! Transfers are separate rows, as they are separate claims: one hospital
//! discharges with status `02`, another admits on the same day or the next.

use super::beneficiaries::Beneficiary;
use super::day::Day;
use super::providers::{Directory, Provider};
use super::random::{Random, exp};
use super::reference::{DRGS, Drg, HOSPITAL, Planned, RESPIRATORY_SEASON, SEASON};
use super::{LAST_DAY, SynthFile, csv, delivery_after};

#[derive(Clone)]
pub struct Admission {
    pub id: String,
    pub beneficiary_id: String,
    pub hospital_npi: String,
    pub attending_npi: String,
    pub admitted_on: Day,
    pub discharged_on: Day,
    pub admission_type: &'static str,
    pub discharge_status: &'static str,
    pub drg: &'static str,
    pub diagnosis: &'static str,
    pub delivered_on: Day,
}

pub const EMERGENCY: &str = "1";
pub const URGENT: &str = "2";
pub const ELECTIVE: &str = "3";

pub const HOME: &str = "01";
pub const TRANSFERRED: &str = "02";
pub const TO_SKILLED_NURSING: &str = "03";
pub const TO_HOME_HEALTH: &str = "06";
pub const LEFT_AGAINST_ADVICE: &str = "07";
pub const DIED: &str = "20";
pub const TO_HOSPICE: &str = "50";

/// Admissions that no earlier stay explains, per person and year, for someone
/// of average frailty without chronic conditions.
const YEARLY_ADMISSIONS: f64 = 0.125;

/// Draws one beneficiary's stays, in order. A death in hospital becomes the
/// beneficiary's date of death.
pub fn draw(
    random: &mut Random,
    directory: &Directory,
    beneficiary: &mut Beneficiary,
) -> Vec<Admission> {
    let mut stays = Vec::new();
    let mut free_from = beneficiary.covered_from;
    for start in onsets(random, beneficiary) {
        if start < free_from || start > beneficiary.last_day() {
            continue;
        }
        let drg = draw_drg(random, beneficiary, start);
        let mut next = Some(Onset {
            day: start,
            drg,
            hospital: None,
            planned: None,
        });
        // A stay may lead to the next: a transfer or a readmission.
        while let Some(onset) = next.take() {
            let Some(outcome) = stay(random, directory, beneficiary, &onset, stays.len()) else {
                break;
            };
            free_from = outcome.admission.discharged_on + 31;
            next = outcome.next;
            stays.push(outcome.admission);
        }
    }
    stays
}

/// The start of a stay.
struct Onset {
    day: Day,
    drg: &'static Drg,
    /// The hospital's NPI, when it is known which.
    hospital: Option<String>,
    /// Whether the stay was agreed on beforehand; drawn when unknown.
    planned: Option<bool>,
}

struct Outcome {
    admission: Admission,
    next: Option<Onset>,
}

/// Lists the days on which something happens that needs a hospital, unless
/// the beneficiary is in one already.
fn onsets(random: &mut Random, beneficiary: &Beneficiary) -> Vec<Day> {
    let yearly = YEARLY_ADMISSIONS
        * exp(0.55 * beneficiary.frailty)
        * (1.0 + 0.34 * beneficiary.condition_count() as f64);
    let mut days = Vec::new();
    for year in [2023, 2024] {
        for month in 1..=12 {
            let season = SEASON[month as usize - 1];
            if random.chance(yearly / 12.0 * season) {
                days.push(Day::new(year, month, random.between(1, 28)));
            }
        }
    }
    days
}

fn draw_drg(random: &mut Random, beneficiary: &Beneficiary, day: Day) -> &'static Drg {
    let month = day.month() as usize - 1;
    random.pick_weighted(DRGS, |drg| {
        let seasonal = if drg.respiratory {
            RESPIRATORY_SEASON[month]
        } else {
            1.0
        };
        let because = match drg.condition {
            Some(condition) if beneficiary.has(condition) => 3.0,
            Some(_) => 0.45,
            None => 1.0,
        };
        drg.weight * seasonal * because
    })
}

/// Draws one stay and what follows from it. There is none when it would not
/// end within the time that is told.
fn stay(
    random: &mut Random,
    directory: &Directory,
    beneficiary: &mut Beneficiary,
    onset: &Onset,
    number: usize,
) -> Option<Outcome> {
    let drg = onset.drg;
    let hospital = choose_hospital(random, directory, beneficiary, onset.hospital.as_deref());
    let attending = directory.pick(random, drg.specialty, beneficiary.state.code);
    let days = (random.lognormal(drg.median_days, 0.55) + 0.5) as i32;
    let elective = onset.planned.unwrap_or_else(|| random.chance(drg.elective));
    let admission_type = if elective {
        ELECTIVE
    } else if random.chance(0.82) {
        EMERGENCY
    } else {
        URGENT
    };
    let age = onset.day.years_since(beneficiary.birth);
    let mortality = drg.mortality * (1.0 + f64::from(age - 75) * 0.03).clamp(0.3, 2.0);

    let mut discharged_on = onset.day + days.clamp(1, 45);
    let discharge_status = if beneficiary
        .death
        .is_some_and(|death| death <= discharged_on)
    {
        discharged_on = beneficiary.last_day().max(onset.day);
        DIED
    } else if random.chance(mortality) {
        DIED
    } else if !elective && days >= 2 && random.chance(0.03) {
        discharged_on = onset.day + 1;
        TRANSFERRED
    } else {
        let frail = if days > 5 { 2.2 } else { 1.0 };
        random
            .pick_weighted(
                &[
                    (HOME, 0.62),
                    (TO_SKILLED_NURSING, 0.14 * frail),
                    (TO_HOME_HEALTH, 0.18),
                    (LEFT_AGAINST_ADVICE, 0.012),
                    (TO_HOSPICE, 0.02 * frail),
                ],
                |status| status.1,
            )
            .0
    };
    if discharged_on > LAST_DAY {
        return None;
    }
    if discharge_status == DIED {
        beneficiary.death = Some(discharged_on);
    }

    let next = match discharge_status {
        DIED => None,
        TRANSFERRED => Some(Onset {
            day: discharged_on + random.between(0, 1),
            drg,
            hospital: Some(other_hospital(random, directory, hospital).npi.clone()),
            planned: Some(false),
        }),
        _ => draw_return(random, beneficiary, drg, hospital, discharged_on),
    };
    let admission = Admission {
        id: format!("A{:07}{:02}", beneficiary.index, number + 1),
        beneficiary_id: beneficiary.id.clone(),
        hospital_npi: hospital.npi.clone(),
        attending_npi: attending.npi.clone(),
        admitted_on: onset.day,
        discharged_on,
        admission_type,
        discharge_status,
        drg: drg.code,
        diagnosis: random.pick(drg.diagnoses),
        // Stays are delivered when they are coded, some six weeks later.
        delivered_on: delivery_after(discharged_on + 45),
    };
    let next = next.filter(|next| next.day <= beneficiary.last_day());
    Some(Outcome { admission, next })
}

fn choose_hospital<'a>(
    random: &mut Random,
    directory: &'a Directory,
    beneficiary: &Beneficiary,
    wanted: Option<&str>,
) -> &'a Provider {
    let hospitals = directory.in_state(HOSPITAL, beneficiary.state.code);
    let nearest = hospitals[beneficiary.city % hospitals.len()];
    match wanted {
        Some(npi) => hospitals
            .iter()
            .find(|hospital| hospital.npi == npi)
            .copied()
            .unwrap_or(nearest),
        None if random.chance(0.7) => nearest,
        None => random.pick(&hospitals),
    }
}

fn other_hospital<'a>(
    random: &mut Random,
    directory: &'a Directory,
    hospital: &Provider,
) -> &'a Provider {
    let others: Vec<&Provider> = directory
        .in_state(HOSPITAL, hospital.state)
        .into_iter()
        .filter(|other| other.npi != hospital.npi)
        .collect();
    random.pick(&others)
}

/// Draws whether and why the patient is back within about a month.
fn draw_return(
    random: &mut Random,
    beneficiary: &Beneficiary,
    drg: &'static Drg,
    hospital: &Provider,
    discharged_on: Day,
) -> Option<Onset> {
    let conditions = beneficiary.condition_count() as f64;
    let unplanned = drg.readmission * hospital.readmission_factor * (0.72 + 0.09 * conditions);
    if random.chance(unplanned.min(0.5)) {
        // Squaring makes early returns more frequent than late ones.
        let late = random.unit();
        let day = discharged_on + 1 + (29.0 * late * late) as i32;
        let drg = if random.chance(0.4) && drg.planned == Planned::Never {
            drg
        } else {
            draw_drg(random, beneficiary, day)
        };
        let hospital = random.chance(0.8).then(|| hospital.npi.clone());
        return Some(Onset {
            day,
            drg,
            hospital,
            planned: Some(false),
        });
    }
    if random.chance(0.025) {
        let plannable = |drg: &Drg| {
            if drg.planned == Planned::Never {
                0.0
            } else {
                drg.weight
            }
        };
        return Some(Onset {
            day: discharged_on + random.between(7, 40),
            drg: random.pick_weighted(DRGS, plannable),
            hospital: None,
            planned: Some(true),
        });
    }
    None
}

/// Writes one CSV file for each quarter of discharge.
pub fn quarterly_files(admissions: &[Admission]) -> Vec<SynthFile> {
    let mut files = Vec::new();
    for year in [2023, 2024] {
        for quarter in 1..=4 {
            let mut rows: Vec<&Admission> = admissions
                .iter()
                .filter(|admission| {
                    let (discharge_year, month, _) = admission.discharged_on.civil();
                    discharge_year == year && (month - 1) / 3 + 1 == quarter
                })
                .collect();
            rows.sort_by_key(|admission| (admission.discharged_on, &admission.id));
            let path = format!("landing/admissions/admissions_{year}_q{quarter}.csv");
            files.push(csv::admissions_file(&path, &rows));
        }
    }
    files
}
