//! Claims: what stays, conditions and ordinary life lead providers to bill.
//!
//! A claim has one line. It is processed some weeks after the service and
//! reaches the warehouse with the next monthly delivery. When it is adjusted
//! later, it is delivered again, whole, with the next version number.

use super::admissions::{
    Admission, EMERGENCY, TO_HOME_HEALTH, TO_HOSPICE, TO_SKILLED_NURSING, TRANSFERRED,
};
use super::beneficiaries::Beneficiary;
use super::day::Day;
use super::providers::{Directory, Provider};
use super::random::{Random, exp};
use super::reference::{
    CONDITIONS, COPD, DIABETES, DRGS, HOME_HEALTH, HOSPITAL, LABORATORY, SKILLED_NURSING,
    SPECIALTIES, SUPPLIER, Specialty, VISIT_SEASON, price_level, specialty,
};
use super::{LAST_DAY, LAST_DELIVERY, SynthFile, csv, delivery_after};

#[derive(Clone)]
pub struct Claim {
    /// Fifteen digits.
    pub id: String,
    pub version: u32,
    pub beneficiary_id: String,
    /// CMS's NCH claim type code.
    pub claim_type: &'static str,
    pub service_from: Day,
    pub service_thru: Day,
    pub rendering_npi: String,
    pub admission_id: String,
    /// On claims of professionals and suppliers.
    pub place_of_service: &'static str,
    /// On claims of institutions: the revenue center.
    pub revenue_code: &'static str,
    pub drg: &'static str,
    pub hcpcs: &'static str,
    pub principal_diagnosis: &'static str,
    pub secondary_diagnosis: &'static str,
    pub primary_payer: &'static str,
    pub status: &'static str,
    /// All amounts are in cents.
    pub submitted: i64,
    pub allowed: i64,
    pub paid: i64,
    pub delivered_on: Day,
}

// NCH claim type codes.
pub const HOME_HEALTH_CLAIM: &str = "10";
pub const SKILLED_NURSING_CLAIM: &str = "20";
pub const OUTPATIENT_CLAIM: &str = "40";
pub const HOSPICE_CLAIM: &str = "50";
pub const INPATIENT_CLAIM: &str = "60";
pub const CARRIER_CLAIM: &str = "71";
pub const EQUIPMENT_CLAIM: &str = "82";

const PAID: &str = "paid";
const DENIED: &str = "denied";
const ADJUSTED: &str = "adjusted";
const PENDING: &str = "pending";

const MEDICARE: &str = "Z";
const EMPLOYER_PLAN: &str = "A";

/// About the standardized operating and capital payment for a stay of
/// relative weight 1, in dollars.
const INPATIENT_BASE: f64 = 6_900.0;
/// The inpatient deductible of 2023 and 2024, in cents.
const INPATIENT_DEDUCTIBLE: [i64; 2] = [160_000, 163_200];

/// What a claim is about, before it is priced and processed.
struct Service<'a> {
    provider: &'a Provider,
    claim_type: &'static str,
    from: Day,
    thru: Day,
    place_of_service: &'static str,
    revenue_code: &'static str,
    drg: &'static str,
    hcpcs: &'static str,
    diagnosis: &'static str,
    admission: Option<&'a Admission>,
    /// In dollars.
    allowed: f64,
    /// The share of the allowed amount that the patient owes.
    coinsurance: f64,
    /// In cents, taken before the coinsurance.
    deductible: i64,
}

