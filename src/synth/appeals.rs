//! Appeals against denied claims, and how they ended.

use std::collections::BTreeMap;

use super::claims::Claim;
use super::csv::Csv;
use super::random::Random;
use super::{LAST_DELIVERY, SynthFile, domain};

const DENIED: &str = "denied";

/// Writes one row for each appeal, and the truth: how many claims there are, and
/// how many were denied, appealed and overturned.
pub fn files(seed: u64, claims: &[Claim]) -> [SynthFile; 2] {
    // A later version of a claim takes the place of an earlier one.
    let mut newest: BTreeMap<&str, &Claim> = BTreeMap::new();
    for claim in claims {
        let known = newest.entry(&claim.id).or_insert(claim);
        if claim.version > known.version {
            *known = claim;
        }
    }
    let mut csv = Csv::new(&["claim_id", "appealed_on", "decided_on", "outcome"]);
    let (mut denied, mut appealed, mut overturned) = (0_u32, 0_u32, 0_u32);
    for (id, claim) in &newest {
        if claim.status != DENIED {
            continue;
        }
        denied += 1;
        let number = id.parse().unwrap_or_default();
        let mut random = Random::stream(seed, domain::APPEALS, number);
        if !random.chance(0.4) {
            continue;
        }
        appealed += 1;
        let appealed_on = claim.delivered_on + random.between(3, 40);
        let decided_on = appealed_on + random.between(10, 60);
        let outcome = if decided_on > LAST_DELIVERY {
            "open"
        } else if random.chance(0.55) {
            overturned += 1;
            "overturned"
        } else {
            "upheld"
        };
        let decided_on = match outcome {
            "open" => String::new(),
            _ => decided_on.to_string(),
        };
        csv.row(&[id, &appealed_on.to_string(), &decided_on, outcome]);
    }
    let mut truth = Csv::new(&["claims", "denied", "appealed", "overturned"]);
    let counts = [newest.len() as u32, denied, appealed, overturned];
    let counts = counts.map(|count| count.to_string());
    truth.row(&counts.each_ref().map(String::as_str));
    [
        csv.into_file("claims_lake/appeals.csv"),
        truth.into_file("truth/denials.csv"),
    ]
}
