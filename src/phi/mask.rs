//! Masks: what a model's column is rewritten with before anybody reads it.
//!
//! A masked model's query becomes the inner part of another one, which puts the
//! mask in the column's place: `select * replace (... as ssn) from (...)`. So
//! the column keeps its name and its place, and what the mask does stands in
//! the compiled SQL, where it is recognised like anything else.

use std::collections::BTreeMap;

use serde_json::Value;

use super::declared::mask_of;
use super::recognise::RESTRICTED_ZIP3;
use crate::adapter::quote_identifier;
use crate::diagnostics::suggest;
use crate::parse::{Node, ResourceType};

/// The session's variable that holds the salt: the salt itself is in no text.
pub const SALT_VARIABLE: &str = "hcdbt_phi_salt";
/// The environment variables that the salt may come from, the first that is set.
pub const SALT_FROM: [&str; 2] = ["HCDBT_PHI_SALT", "DBT_ENV_SECRET_PHI_SALT"];
/// A salt that is shorter can be guessed.
pub const SHORTEST_SALT: usize = 16;

/// What a column is rewritten with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    Hash,
    Null,
    Redact,
    Year,
    Zip3,
    Age,
}

const MASKS: [(&str, Mask); 6] = [
    ("hash", Mask::Hash),
    ("null", Mask::Null),
    ("redact", Mask::Redact),
    ("year", Mask::Year),
    ("zip3", Mask::Zip3),
    ("age", Mask::Age),
];

impl Mask {
    /// The words that `mask:` takes.
    pub const NAMES: [&'static str; 6] = ["hash", "null", "redact", "year", "zip3", "age"];

    /// Reads `mask:`.
    ///
    /// # Errors
    ///
    /// What is wrong with the word.
    pub fn of(written: &Value) -> Result<Self, String> {
        let word = match written {
            Value::String(word) => word.to_ascii_lowercase(),
            other => other.to_string(),
        };
        let found = MASKS.iter().find(|(name, _)| *name == word);
        found.map(|(_, mask)| *mask).ok_or_else(|| {
            let nearest = suggest::nearest(&word, Self::NAMES);
            let nearest = nearest.map(|nearest| format!(", did you mean `{nearest}`?"));
            format!("there is no mask `{word}`{}", nearest.unwrap_or_default())
        })
    }

    /// Writes the mask of a column, a name with its quotes.
    fn sql(self, column: &str) -> String {
        match self {
            Self::Hash => {
                let key = format!("cast(getvariable('{SALT_VARIABLE}') as varchar)");
                let text = format!("cast({column} as varchar)");
                // Twice, as in HMAC, so that nobody can go on from a hash.
                format!("sha256({key} || sha256({key} || {text}))")
            }
            // It keeps the column's type.
            Self::Null => format!("case when false then {column} end"),
            Self::Redact => format!("case when {column} is not null then '***' end"),
            Self::Year => format!("cast(year(cast({column} as date)) as integer)"),
            Self::Zip3 => {
                let three = format!("left(cast({column} as varchar), 3)");
                let list = RESTRICTED_ZIP3.join("', '");
                format!(
                    "case when not regexp_full_match(cast({column} as varchar), \
                     '[0-9]{{5}}(-?[0-9]{{4}})?') then null \
                     when {three} in ('{list}') then '000' else {three} end"
                )
            }
            Self::Age => format!("least({column}, 90)"),
        }
    }
}

/// Returns the salt of the environment.
pub fn salt(env: &BTreeMap<String, String>) -> Option<&str> {
    let mut found = SALT_FROM.iter().filter_map(|name| env.get(*name));
    let salt = found.find(|salt| !salt.trim().is_empty())?;
    Some(salt)
}

/// Puts the masks of a model's columns around its query; none when it has none.
///
/// # Errors
///
/// Why a mask cannot be made: it is none, or the salt is missing or too short.
pub fn masked_query(
    node: &Node,
    sql: &str,
    env: &BTreeMap<String, String>,
) -> Result<Option<String>, String> {
    if node.resource_type != ResourceType::Model {
        return Ok(None);
    }
    let mut masks = Vec::new();
    for column in node.columns.values() {
        if let Some(written) = mask_of(column) {
            let mask = Mask::of(written);
            let mask = mask.map_err(|problem| format!("column `{}`: {problem}", column.name))?;
            masks.push((column.name.clone(), mask));
        }
    }
    if masks.is_empty() {
        return Ok(None);
    }
    let is_salted = salt(env).is_some_and(|salt| salt.chars().count() >= SHORTEST_SALT);
    if !is_salted && masks.iter().any(|(_, mask)| *mask == Mask::Hash) {
        return Err(format!(
            "`mask: hash` needs a salt of {SHORTEST_SALT} characters or more in the environment \
             variable {}",
            SALT_FROM[0]
        ));
    }
    Ok(Some(masked(sql, &masks)))
}

/// Puts masks around a query.
fn masked(sql: &str, masks: &[(String, Mask)]) -> String {
    let columns = masks.iter().map(|(column, mask)| {
        let column = quote_identifier(column);
        format!("{} as {column}", mask.sql(&column))
    });
    let columns: Vec<String> = columns.collect();
    format!(
        "select * replace (\n    {}\n) from (\n{sql}\n) as hcdbt_masked",
        columns.join(",\n    ")
    )
}
