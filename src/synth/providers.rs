//! The directory of providers: clinicians, hospitals and other organizations.
//!
//! Its file has the shape of an NPPES extract: one row per NPI, with entity
//! type 1 for people and 2 for organizations.

use std::collections::BTreeMap;

use super::day::Day;
use super::npi::npi_from_digits;
use super::random::{Random, exp};
use super::reference::{
    HOME_HEALTH, HOSPITAL, LABORATORY, SKILLED_NURSING, SPECIALTIES, STATES, SUPPLIER, State,
};
use super::{SynthFile, csv, domain};

#[derive(Clone)]
pub struct Provider {
    pub npi: String,
    /// `1` for a person, `2` for an organization.
    pub entity_type: &'static str,
    pub organization_name: String,
    pub last_name: &'static str,
    pub first_name: &'static str,
    pub credential: &'static str,
    pub specialty: &'static str,
    pub city: &'static str,
    pub state: &'static str,
    pub zip: String,
    pub enumerated_on: Day,
    /// How many times more often than average patients come back from here.
    pub readmission_factor: f64,
    /// How much more than average is charged and allowed here.
    pub price_factor: f64,
}

pub struct Directory {
    /// In the order of the tables; hospitals first within each state.
    pub providers: Vec<Provider>,
    places_by_npi: BTreeMap<String, usize>,
    /// By state, then by specialty.
    places_by_kind: BTreeMap<(&'static str, &'static str), Vec<usize>>,
}

/// How many hospitals a state has, for each multiple of the directory.
const HOSPITALS_PER_STATE: u32 = 2;
/// A directory that is this much larger for every so many beneficiaries.
const PATIENTS_PER_DIRECTORY: u32 = 10_000;

impl Directory {
    pub fn new(seed: u64, patients: u32) -> Self {
        let mut random = Random::stream(seed, domain::PROVIDERS, 0);
        let multiple = patients.div_ceil(PATIENTS_PER_DIRECTORY).max(1);
        let mut providers = Vec::new();
        for state in STATES {
            let mut add = |code: &'static str, credential: &'static str, number: u32| {
                for _ in 0..number {
                    let place = providers.len() as u32;
                    providers.push(draw(&mut random, state, code, credential, place));
                }
            };
            add(HOSPITAL, "", HOSPITALS_PER_STATE * multiple);
            for organization in [SKILLED_NURSING, HOME_HEALTH, LABORATORY, SUPPLIER] {
                add(organization, "", multiple);
            }
            for specialty in SPECIALTIES {
                add(
                    specialty.code,
                    specialty.credential,
                    specialty.per_state * multiple,
                );
            }
        }
        Self::of(providers)
    }

    fn of(providers: Vec<Provider>) -> Self {
        let mut places_by_npi = BTreeMap::new();
        let mut places_by_kind: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, provider) in providers.iter().enumerate() {
            places_by_npi.insert(provider.npi.clone(), place);
            let kind = (provider.state, provider.specialty);
            places_by_kind.entry(kind).or_default().push(place);
        }
        Self {
            providers,
            places_by_npi,
            places_by_kind,
        }
    }

    /// Lists the providers of a specialty in a state; there is at least one.
    pub fn in_state(&self, specialty: &'static str, state: &'static str) -> Vec<&Provider> {
        let places = self.places(specialty, state).iter();
        places.map(|place| &self.providers[*place]).collect()
    }

    /// Returns the provider with an NPI that was taken from here.
    pub fn with_npi(&self, npi: &str) -> &Provider {
        &self.providers[self.places_by_npi[npi]]
    }

    /// Picks a provider of a specialty in a state.
    pub fn pick(
        &self,
        random: &mut Random,
        specialty: &'static str,
        state: &'static str,
    ) -> &Provider {
        &self.providers[random.pick(self.places(specialty, state))]
    }

    fn places(&self, specialty: &'static str, state: &'static str) -> &[usize] {
        &self.places_by_kind[&(state, specialty)]
    }
}

