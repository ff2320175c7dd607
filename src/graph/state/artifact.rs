//! Artifacts of an earlier command, read back.

use camino::Utf8Path;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::upgrade::upgrade;
use crate::diagnostics::Diagnostic;
use crate::files::World;

/// The sections of a manifest that hold what can be selected.
const SECTIONS: &[&str] = &[
    "nodes",
    "sources",
    "exposures",
    "metrics",
    "semantic_models",
    "unit_tests",
    "saved_queries",
    "functions",
];

/// The manifests that can be compared with: dbt 1.0 wrote version 4.
const MANIFEST_VERSIONS: std::ops::RangeInclusive<u32> = 4..=12;
const RESULTS_VERSIONS: std::ops::RangeInclusive<u32> = 4..=6;

/// Reads one artifact as JSON, none when the file is not there.
pub fn read(
    world: &dyn World,
    file: &Utf8Path,
    shown: &Utf8Path,
) -> Result<Option<Value>, Diagnostic> {
    if !world.exists(file) {
        return Ok(None);
    }
    let text = world
        .read(file)
        .map_err(|error| unreadable(shown, &error.to_string()))?;
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| unreadable(shown, &error.to_string()))
}

fn unreadable(shown: &Utf8Path, error: &str) -> Diagnostic {
    Diagnostic::error(
        "unreadable-state",
        format!("`{shown}` cannot be read: {error}"),
    )
    .hint("make it anew, or name another folder with `--state`")
}

/// Returns the version of an artifact, and refuses a form that is not known.
fn check_version(
    value: &Value,
    kind: &str,
    known: std::ops::RangeInclusive<u32>,
    shown: &Utf8Path,
) -> Result<u32, Diagnostic> {
    let schema = value
        .get("metadata")
        .and_then(|metadata| metadata.get("dbt_schema_version"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let version = schema
        .rsplit_once(&format!("{kind}/v"))
        .and_then(|(_, rest)| rest.strip_suffix(".json"))
        .and_then(|digits| digits.parse().ok());
    if let Some(version) = version.filter(|version| known.contains(version)) {
        return Ok(version);
    }
    let (first, last) = (known.start(), known.end());
    Err(Diagnostic::error(
        "incompatible-state",
        format!(
            "Expected a schema version of \"{kind}/v{last}\" in {shown}, but found \"{schema}\". \
             Are you running with a different version of dbt?"
        ),
    )
    .hint(format!(
        "versions {first} to {last} can be read; make the artifact anew"
    )))
}

/// A manifest that an earlier command has written.
#[derive(Debug)]
pub struct PreviousManifest {
    value: Value,
}

impl PreviousManifest {
    /// Takes a manifest's JSON.
    ///
    /// # Errors
    ///
    /// A manifest of a version that is not known.
    pub fn new(mut value: Value, shown: &Utf8Path) -> Result<Self, Diagnostic> {
        let version = check_version(&value, "manifest", MANIFEST_VERSIONS, shown)?;
        upgrade(&mut value, version);
        Ok(Self { value })
    }

    /// Returns a resource in the manifest's form.
    pub fn get(&self, id: &str) -> Option<&Value> {
        let sections = SECTIONS.iter();
        sections
            .filter_map(|name| self.value.get(name))
            .find_map(|section| section.get(id))
    }

    /// Returns a section: `nodes`, `macros`.
    pub fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        let map = self.value.get(name).and_then(Value::as_object);
        map.into_iter()
            .flatten()
            .map(|(id, value)| (id.as_str(), value))
    }

    /// Returns a macro.
    pub fn get_macro(&self, id: &str) -> Option<&Value> {
        self.value.get("macros")?.get(id)
    }
}

/// The results that an earlier command has written.
#[derive(Debug, Clone, Default)]
pub struct PreviousResults {
    pub results: Vec<PreviousResult>,
    /// The flags of that command, by dbt's names in lower case.
    pub args: Map<String, Value>,
    pub generated_at: Option<jiff::Timestamp>,
    pub started_at: Option<jiff::Timestamp>,
}

/// What became of one node then.
#[derive(Debug, Clone)]
pub struct PreviousResult {
    pub unique_id: String,
    pub status: String,
    /// Batches of event time, from and until, that were written.
    pub successful_batches: Vec<(jiff::Timestamp, jiff::Timestamp)>,
    pub failed_batches: Vec<(jiff::Timestamp, jiff::Timestamp)>,
}

impl PreviousResults {
    /// Reads the JSON of `run_results.json`.
    ///
    /// # Errors
    ///
    /// Results of a version that is not known.
    pub fn new(value: Value, shown: &Utf8Path) -> Result<Self, Diagnostic> {
        check_version(&value, "run-results", RESULTS_VERSIONS, shown)?;
        let list = value.get("results").and_then(Value::as_array);
        let results = list.into_iter().flatten().filter_map(result).collect();
        let metadata = |key: &str| time(value.get("metadata")?.get(key)?);
        Ok(Self {
            results,
            generated_at: metadata("generated_at"),
            started_at: metadata("invocation_started_at"),
            args: match value.get("args") {
                Some(Value::Object(args)) => args.clone(),
                _ => Map::new(),
            },
        })
    }
}

fn result(value: &Value) -> Option<PreviousResult> {
    let batches = |key: &str| {
        let list = value.get("batch_results")?.get(key)?.as_array()?;
        Some(
            list.iter()
                .filter_map(|pair| Some((time(pair.get(0)?)?, time(pair.get(1)?)?)))
                .collect(),
        )
    };
    Some(PreviousResult {
        unique_id: value.get("unique_id")?.as_str()?.to_owned(),
        status: value.get("status")?.as_str()?.to_owned(),
        successful_batches: batches("successful").unwrap_or_default(),
        failed_batches: batches("failed").unwrap_or_default(),
    })
}

/// Returns when the newest row of each source was loaded. Sources whose
/// freshness could not be measured are left out.
pub fn loaded_at(value: &Value) -> IndexMap<String, jiff::Timestamp> {
    let list = value.get("results").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|result| {
            let id = result.get("unique_id")?.as_str()?;
            Some((id.to_owned(), time(result.get("max_loaded_at")?)?))
        })
        .collect()
}

/// Reads a time; one without a zone is UTC.
fn time(value: &Value) -> Option<jiff::Timestamp> {
    let text = value.as_str()?;
    text.parse().ok().or_else(|| {
        let time: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(time).ok()
    })
}
