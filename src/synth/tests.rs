use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::admissions::{DIED, TRANSFERRED};
use super::day::Day;
use super::parquet::{Column, Values, write_parquet};
use super::random::{Random, exp};
use super::*;
use crate::files::{DiskWorld, World};

const SMALL: SynthOptions = SynthOptions {
    patients: 40,
    seed: 1,
    defects: true,
};

#[test]
fn the_check_digit_of_an_npi_is_right() {
    assert!(is_valid_npi("1234567893"));
    assert!(!is_valid_npi("1234567890"));
    assert!(!is_valid_npi("1243567893"));
    assert!(!is_valid_npi("123456789"));
    assert!(!is_valid_npi("12345678934"));
    assert!(!is_valid_npi("12345678é3"));
    assert!(!is_valid_npi(&npi_from_digits(323_456_789)));
    assert_eq!(npi_from_digits(123_456_789), "1234567893");
    assert_eq!(npi_from_digits(0), "0000000006");
}

#[test]
fn every_provider_has_a_different_valid_npi_that_is_not_in_use() {
    let directory = Directory::new(3, 200_000);
    let npis: BTreeSet<&str> = directory
        .providers
        .iter()
        .map(|provider| provider.npi.as_str())
        .collect();
    assert_eq!(npis.len(), directory.providers.len());
    for npi in npis {
        assert!(is_valid_npi(npi) && npi.starts_with('2'), "{npi}");
    }
}

#[test]
fn the_same_options_give_the_same_bytes() {
    assert_eq!(generate(&SMALL), generate(&SMALL));
}

#[test]
fn another_seed_gives_other_data() {
    let other = SynthOptions { seed: 2, ..SMALL };
    // How tables are loaded and what codes there are is the same everywhere.
    let is_fixed = |path: &str| {
        path.ends_with("load_config.csv")
            || path.ends_with("cpt_codes.csv")
            || path.ends_with("departments.csv")
    };
    let files = generate(&SMALL);
    let others = generate(&other);
    let pairs = files.iter().zip(&others);
    for (one, another) in pairs.filter(|(one, _)| !is_fixed(&one.path)) {
        assert_ne!(one.contents, another.contents, "{}", one.path);
    }
}

#[test]
fn more_patients_leave_the_first_ones_as_they_were() {
    let few = Population::simulate(&SMALL);
    let more = Population::simulate(&SynthOptions {
        patients: 60,
        ..SMALL
    });
    let ids = |population: &Population| -> Vec<String> {
        let mut ids: Vec<String> = population
            .claims
            .iter()
            .map(|claim| claim.id.clone())
            .collect();
        ids.truncate(few.claims.len());
        ids
    };
    assert_eq!(ids(&few), ids(&more));
}

#[test]
fn few_patients_or_none_are_no_problem() {
    for patients in 0..4 {
        generate(&SynthOptions {
            patients,
            seed: 5,
            defects: true,
        });
    }
}

#[test]
fn committed_files_are_what_the_generator_makes() {
    let project = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("project/data");
    let committed: BTreeSet<String> = DiskWorld::default()
        .walk(&project)
        .unwrap()
        .into_iter()
        .map(|entry| {
            entry
                .path
                .strip_prefix(&project)
                .unwrap()
                .as_str()
                .replace('\\', "/")
        })
        .collect();
    let generated: BTreeMap<String, Vec<u8>> = generate(&SynthOptions {
        defects: true,
        ..SynthOptions::default()
    })
    .into_iter()
    .map(|file| (file.path, file.contents))
    .collect();
    assert_eq!(committed, generated.keys().cloned().collect());
    for (path, contents) in generated {
        let on_disk = DiskWorld::default()
            .read_bytes(&project.join(&path))
            .unwrap();
        assert!(on_disk == contents, "{path} differs");
    }
}

#[test]
fn every_code_is_explained_by_a_seed() {
    let population = Population::simulate(&SynthOptions::default());
    let seed = |name: &str| -> BTreeSet<String> {
        let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("seeds/{name}.csv"));
        let text = DiskWorld::default().read(&path).unwrap();
        text.lines()
            .skip(1)
            .filter_map(|line| line.split(',').next())
            .map(str::to_owned)
            .collect()
    };
    let check = |name: &str, codes: BTreeSet<&str>| {
        let known = seed(name);
        for code in codes {
            assert!(known.contains(code), "`{code}` is not in {name}.csv");
        }
    };
    let Population {
        directory,
        admissions,
        claims,
        ..
    } = &population;
    check("drgs", admissions.iter().map(|stay| stay.drg).collect());
    check(
        "discharge_statuses",
        admissions
            .iter()
            .map(|stay| stay.discharge_status)
            .collect(),
    );
    check(
        "claim_types",
        claims.iter().map(|claim| claim.claim_type).collect(),
    );
    check(
        "places_of_service",
        claims
            .iter()
            .map(|claim| claim.place_of_service)
            .filter(|code| !code.is_empty())
            .collect(),
    );
    check(
        "payers",
        claims.iter().map(|claim| claim.primary_payer).collect(),
    );
    check(
        "specialties",
        directory
            .providers
            .iter()
            .map(|provider| provider.specialty)
            .collect(),
    );
    check(
        "states",
        directory
            .providers
            .iter()
            .map(|provider| provider.state)
            .collect(),
    );
}

