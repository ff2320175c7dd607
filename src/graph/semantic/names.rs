//! Names: what they may be made of, and that they tell things apart.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Layer, elements, issue, name};
use crate::diagnostics::Diagnostic;
use crate::parse::{GRANULARITIES, SemanticDefinition};

/// The lists of elements of a semantic model, and what one of them is called.
pub(super) const ELEMENTS: [(&str, &str); 3] = [
    ("measures", "measure"),
    ("entities", "entity"),
    ("dimensions", "dimension"),
];

/// Names that queries of the semantic layer give a meaning of their own.
const RESERVED: [&str; 2] = ["metric_time", "mf_internal_uuid"];

/// Words of SQL that are reserved in every database that the layer is for.
const SQL_KEYWORDS: [&str; 26] = [
    "and", "as", "create", "distinct", "for", "from", "full", "having", "in", "inner", "into",
    "is", "join", "left", "like", "natural", "not", "null", "on", "or", "right", "select", "union",
    "using", "where", "with",
];

pub(super) fn check(layer: &Layer<'_>, found: &mut Vec<Diagnostic>) {
    let mut taken: HashMap<&str, &str> = HashMap::new();
    for model in &layer.models {
        let mut own: HashMap<&str, &str> = HashMap::new();
        for (key, what) in ELEMENTS {
            for element in elements(model, key) {
                let name = name(element);
                found.extend(valid(model, name));
                found.extend(keyword(model, what, name));
                taken.insert(name, what);
                if let Some(first) = own.insert(name, what) {
                    found.push(issue(
                        model,
                        name,
                        format!(
                            "In semantic model `{}`, can't use name `{name}` for a {what} when it \
                             was already used for a {first}",
                            model.name
                        ),
                    ));
                }
            }
        }
    }
    for (definitions, what) in [
        (&layer.metrics, "metric"),
        (&layer.models, "semantic model"),
        (&layer.queries, "saved query"),
    ] {
        let mut names = HashSet::new();
        for definition in definitions {
            let name = definition.name.as_str();
            found.extend(valid(definition, name));
            if what != "saved query" {
                taken.insert(name, what);
            }
            // Packages can use a name that another has.
            if !names.insert(name) {
                let title = format!("Can't use name `{name}` for a {what} twice");
                found.push(issue(definition, name, title));
            }
        }
    }
    let mut seen = HashSet::new();
    let first = layer.models.first();
    for granularity in &layer.custom_granularities {
        let Some(model) = first else { return };
        found.extend(valid(model, granularity));
        let title = match taken.get(granularity) {
            Some(what) => format!(
                "Can't use name `{granularity}` for a custom granularity when it was already used \
                 for a {what}."
            ),
            None if !seen.insert(granularity) => {
                format!("Custom granularity names must be unique, but `{granularity}` is not.")
            }
            None => continue,
        };
        found.push(issue(model, granularity, title));
    }
}

/// Says what is wrong with a name as such.
pub(super) fn valid(definition: &SemanticDefinition, name: &str) -> Option<Diagnostic> {
    let lower = name.to_lowercase();
    let title = if !is_well_formed(name) {
        format!(
            "Invalid name `{name}` - names may only contain lower case letters, numbers, and \
             underscores, start with a letter, do not end with an underscore, have no two \
             underscores in a row, and have at least 2 characters."
        )
    } else if GRANULARITIES.contains(&lower.as_str()) {
        format!("Invalid name `{name}` - it is the name of a time granularity.")
    } else if RESERVED.contains(&lower.as_str()) {
        format!("Invalid name `{name}` - this name is reserved by MetricFlow.")
    } else {
        return None;
    };
    Some(issue(definition, name, title))
}

fn is_well_formed(name: &str) -> bool {
    let bytes = name.as_bytes();
    let is_word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_';
    bytes.len() >= 2
        && bytes[0].is_ascii_lowercase()
        && bytes.iter().all(is_word)
        && !name.ends_with('_')
        && !name.contains("__")
}

fn keyword(model: &SemanticDefinition, what: &str, name: &str) -> Option<Diagnostic> {
    SQL_KEYWORDS
        .contains(&name.to_lowercase().as_str())
        .then(|| {
            let title = format!(
                "'{name}' is an SQL reserved keyword, and thus cannot be used as a {what} 'name'."
            );
            issue(model, name, title)
        })
}

/// Says which labels stand twice in a list of elements.
pub(super) fn labels(
    model: &SemanticDefinition,
    key: &str,
    what: &str,
    found: &mut Vec<Diagnostic>,
) {
    let mut seen = HashSet::new();
    for element in elements(model, key) {
        let Some(label) = element.get("label").and_then(Value::as_str) else {
            continue;
        };
        if !seen.insert(label) {
            let title = format!(
                "{what} labels must be unique within a semantic model. The label `{label}` was \
                 used more than once on semantic model `{}`",
                model.name
            );
            found.push(issue(model, label, title));
        }
    }
}
