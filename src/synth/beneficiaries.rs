//! Beneficiaries: who they are, how long they are covered, how ill they are.
//!
//! Their files are yearly summaries, as CMS's beneficiary summary files are:
//! one row for each year in which someone was covered.

use super::day::Day;
use super::parquet::{Column, Values, write_parquet};
use super::random::{Random, exp};
use super::reference::{CONDITIONS, STATES, State};
use super::{FIRST_DAY, LAST_DAY, SynthFile, delivery_after};

pub struct Beneficiary {
    /// Its place in the population, from which its claims' ids follow.
    pub index: u32,
    /// Sixteen hexadecimal digits.
    pub id: String,
    pub birth: Day,
    pub death: Option<Day>,
    pub sex: &'static str,
    pub race: &'static str,
    pub state: &'static State,
    /// The place within the state's tables, which says which hospital is near.
    pub city: usize,
    pub zip: String,
    /// The postal code after a move, if there was one, at the end of 2023.
    pub new_zip: Option<String>,
    pub covered_from: Day,
    pub end_stage_renal: bool,
    /// For each of [`CONDITIONS`], the first year in which it is known.
    pub conditions: [Option<i32>; CONDITIONS.len()],
    /// The logarithm of how much more care than others this person needs.
    pub frailty: f64,
    /// Whose primary payer an employer's plan is, while still working.
    pub has_employer_plan: bool,
}

impl Beneficiary {
    /// Returns the last day on which something can happen.
    pub fn last_day(&self) -> Day {
        self.death.map_or(LAST_DAY, |death| death.min(LAST_DAY))
    }

    pub fn has(&self, condition: usize) -> bool {
        self.conditions[condition].is_some()
    }

    pub fn condition_count(&self) -> usize {
        self.conditions.iter().flatten().count()
    }
}

pub fn draw(random: &mut Random, index: u32) -> Beneficiary {
    let id = format!("{:016X}", random.next_u64());
    let (birth, covered_from) = draw_birth_and_coverage(random);
    let age = FIRST_DAY.years_since(birth);
    let decades_over_70 = f64::from(age.max(50) - 70) / 10.0;
    let frailty = 0.7 * random.normal();

    let state = random.pick_weighted(STATES, |state| state.weight);
    let city = random.between(0, state.zip_prefixes.len() as i32 - 1) as usize;
    let zip = draw_zip(random, state, city);
    let new_zip = random.chance(0.02).then(|| draw_zip(random, state, city));

    let mut conditions = [None; CONDITIONS.len()];
    for (known_since, condition) in conditions.iter_mut().zip(CONDITIONS) {
        let prevalence =
            condition.prevalence * exp(condition.age_slope * decades_over_70 + 0.7 * frailty);
        if random.chance(prevalence.min(0.85)) {
            *known_since = Some(if random.chance(0.12) { 2024 } else { 2023 });
        }
    }
    let end_stage_renal = random.chance(if conditions[2].is_some() { 0.04 } else { 0.001 });

    // About 4.5 % of beneficiaries die in a year.
    let yearly_mortality = (0.021 * exp(0.75 * decades_over_70 + 0.6 * frailty)).min(0.6);
    let death = [2023, 2024].into_iter().find_map(|year| {
        let day = Day::new(year, 1, 1) + random.between(0, 364);
        (random.chance(yearly_mortality) && day > covered_from + 30).then_some(day)
    });

    Beneficiary {
        index,
        id,
        birth,
        death,
        sex: if random.chance(0.55) { "2" } else { "1" },
        race: random
            .pick_weighted(
                &[("1", 78.0), ("2", 11.0), ("3", 4.0), ("5", 7.0)],
                |race| race.1,
            )
            .0,
        state,
        city,
        zip,
        new_zip,
        covered_from,
        end_stage_renal,
        conditions,
        frailty,
        has_employer_plan: (65..70).contains(&age) && random.chance(0.15),
    }
}

/// Most have been covered since before the first day; some turn 65 later, and
/// some are younger and covered because of a disability.
fn draw_birth_and_coverage(random: &mut Random) -> (Day, Day) {
    let kind = random.unit();
    if kind < 0.06 {
        let birthday = FIRST_DAY + random.between(1, 700);
        let (year, month, day) = birthday.civil();
        // Coverage starts with the month of the birthday.
        let birth = Day::new(year - 65, month, day.min(28));
        (birth, Day::new(year, month, 1))
    } else {
        let age = if kind < 0.17 {
            random.between(34, 63)
        } else {
            // Fewer and fewer people with every year over 65.
            let years = random.between(0, 18) + random.between(0, 14);
            65 + years
        };
        let birth = Day::new(FIRST_DAY.year() - age, 1, 1) + -random.between(1, 364);
        (birth, FIRST_DAY)
    }
}