#[test]
fn hospitals_see_between_10_and_25_percent_again() {
    let population = Population::simulate(&SynthOptions::default());
    let mut returns = 0;
    let mut discharges = 0;
    for (place, stay) in population.admissions.iter().enumerate() {
        if [DIED, TRANSFERRED].contains(&stay.discharge_status) {
            continue;
        }
        discharges += 1;
        let next = population
            .admissions
            .get(place + 1)
            .filter(|next| next.beneficiary_id == stay.beneficiary_id);
        returns += i32::from(next.is_some_and(|next| next.admitted_on - stay.discharged_on <= 30));
    }
    let rate = f64::from(returns) / f64::from(discharges);
    assert!((0.10..0.25).contains(&rate), "{rate}");
}

#[test]
fn a_few_cost_much_more_than_most() {
    let population = Population::simulate(&SynthOptions::default());
    let mut costs: BTreeMap<&str, i64> = BTreeMap::new();
    for claim in &population.claims {
        *costs.entry(&claim.beneficiary_id).or_default() += claim.allowed;
    }
    let mut costs: Vec<i64> = costs.into_values().collect();
    costs.sort_unstable();
    let mean = costs.iter().sum::<i64>() / costs.len() as i64;
    let median = costs[costs.len() / 2];
    assert!(mean > 2 * median, "mean {mean}, median {median}");
}

#[test]
fn nothing_happens_after_death() {
    let population = Population::simulate(&SynthOptions {
        patients: 800,
        ..SMALL
    });
    let deaths: BTreeMap<&str, Day> = population
        .beneficiaries
        .iter()
        .filter_map(|beneficiary| Some((beneficiary.id.as_str(), beneficiary.death?)))
        .collect();
    assert!(!deaths.is_empty());
    for claim in &population.claims {
        if let Some(death) = deaths.get(claim.beneficiary_id.as_str()) {
            assert!(claim.service_thru <= *death, "claim {}", claim.id);
        }
    }
    for stay in &population.admissions {
        if let Some(death) = deaths.get(stay.beneficiary_id.as_str()) {
            assert!(stay.discharged_on <= *death, "admission {}", stay.id);
        }
    }
}

#[test]
fn amounts_are_in_order() {
    let population = Population::simulate(&SMALL);
    for claim in &population.claims {
        assert!(
            0 <= claim.paid && claim.paid <= claim.allowed && claim.allowed <= claim.submitted,
            "claim {}: submitted {}, allowed {}, paid {}",
            claim.id,
            claim.submitted,
            claim.allowed,
            claim.paid
        );
    }
}

#[test]
fn days_and_dates_agree() {
    assert_eq!(Day::new(1970, 1, 1), Day(0));
    assert_eq!(Day::new(2000, 2, 29), Day(11_016));
    for day in -800_000..800_000 {
        let (year, month, of_month) = Day(day).civil();
        assert_eq!(Day::new(year, month, of_month), Day(day));
    }
    assert_eq!(Day::new(2024, 12, 9).in_next_month(5), Day::new(2025, 1, 5));
    assert_eq!(Day::new(2024, 2, 28).years_since(Day::new(1950, 2, 28)), 74);
    assert_eq!(Day::new(2024, 2, 27).years_since(Day::new(1950, 2, 28)), 73);
}

#[test]
fn exp_is_as_exact_as_the_platforms() {
    for step in -600..600 {
        let x = f64::from(step) / 60.0;
        let relative = (exp(x) / x.exp() - 1.0).abs();
        assert!(relative < 1e-14, "exp({x}) is off by {relative}");
    }
}

#[test]
fn random_numbers_are_those_of_the_published_algorithm() {
    let mut random = Random {
        state: [1, 2, 3, 4],
    };
    let numbers: Vec<u64> = (0..4).map(|_| random.next_u64()).collect();
    assert_eq!(
        numbers,
        [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240]
    );
}

#[test]
fn random_numbers_have_the_right_mean_and_spread() {
    let mut random = Random::stream(1, 0, 0);
    let numbers: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
    let mean = numbers.iter().sum::<f64>() / 20_000.0;
    let variance = numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 20_000.0;
    assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05);
    let count: u32 = (0..20_000).map(|_| random.count(1.5)).sum();
    assert!((f64::from(count) / 20_000.0 - 1.5).abs() < 0.05);
}

#[test]
fn a_parquet_file_has_its_parts() {
    let file = write_parquet(&[Column {
        name: "x",
        values: Values::Integer(vec![Some(7), None, Some(-1)]),
    }]);
    assert!(file.starts_with(b"PAR1") && file.ends_with(b"PAR1"));
    let footer = file.len() - 8;
    let metadata = u32::from_le_bytes(file[footer..footer + 4].try_into().unwrap()) as usize;
    assert!(metadata < footer);
    // The page: which of the three values are there, and the two that are.
    let page: &[u8] = &[2, 0, 0, 0, 3, 0b101, 7, 0, 0, 0, 255, 255, 255, 255];
    assert!(file.windows(page.len()).any(|window| window == page));
}