/// Draws one beneficiary's claims, in the order of service.
pub fn draw(
    random: &mut Random,
    directory: &Directory,
    beneficiary: &Beneficiary,
    stays: &[Admission],
) -> Vec<Claim> {
    let mut services = Services {
        random,
        directory,
        beneficiary,
        list: Vec::new(),
    };
    for (number, stay) in stays.iter().enumerate() {
        let earlier = number.checked_sub(1).map(|earlier| &stays[earlier]);
        services.of_stay(stay, earlier);
    }
    for year in [2023, 2024] {
        for month in 1..=12 {
            services.of_month(year, month);
        }
    }
    let mut list = services.list;
    // Nothing is billed for someone who is in hospital, not yet covered or
    // no longer alive, except what belongs to the stay itself.
    list.retain(|service| {
        service.from >= beneficiary.covered_from
            && service.thru <= beneficiary.last_day()
            && (service.admission.is_some()
                || !stays.iter().any(|stay| {
                    stay.admitted_on <= service.from && service.from < stay.discharged_on
                }))
    });
    list.sort_by_key(|service| service.from);

    let mut claims = Vec::with_capacity(list.len() + 1);
    for (number, service) in list.iter().enumerate() {
        process(random, beneficiary, service, number, &mut claims);
    }
    claims
}

/// Collects what one beneficiary receives.
struct Services<'a, 'r> {
    random: &'r mut Random,
    directory: &'a Directory,
    beneficiary: &'a Beneficiary,
    list: Vec<Service<'a>>,
}