/// Returns a five-digit postal code, leading zero included.
pub fn draw_zip(random: &mut Random, state: &State, city: usize) -> String {
    format!("{}{:02}", state.zip_prefixes[city], random.between(1, 89))
}

/// Writes one Parquet file a year.
pub fn yearly_files(beneficiaries: &[Beneficiary]) -> Vec<SynthFile> {
    [2023, 2024]
        .into_iter()
        .map(|year| {
            let rows: Vec<Summary> = beneficiaries
                .iter()
                .filter_map(|beneficiary| Summary::of(beneficiary, year))
                .collect();
            summary_file(
                &format!("landing/beneficiaries/beneficiaries_{year}.parquet"),
                rows,
            )
        })
        .collect()
}

/// One row of a yearly file.
#[derive(Clone)]
pub struct Summary {
    pub beneficiary_id: Option<String>,
    pub year: i32,
    pub birth: Day,
    pub death: Option<Day>,
    pub sex: &'static str,
    pub race: &'static str,
    pub state: &'static str,
    pub zip: String,
    pub end_stage_renal: bool,
    pub covered_months: i32,
    pub conditions: [bool; CONDITIONS.len()],
    pub delivered_on: Day,
}

impl Summary {
    /// Returns nothing when the beneficiary was not covered in the year.
    pub fn of(beneficiary: &Beneficiary, year: i32) -> Option<Self> {
        let first = beneficiary.covered_from.max(Day::new(year, 1, 1));
        let last = beneficiary.last_day().min(Day::new(year, 12, 31));
        if first > last {
            return None;
        }
        let moved = beneficiary.new_zip.as_ref().filter(|_| year > 2023);
        Some(Self {
            beneficiary_id: Some(beneficiary.id.clone()),
            year,
            birth: beneficiary.birth,
            // A year's file does not know what happened later.
            death: beneficiary.death.filter(|death| *death <= last),
            sex: beneficiary.sex,
            race: beneficiary.race,
            state: beneficiary.state.code,
            zip: moved.unwrap_or(&beneficiary.zip).clone(),
            end_stage_renal: beneficiary.end_stage_renal,
            covered_months: last.month() - first.month() + 1,
            conditions: beneficiary
                .conditions
                .map(|known_since| known_since.is_some_and(|known_since| known_since <= year)),
            delivered_on: delivery_after(Day::new(year + 1, 2, 1)),
        })
    }
}

pub fn summary_file(path: &str, rows: Vec<Summary>) -> SynthFile {
    let text = |value: fn(&Summary) -> &str| {
        Values::Text(rows.iter().map(|row| Some(value(row).to_owned())).collect())
    };
    let mut columns = vec![
        (
            "beneficiary_id",
            Values::Text(rows.iter().map(|row| row.beneficiary_id.clone()).collect()),
        ),
        (
            "summary_year",
            Values::Integer(rows.iter().map(|row| Some(row.year)).collect()),
        ),
        (
            "birth_date",
            Values::Date(rows.iter().map(|row| Some(row.birth)).collect()),
        ),
        (
            "death_date",
            Values::Date(rows.iter().map(|row| row.death).collect()),
        ),
        ("sex_code", text(|row| row.sex)),
        ("race_code", text(|row| row.race)),
        ("state_code", text(|row| row.state)),
        ("zip_code", text(|row| &row.zip)),
        (
            "has_end_stage_renal_disease",
            Values::Boolean(rows.iter().map(|row| Some(row.end_stage_renal)).collect()),
        ),
        (
            "covered_months",
            Values::Integer(rows.iter().map(|row| Some(row.covered_months)).collect()),
        ),
    ];
    for (place, condition) in CONDITIONS.iter().enumerate() {
        let values = rows.iter().map(|row| Some(row.conditions[place])).collect();
        columns.push((condition.column, Values::Boolean(values)));
    }
    columns.push((
        "delivered_on",
        Values::Date(rows.iter().map(|row| Some(row.delivered_on)).collect()),
    ));
    let columns: Vec<Column> = columns
        .into_iter()
        .map(|(name, values)| Column { name, values })
        .collect();
    SynthFile {
        path: path.to_owned(),
        contents: write_parquet(&columns),
    }
}
