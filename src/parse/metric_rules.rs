//! What a metric's entry must have: a name that can be a column's, a label, a
//! type and its parameters.

use super::properties::PackageProperties;
use crate::config::properties::SemanticProperties;
use crate::diagnostics::Diagnostic;

/// The longest name, in characters: warehouses cut longer column names.
const LONGEST_NAME: usize = 250;

/// Returns what is wrong with a metric's entry. The rules are those of dbt's
/// `UnparsedMetric`.
pub(super) fn check(from: &PackageProperties, entry: &SemanticProperties) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let name = &entry.name.text;
    let broken = broken_name_rules(name);
    if !broken.is_empty() {
        let title = format!(
            "The metric name '{name}' is invalid.  It {}",
            broken.join(", ")
        );
        found.push(
            Diagnostic::error("invalid-metric-name", title)
                .at(&from.properties.file, entry.name.span.clone(), "this name")
                .hint("use letters, digits and underscores; the `label` may be any text"),
        );
    }
    let has = |key: &str| entry.body.get(key).is_some_and(|value| !value.is_null());
    let missing: Vec<&str> = [
        ("label", entry.label.is_some()),
        ("type", has("type")),
        ("type_params", has("type_params")),
    ]
    .into_iter()
    .filter_map(|(key, there)| (!there).then_some(key))
    .collect();
    if let Some(first) = missing.first() {
        let title = format!("metric `{name}` is incomplete: '{first}' is a required property");
        found.push(
            Diagnostic::error("incomplete-metric", title)
                .at(
                    &from.properties.file,
                    entry.name.span.clone(),
                    "in this metric",
                )
                .hint(format!("add {}", quoted(&missing))),
        );
    }
    found
}

fn broken_name_rules(name: &str) -> Vec<&'static str> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    [
        (name.contains(' '), "cannot contain spaces"),
        (
            name.chars().count() > LONGEST_NAME,
            "cannot contain more than 250 characters",
        ),
        (
            !name.starts_with(|c: char| c.is_ascii_alphabetic()),
            "must begin with a letter",
        ),
        (
            name.is_empty() || !name.chars().all(word),
            "must contain only letters, numbers and underscores",
        ),
    ]
    .into_iter()
    .filter_map(|(broken, rule)| broken.then_some(rule))
    .collect()
}

fn quoted(keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}:`")).collect();
    keys.join(", ")
}

#[cfg(test)]
mod tests {
    use super::broken_name_rules;

    #[test]
    fn a_metric_name_is_a_word_that_begins_with_a_letter() {
        assert!(broken_name_rules("people_2").is_empty());
        assert_eq!(broken_name_rules("2_people"), ["must begin with a letter"]);
        assert_eq!(
            broken_name_rules("all people"),
            [
                "cannot contain spaces",
                "must contain only letters, numbers and underscores"
            ]
        );
        assert_eq!(
            broken_name_rules("people!"),
            ["must contain only letters, numbers and underscores"]
        );
        assert_eq!(
            broken_name_rules(&"p".repeat(251)),
            ["cannot contain more than 250 characters"]
        );
    }
}