impl<'a> Services<'a, '_> {
    /// The facility, the clinicians, and the care that follows discharge.
    fn of_stay(&mut self, stay: &'a Admission, earlier: Option<&Admission>) {
        let drg = DRGS
            .iter()
            .find(|drg| drg.code == stay.drg)
            .expect("stays take their DRG from the table");
        // A new deductible is owed when the last stay is 60 days ago.
        let in_benefit_period =
            earlier.is_some_and(|earlier| stay.admitted_on - earlier.discharged_on <= 60);
        let transferred = stay.discharge_status == TRANSFERRED;
        let allowed = INPATIENT_BASE
            * drg.payment_weight
            * if transferred { 0.55 } else { 1.0 }
            * self.random.lognormal(1.0, 0.08);
        let hospital = self.directory.with_npi(&stay.hospital_npi);
        let intensive = self.random.chance(0.2);
        self.list.push(Service {
            claim_type: INPATIENT_CLAIM,
            thru: stay.discharged_on,
            revenue_code: if intensive { "0200" } else { "0120" },
            drg: stay.drg,
            admission: Some(stay),
            deductible: if in_benefit_period {
                0
            } else {
                INPATIENT_DEDUCTIBLE[usize::from(stay.discharged_on.year() > 2023)]
            },
            ..Service::new(hospital, stay.admitted_on, stay.diagnosis, allowed)
        });

        if stay.admission_type == EMERGENCY {
            let emergency = self.pick("93");
            self.visit_in_hospital(emergency, stay, "23");
        }
        let attending = self.directory.with_npi(&stay.attending_npi);
        for _ in 0..=(stay.discharged_on - stay.admitted_on) / 6 {
            self.visit_in_hospital(attending, stay, "21");
        }
        self.after_discharge(stay);
    }

    fn visit_in_hospital(
        &mut self,
        clinician: &'a Provider,
        stay: &'a Admission,
        place_of_service: &'static str,
    ) {
        let specialty = specialty(clinician.specialty);
        let allowed = self
            .random
            .lognormal(specialty.median_allowed * 1.3, specialty.sigma);
        self.list.push(Service {
            claim_type: CARRIER_CLAIM,
            place_of_service,
            admission: Some(stay),
            coinsurance: 0.2,
            ..Service::new(clinician, stay.admitted_on, stay.diagnosis, allowed)
        });
    }

    fn after_discharge(&mut self, stay: &'a Admission) {
        let from = stay.discharged_on;
        match stay.discharge_status {
            TO_SKILLED_NURSING => {
                let days = self.random.between(8, 38);
                let daily = self.random.lognormal(470.0, 0.15);
                let facility = self.pick(SKILLED_NURSING);
                self.list.push(Service {
                    claim_type: SKILLED_NURSING_CLAIM,
                    thru: from + days,
                    revenue_code: "0022",
                    ..Service::new(facility, from, stay.diagnosis, daily * f64::from(days))
                });
            }
            TO_HOME_HEALTH => {
                let thru = from + self.random.between(25, 30);
                let allowed = self.random.lognormal(1_950.0, 0.3);
                let agency = self.pick(HOME_HEALTH);
                self.list.push(Service {
                    claim_type: HOME_HEALTH_CLAIM,
                    thru,
                    revenue_code: "0551",
                    hcpcs: "G0299",
                    ..Service::new(agency, from + 1, stay.diagnosis, allowed)
                });
            }
            TO_HOSPICE => {
                let days = self.random.between(3, 30);
                let daily = self.random.lognormal(205.0, 0.1);
                let agency = self.pick(HOME_HEALTH);
                self.list.push(Service {
                    claim_type: HOSPICE_CLAIM,
                    thru: from + days,
                    revenue_code: "0651",
                    hcpcs: "Q5001",
                    ..Service::new(agency, from, stay.diagnosis, daily * f64::from(days))
                });
            }
            _ => {}
        }
    }

    /// What someone receives without being in hospital.
    fn of_month(&mut self, year: i32, month: i32) {
        let beneficiary = self.beneficiary;
        let conditions = beneficiary.condition_count() as f64;
        let need = VISIT_SEASON[month as usize - 1] * exp(0.3 * beneficiary.frailty);

        for _ in 0..self.random.count((0.11 + 0.048 * conditions) * need) {
            let day = self.day_in(year, month);
            self.office_visit(day);
        }
        for _ in 0..self.random.count((0.030 + 0.016 * conditions) * need) {
            let day = self.day_in(year, month);
            self.laboratory(day);
        }
        for _ in 0..self.random.count((0.024 + 0.013 * conditions) * need) {
            let day = self.day_in(year, month);
            self.outpatient(day);
        }
        if beneficiary.has(COPD) && self.random.chance(0.20) {
            let day = self.day_in(year, month);
            self.equipment(day, "E1390", CONDITIONS[COPD].diagnosis, 118.0);
        }
        if beneficiary.has(DIABETES) && self.random.chance(0.10) {
            let day = self.day_in(year, month);
            self.equipment(day, "A4253", CONDITIONS[DIABETES].diagnosis, 34.0);
        }
    }

    fn office_visit(&mut self, day: Day) {
        // Half of the visits of the chronically ill follow up a condition.
        let known: Vec<usize> = (0..CONDITIONS.len())
            .filter(|condition| self.beneficiary.has(*condition))
            .collect();
        let (specialty, diagnosis) = if !known.is_empty() && self.random.chance(0.55) {
            let condition = &CONDITIONS[self.random.pick(&known)];
            let code = if self.random.chance(0.5) {
                condition.specialty
            } else {
                "11"
            };
            (specialty(code), condition.diagnosis)
        } else {
            let specialty = self.random.pick_weighted(SPECIALTIES, |s| s.visit_weight);
            (specialty, self.random.pick(specialty.diagnoses))
        };
        let allowed = self
            .random
            .lognormal(specialty.median_allowed, specialty.sigma);
        let hcpcs = self.service_code(specialty);
        let clinician = self.pick(specialty.code);
        let at_hospital = self.random.chance(0.15);
        self.list.push(Service {
            claim_type: CARRIER_CLAIM,
            place_of_service: if at_hospital { "22" } else { "11" },
            hcpcs,
            coinsurance: 0.2,
            ..Service::new(clinician, day, diagnosis, allowed)
        });
    }

    /// Most visits are billed with codes that are not free to publish; their
    /// claims leave the code empty.
    fn service_code(&mut self, specialty: &'static Specialty) -> &'static str {
        if specialty.services.is_empty() || !self.random.chance(0.4) {
            return "";
        }
        self.random.pick(specialty.services)
    }

    fn laboratory(&mut self, day: Day) {
        let diagnosis = self.reason();
        let allowed = self.random.lognormal(27.0, 0.6);
        let laboratory = self.pick(LABORATORY);
        self.list.push(Service {
            claim_type: CARRIER_CLAIM,
            place_of_service: "81",
            hcpcs: "P9603",
            ..Service::new(laboratory, day, diagnosis, allowed)
        });
    }

    fn outpatient(&mut self, day: Day) {
        let diagnosis = self.reason();
        let (revenue_code, hcpcs, median, sigma) = *self.random.pick_weighted(
            &[
                ("0510", "G0463", 128.0, 0.25),
                ("0450", "G0380", 410.0, 0.60),
                ("0320", "", 235.0, 0.80),
                ("0360", "", 1_450.0, 0.80),
                ("0335", "J9271", 2_900.0, 0.60),
            ],
            |kind| match kind.0 {
                "0510" => 0.40,
                "0450" => 0.22,
                "0320" => 0.24,
                "0360" => 0.10,
                _ => 0.04,
            },
        );
        let allowed = self.random.lognormal(median, sigma);
        let hospitals = self
            .directory
            .in_state(HOSPITAL, self.beneficiary.state.code);
        let hospital = hospitals[self.beneficiary.city % hospitals.len()];
        self.list.push(Service {
            claim_type: OUTPATIENT_CLAIM,
            revenue_code,
            hcpcs,
            coinsurance: 0.2,
            ..Service::new(hospital, day, diagnosis, allowed)
        });
    }

    fn equipment(&mut self, day: Day, hcpcs: &'static str, diagnosis: &'static str, median: f64) {
        let allowed = self.random.lognormal(median, 0.25);
        let supplier = self.pick(SUPPLIER);
        self.list.push(Service {
            claim_type: EQUIPMENT_CLAIM,
            place_of_service: "12",
            hcpcs,
            coinsurance: 0.2,
            ..Service::new(supplier, day, diagnosis, allowed)
        });
    }

    /// A diagnosis that this beneficiary may be seen for.
    fn reason(&mut self) -> &'static str {
        let known: Vec<&'static str> = CONDITIONS
            .iter()
            .zip(&self.beneficiary.conditions)
            .filter_map(|(condition, since)| since.map(|_| condition.diagnosis))
            .collect();
        if !known.is_empty() && self.random.chance(0.6) {
            return self.random.pick(&known);
        }
        self.random
            .pick(&["Z0000", "I10", "E785", "R079", "R0602", "M5450"])
    }

    fn pick(&mut self, specialty: &'static str) -> &'a Provider {
        self.directory
            .pick(self.random, specialty, self.beneficiary.state.code)
    }

    fn day_in(&mut self, year: i32, month: i32) -> Day {
        Day::new(year, month, self.random.between(1, 28))
    }
}

