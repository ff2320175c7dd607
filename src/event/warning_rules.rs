//! Which warnings are errors, and which are not shown: `--warn-error` and
//! `warn_error_options`.

use serde_json::{Map, Value, json};

use super::EventKind;

/// The names of dbt's events, one a line; the options can name no others.
const NAMES: &str = include_str!("names.txt");

/// The name that stands for all deprecations.
const DEPRECATIONS: &str = "Deprecations";

/// What is to become of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Show,
    Error,
    Silence,
}

/// The rules of a command, from its flags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WarningRules {
    /// `--warn-error`: every warning is an error, whatever else is said.
    pub warn_error: bool,
    /// `error: all`.
    errors_all: bool,
    error: Vec<String>,
    warn: Vec<String>,
    silence: Vec<String>,
}

impl WarningRules {
    /// Makes the rules of `--warn-error`.
    pub fn all_are_errors() -> Self {
        Self {
            warn_error: true,
            ..Self::default()
        }
    }

    /// Reads `warn_error_options`, with the keys' old names too.
    ///
    /// # Errors
    ///
    /// What is wrong with the options, as a sentence.
    pub fn read(options: &Map<String, Value>) -> Result<Self, String> {
        let list = |new: &str, old: &str| {
            let (of_new, of_old) = (options.get(new), options.get(old));
            let is_set = |value: Option<&Value>| value.is_some_and(is_filled);
            if is_set(of_new) && is_set(of_old) {
                return Err(format!(
                    "Only `{old}` or `{new}` can be specified in `warn_error_options`, not both"
                ));
            }
            Ok(of_old.or(of_new))
        };
        let error = list("error", "include")?;
        let warn = names(list("warn", "exclude")?, "warn")?;
        let silence = names(options.get("silence"), "silence")?;
        let is_all = |value: &Value| matches!(value.as_str(), Some("all" | "*"));
        let errors_all = error.is_some_and(is_all);
        let error = if errors_all {
            Vec::new()
        } else {
            names(error, "error")?
        };
        let has_deprecations =
            |list: &[String]| list.iter().any(|name| name.as_str() == DEPRECATIONS);
        let allows_warn = errors_all || has_deprecations(&error) || has_deprecations(&silence);
        if !warn.is_empty() && !allows_warn {
            return Err(format!(
                "`warn` can only be specified if `error` is one of ('all', '*') or \
                 {DEPRECATIONS} is in `error` or silence."
            ));
        }
        Ok(Self {
            warn_error: false,
            errors_all,
            error,
            warn,
            silence,
        })
    }

    /// Tells what is to become of a warning. A name wins over `Deprecations`,
    /// which wins over `all`; of the lists, `silence` wins over `warn`, and
    /// `warn` over `error`.
    pub fn verdict(&self, kind: EventKind) -> Verdict {
        let named = |list: &[String]| list.iter().any(|name| name == kind.name);
        let as_deprecation =
            |list: &[String]| kind.is_deprecation() && list.iter().any(|name| name == DEPRECATIONS);
        if self.warn_error {
            return Verdict::Error;
        }
        let is_named_milder = named(&self.warn) || named(&self.silence);
        let is_milder =
            is_named_milder || as_deprecation(&self.warn) || as_deprecation(&self.silence);
        if named(&self.error) && !is_named_milder
            || (as_deprecation(&self.error) || self.errors_all) && !is_milder
        {
            return Verdict::Error;
        }
        let is_named_louder = named(&self.error) || named(&self.warn);
        if named(&self.silence) || as_deprecation(&self.silence) && !is_named_louder {
            return Verdict::Silence;
        }
        Verdict::Show
    }

    /// Returns the options as artifacts record them.
    pub fn to_value(&self) -> Value {
        let error = if self.errors_all {
            json!("all")
        } else {
            json!(self.error)
        };
        json!({"error": error, "warn": self.warn, "silence": self.silence})
    }
}

fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

fn names(list: Option<&Value>, key: &str) -> Result<Vec<String>, String> {
    let items = match list {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) if key == "error" => {
            return Err("error must be one of ('all', '*') or a list of strings".to_owned());
        }
        Some(_) => return Err(format!("{key} must be a list of strings")),
    };
    let mut out = Vec::new();
    for item in items {
        let name = item
            .as_str()
            .map_or_else(|| item.to_string(), str::to_owned);
        if name != DEPRECATIONS && !NAMES.lines().any(|known| known == name) {
            return Err(format!("{name} is not a valid dbt error name."));
        }
        out.push(name);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Verdict, WarningRules};
    use crate::event::{EventKind, kinds};

    fn rules(options: &serde_json::Value) -> WarningRules {
        WarningRules::read(options.as_object().expect("a mapping")).expect("valid options")
    }

    fn check(options: &serde_json::Value, kind: EventKind, expected: Verdict) {
        assert_eq!(rules(options).verdict(kind), expected, "{options}");
    }

    #[test]
    fn a_name_wins_over_deprecations_and_deprecations_over_all() {
        let kind = kinds::EXPOSURE_NAME;
        let name = kind.name;
        check(&json!({"error": "all"}), kind, Verdict::Error);
        check(&json!({"include": "*"}), kind, Verdict::Error);
        check(
            &json!({"error": "all", "warn": [name]}),
            kind,
            Verdict::Show,
        );
        check(
            &json!({"error": "all", "silence": ["Deprecations"]}),
            kind,
            Verdict::Silence,
        );
        check(
            &json!({"error": [name], "silence": ["Deprecations"]}),
            kind,
            Verdict::Error,
        );
        check(
            &json!({"error": ["Deprecations"], "warn": [name]}),
            kind,
            Verdict::Show,
        );
        check(
            &json!({"error": ["Deprecations"]}),
            kinds::UNUSED_RESOURCE_CONFIG_PATH,
            Verdict::Show,
        );
    }

    #[test]
    fn wrong_options_are_told() {
        let check = |options: serde_json::Value, expected: &str| {
            let options = options.as_object().expect("a mapping");
            assert_eq!(WarningRules::read(options), Err(expected.to_owned()));
        };
        check(
            json!({"error": ["NoSuchEvent"]}),
            "NoSuchEvent is not a valid dbt error name.",
        );
        check(
            json!({"error": "some"}),
            "error must be one of ('all', '*') or a list of strings",
        );
        check(
            json!({"error": "all", "include": "all"}),
            "Only `include` or `error` can be specified in `warn_error_options`, not both",
        );
        check(
            json!({"warn": ["NoNodesSelected"]}),
            "`warn` can only be specified if `error` is one of ('all', '*') or Deprecations is in \
             `error` or silence.",
        );
    }
}