fn draw(
    random: &mut Random,
    state: &'static State,
    specialty: &'static str,
    credential: &'static str,
    place: u32,
) -> Provider {
    let is_organization = credential.is_empty();
    let city = random.between(0, state.zip_prefixes.len() as i32 - 1) as usize;
    // Multiples of a number coprime with the width do not repeat. Real NPIs
    // start with 1; numbers that start with 2 are set aside but not in use, so
    // that none of these belongs to anyone.
    let nine_digits = 200_000_000 + (u64::from(place + 1) * 61_803_401 % 100_000_000) as u32;
    Provider {
        npi: npi_from_digits(nine_digits),
        entity_type: if is_organization { "2" } else { "1" },
        organization_name: if is_organization {
            organization_name(random, specialty, place)
        } else {
            String::new()
        },
        last_name: if is_organization {
            ""
        } else {
            random.pick(LAST_NAMES)
        },
        first_name: if is_organization {
            ""
        } else {
            random.pick(FIRST_NAMES)
        },
        credential,
        specialty,
        city: state.cities[city],
        state: state.code,
        zip: super::beneficiaries::draw_zip(random, state, city),
        enumerated_on: Day::new(2005, 5, 23) + random.between(0, 6_000),
        readmission_factor: 0.8 + 0.45 * random.unit(),
        price_factor: exp(0.12 * random.normal()),
    }
}

fn organization_name(random: &mut Random, specialty: &str, place: u32) -> String {
    // Names differ because consecutive organizations take consecutive words.
    let word = LANDSCAPES[place as usize % LANDSCAPES.len()];
    let feature = random.pick(FEATURES);
    let endings: &[&str] = match specialty {
        HOSPITAL => &[
            "Medical Center",
            "Community Hospital",
            "Regional Hospital",
            "General Hospital",
        ],
        SKILLED_NURSING => &["Skilled Nursing", "Care Center"],
        HOME_HEALTH => &["Home Health", "Visiting Nurses"],
        LABORATORY => &["Clinical Laboratory", "Diagnostics"],
        _ => &["Medical Supply", "Home Equipment"],
    };
    let ending = random.pick(endings);
    format!("{word} {feature} {ending}")
}

const LANDSCAPES: &[&str] = &[
    "Cedar", "Maple", "Juniper", "Willow", "Aspen", "Laurel", "Hazel", "Birch", "Sycamore",
    "Magnolia", "Alder", "Linden", "Hawthorn", "Chestnut", "Cypress", "Rowan", "Mulberry",
];

const FEATURES: &[&str] = &[
    "Ridge", "Valley", "Lake", "Grove", "Harbor", "Hill", "Brook", "Meadow", "Point", "Creek",
];

pub const FIRST_NAMES: &[&str] = &[
    "Amara", "Anita", "Ben", "Carla", "Chen", "Daniel", "Diego", "Elena", "Farah", "Grace", "Hana",
    "Ibrahim", "Isabel", "Jonas", "Julia", "Kofi", "Laura", "Marcus", "Mei", "Nadia", "Nina",
    "Omar", "Paula", "Priya", "Rafael", "Ruth", "Samuel", "Sofia", "Tomas", "Yuki",
];

pub const LAST_NAMES: &[&str] = &[
    "Abbott", "Alvarez", "Banerjee", "Becker", "Carter", "Castillo", "Dang", "Diallo", "Eriksen",
    "Farrell", "Garcia", "Hassan", "Hoffman", "Ishikawa", "Jensen", "Kaplan", "Khan", "Kowalski",
    "Lindgren", "Lopez", "Mensah", "Moreau", "Nakamura", "Novak", "Okafor", "Patel", "Petrov",
    "Quinn", "Reyes", "Rossi", "Sato", "Silva", "Tanaka", "Turner", "Vargas", "Weber", "Yilmaz",
    "Zhang",
];

/// Writes the directory as one CSV file.
pub fn file(directory: &Directory) -> SynthFile {
    let rows: Vec<&Provider> = directory.providers.iter().collect();
    csv::providers_file("landing/providers/providers.csv", &rows)
}