impl<'a> Service<'a> {
    fn new(provider: &'a Provider, from: Day, diagnosis: &'static str, allowed: f64) -> Self {
        Self {
            provider,
            claim_type: "",
            from,
            thru: from,
            place_of_service: "",
            revenue_code: "",
            drg: "",
            hcpcs: "",
            diagnosis,
            admission: None,
            allowed: allowed * price_level(provider.state) * provider.price_factor,
            coinsurance: 0.0,
            deductible: 0,
        }
    }
}

/// Prices a service and decides what becomes of its claim.
fn process(
    random: &mut Random,
    beneficiary: &Beneficiary,
    service: &Service<'_>,
    number: usize,
    claims: &mut Vec<Claim>,
) {
    let allowed = ((service.allowed * 100.0) as i64).max(500);
    // Charges are a multiple of what is allowed, most of all in hospitals.
    let markup = if service.revenue_code.is_empty() {
        1.9
    } else {
        3.6
    };
    let submitted =
        allowed + (allowed as f64 * (random.lognormal(markup, 0.3) - 1.0)).max(0.0) as i64;
    let has_employer_plan = beneficiary.has_employer_plan;
    let delivered_on = delivery_after(service.thru + 4 + random.count(14.0) as i32);
    // Not all of the newest claims are decided.
    let status = if delivered_on > LAST_DAY + 31 && random.chance(0.3) {
        PENDING
    } else if random.chance(0.042) {
        DENIED
    } else {
        PAID
    };
    let mut claim = Claim {
        id: claim_id(beneficiary.index, number),
        version: 1,
        beneficiary_id: beneficiary.id.clone(),
        claim_type: service.claim_type,
        service_from: service.from,
        service_thru: service.thru,
        rendering_npi: service.provider.npi.clone(),
        admission_id: service
            .admission
            .map(|stay| stay.id.clone())
            .unwrap_or_default(),
        place_of_service: service.place_of_service,
        revenue_code: service.revenue_code,
        drg: service.drg,
        hcpcs: service.hcpcs,
        principal_diagnosis: service.diagnosis,
        secondary_diagnosis: secondary_diagnosis(random, beneficiary, service.diagnosis),
        primary_payer: if has_employer_plan {
            EMPLOYER_PLAN
        } else {
            MEDICARE
        },
        status,
        submitted,
        allowed: if status == PAID { allowed } else { 0 },
        paid: 0,
        delivered_on,
    };
    claim.paid = payment(&claim, service);
    claims.push(claim.clone());

    if status == PAID && claim.delivered_on < LAST_DELIVERY && random.chance(0.03) {
        claim.version = 2;
        claim.status = ADJUSTED;
        claim.allowed = (allowed as f64 * (0.55 + 0.6 * random.unit())) as i64;
        claim.submitted = submitted.max(claim.allowed);
        claim.paid = payment(&claim, service);
        claim.delivered_on = delivery_after(claim.delivered_on + random.between(0, 60));
        claims.push(claim);
    }
}

