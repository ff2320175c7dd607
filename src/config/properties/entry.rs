//! Reads the parts that most entries of property files have.

use std::ops::Range;

use serde_json::{Map, Value};

use super::Name;
use crate::config::reader::Reader;
use crate::diagnostics::{Diagnostic, suggest};
use crate::yaml::{Yaml, YamlEntry};

/// One entry of a section: a mapping with a name.
pub(super) struct Entry<'a> {
    pub reader: &'a Reader<'a>,
    pub yaml: &'a Yaml,
    /// What messages call it: `model`.
    pub what: &'static str,
    pub name: Name,
}

impl<'a> Entry<'a> {
    /// Reads an item of a section's list. What has no name is reported and
    /// left out.
    pub fn read(reader: &'a Reader<'a>, yaml: &'a Yaml, what: &'static str) -> Option<Self> {
        if yaml.entries().is_none() {
            reader.report(
                Diagnostic::error("wrong-type", format!("a {what} must be a mapping"))
                    .at(
                        reader.file,
                        yaml.span.clone(),
                        format!("this is {}", yaml.kind()),
                    )
                    .hint("begin it with `- name: ...`"),
            );
            return None;
        }
        let Some(name_yaml) = yaml.get("name").filter(|y| !y.is_null()) else {
            let first = yaml.span.start;
            reader.report(
                no_name(reader, what)
                    .at(reader.file, first..first + 1, "`name:` is missing here")
                    .hint("every entry of this list needs a `name:`"),
            );
            return None;
        };
        let text = reader.text("name", Some(name_yaml))?;
        Some(Self {
            reader,
            yaml,
            what,
            name: Name {
                text,
                span: name_yaml.span.clone(),
            },
        })
    }

    pub fn get(&self, key: &str) -> Option<&'a Yaml> {
        self.yaml.get(key).filter(|yaml| !yaml.is_null())
    }

    /// Returns a key's place, that of the whole entry when it has none.
    pub fn span_of(&self, key: &str) -> Range<usize> {
        self.get(key)
            .map_or_else(|| self.yaml.span.clone(), |yaml| yaml.span.clone())
    }

    /// Reads the description as written: docs blocks come into it later.
    pub fn description(&self) -> (String, Range<usize>) {
        let text = self.reader.raw_text("description", self.get("description"));
        (text.unwrap_or_default(), self.span_of("description"))
    }

    pub fn text(&self, key: &str) -> Option<String> {
        self.reader.text(key, self.get(key))
    }

    /// Reads a text with its place.
    pub fn name_at(&self, key: &str) -> Option<Name> {
        let text = self.text(key)?;
        Some(Name {
            text,
            span: self.span_of(key),
        })
    }

    pub fn bool(&self, key: &str) -> Option<bool> {
        self.reader.bool(key, self.get(key))
    }

    pub fn map(&self, key: &str) -> Map<String, Value> {
        self.reader.map(key, self.get(key)).unwrap_or_default()
    }

    /// Returns `config:` as written.
    pub fn written_config(&self) -> Map<String, Value> {
        match self.get("config").map(Yaml::to_json) {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }

    pub fn optional_map(&self, key: &str) -> Option<Map<String, Value>> {
        self.reader.map(key, self.get(key))
    }

    pub fn tags(&self) -> Vec<String> {
        self.reader
            .text_or_texts("tags", self.get("tags"))
            .unwrap_or_default()
    }

    /// Reads a list of mappings or other values, rendered.
    pub fn values(&self, key: &str) -> Vec<Value> {
        let items = self.reader.list(key, self.get(key)).unwrap_or_default();
        items.iter().map(|item| self.reader.value(item)).collect()
    }

    /// Reads a value, rendered.
    pub fn value(&self, key: &str) -> Option<Value> {
        self.get(key).map(|yaml| self.reader.value(yaml))
    }

    /// Reads `config:`. Hooks and freshness queries are rendered when they
    /// run.
    pub fn config(&self) -> Map<String, Value> {
        let is_late = |key: &str| {
            matches!(
                key,
                "pre_hook" | "post_hook" | "pre-hook" | "post-hook" | "loaded_at_query"
            )
        };
        self.reader
            .map_except("config", self.get("config"), &is_late)
            .unwrap_or_default()
    }

    /// Takes the keys that `known` does not name. One that looks like a
    /// misspelt known key is pointed out.
    pub fn extra(&self, known: &[&str]) -> Map<String, Value> {
        let mut extra = Map::new();
        for entry in self.unknown(known) {
            if let Some(nearest) = suggest::nearest(&entry.key, known.iter().copied()) {
                self.reader.report(
                    Diagnostic::note(
                        "unknown-key",
                        format!("`{}` means nothing in a {}", entry.key, self.what),
                    )
                    .at(self.reader.file, entry.key_span.clone(), "not known")
                    .hint(format!("did you mean `{nearest}`?")),
                );
            }
            extra.insert(entry.key.clone(), self.reader.value(&entry.value));
        }
        extra
    }

    /// Reports the keys that `known` does not name, as dbt does where it
    /// allows no others.
    pub fn refuse_others(&self, known: &[&str]) {
        for entry in self.unknown(known) {
            let diagnostic = Diagnostic::error(
                "unknown-key",
                format!(
                    "`{}` means nothing in {} `{}`",
                    entry.key, self.what, self.name.text
                ),
            )
            .at(self.reader.file, entry.key_span.clone(), "not known");
            let nearest = suggest::nearest(&entry.key, known.iter().copied());
            self.reader.report(match nearest {
                Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
                None => diagnostic.hint("values of your own belong under `config: meta:`"),
            });
        }
    }

    fn unknown(&self, known: &[&str]) -> Vec<&'a YamlEntry> {
        let entries = self.yaml.entries().unwrap_or_default();
        entries
            .iter()
            .filter(|entry| !known.contains(&entry.key.as_str()))
            .collect()
    }

    /// Reports that one of several texts was expected.
    pub fn check_choice(&self, key: &str, value: Option<&str>, choices: &[&str]) {
        let Some(value) = value.filter(|value| !choices.contains(value)) else {
            return;
        };
        let choices: Vec<String> = choices.iter().map(|c| format!("`{c}`")).collect();
        self.reader.report(
            Diagnostic::error(
                "wrong-value",
                format!(
                    "`{key}` of {} `{}` cannot be `{value}`",
                    self.what, self.name.text
                ),
            )
            .at(self.reader.file, self.span_of(key), "not known")
            .hint(format!("it can be {}", choices.join(", "))),
        );
    }

    /// Reports that a key is missing.
    pub fn require(&self, key: &str, hint: &str) -> bool {
        if self.get(key).is_some() {
            return true;
        }
        self.reader.report(
            Diagnostic::error(
                "missing-key",
                format!("{} `{}` has no `{key}`", self.what, self.name.text),
            )
            .at(self.reader.file, self.name.span.clone(), "named here")
            .hint(hint),
        );
        false
    }
}

/// dbt goes on without the description of a data test that has no name.
fn no_name(reader: &Reader<'_>, what: &str) -> Diagnostic {
    if what != "data test" {
        return Diagnostic::error("no-name", format!("a {what} has no name"));
    }
    let path = &reader.file.path;
    let title = format!("Unable to parse 'data_tests' section of file '{path}'");
    Diagnostic::warning("no-name", title).because("Entry did not contain a name")
}