/// What Medicare pays: the allowed amount less what the patient owes, and a
/// fifth of it when another payer comes first.
fn payment(claim: &Claim, service: &Service<'_>) -> i64 {
    let after_deductible = (claim.allowed - service.deductible).max(0);
    let owed = (after_deductible as f64 * service.coinsurance) as i64;
    let paid = after_deductible - owed;
    if claim.primary_payer == MEDICARE {
        paid
    } else {
        paid / 5
    }
}

fn secondary_diagnosis(
    random: &mut Random,
    beneficiary: &Beneficiary,
    principal: &str,
) -> &'static str {
    let others: Vec<&'static str> = CONDITIONS
        .iter()
        .zip(&beneficiary.conditions)
        .filter(|(condition, since)| since.is_some() && condition.diagnosis != principal)
        .map(|(condition, _)| condition.diagnosis)
        .collect();
    if others.is_empty() || random.chance(0.4) {
        return "";
    }
    random.pick(&others)
}

/// Returns fifteen digits that look arbitrary and never repeat: a multiple of
/// a number coprime with ten is a permutation of the numbers below 10^15.
pub fn claim_id(beneficiary: u32, number: usize) -> String {
    let place = u128::from(beneficiary) * 100_000 + number as u128 + 1;
    format!(
        "{:015}",
        place * 618_033_988_749_897 % 1_000_000_000_000_000
    )
}

/// Writes one CSV file for each monthly delivery.
pub fn monthly_files(claims: &[Claim]) -> Vec<SynthFile> {
    let mut rows: Vec<&Claim> = claims.iter().collect();
    rows.sort_by(|a, b| {
        (a.delivered_on, &a.id, a.version).cmp(&(b.delivered_on, &b.id, b.version))
    });
    rows.chunk_by(|a, b| a.delivered_on == b.delivered_on)
        .map(|delivery| {
            let (year, month, _) = delivery[0].delivered_on.civil();
            let path = format!("landing/claims/claims_{year}_{month:02}.csv");
            csv::claims_file(&path, delivery)
        })
        .collect()
}
