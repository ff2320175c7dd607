//! A mapping of `hcdbt.yml`, read key by key.
//!
//! The keys that are asked for are the keys there are: what is left over when a
//! section has been read is unknown, and is told with the nearest of them.

use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};

use serde_json::Value;

use crate::config::reader::{Reader, json_kind};
use crate::diagnostics::{Diagnostic, suggest};
use crate::yaml::{Yaml, YamlEntry, YamlValue};

/// A mapping whose keys are being read.
pub struct Section<'r> {
    reader: &'r Reader<'r>,
    /// What the keys stand under, `ci.gates`; empty for the file itself.
    path: String,
    entries: &'r [YamlEntry],
    span: Range<usize>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'r> Section<'r> {
    /// Reads a mapping with `read`, then tells of the keys that it did not
    /// ask for. None when the value is no mapping, which is told too.
    pub fn read<T>(
        reader: &'r Reader<'r>,
        path: &str,
        yaml: &'r Yaml,
        read: impl FnOnce(&Self) -> T,
    ) -> Option<T> {
        let entries = match &yaml.value {
            YamlValue::Null => &[],
            YamlValue::Mapping(entries) => entries.as_slice(),
            _ => {
                let key = if path.is_empty() { "hcdbt.yml" } else { path };
                reader.wrong(key, "a mapping", yaml);
                return None;
            }
        };
        let section = Self {
            reader,
            path: path.to_owned(),
            entries,
            span: yaml.span.clone(),
            asked: RefCell::default(),
        };
        let value = read(&section);
        section.tell_unknown();
        Some(value)
    }

    fn find(&self, key: &'static str) -> Option<&'r Yaml> {
        self.asked.borrow_mut().push(key);
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(&entry.value).filter(|value| !value.is_null())
    }

    fn name(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub fn bool(&self, key: &'static str) -> Option<bool> {
        self.reader.bool(&self.name(key), self.find(key))
    }

    pub fn text(&self, key: &'static str) -> Option<String> {
        self.reader.text(&self.name(key), self.find(key))
    }

    /// Reads a text without which the section means nothing.
    pub fn required_text(&self, key: &'static str) -> Option<String> {
        let text = self.text(key);
        if !self.entries.iter().any(|entry| entry.key == key) {
            let title = format!("`{}` is missing", self.name(key));
            let place = self.span.clone();
            let diagnostic = Diagnostic::error("missing-key", title);
            self.report(diagnostic.at(self.reader.file, place, "it belongs here"));
        }
        text
    }

    /// Reads a text that must come from the environment, since the file is in
    /// the repository.
    pub fn secret(&self, key: &'static str) -> Option<String> {
        let yaml = self.find(key)?;
        if !yaml.as_str().is_some_and(|text| text.contains("env_var")) {
            let title = format!("`{}` is written out in the file", self.name(key));
            self.report(
                Diagnostic::error("literal-secret", title)
                    .at(
                        self.reader.file,
                        yaml.span.clone(),
                        "everyone can read this",
                    )
                    .hint("write it as \"{{ env_var('DBT_ENV_SECRET_...') }}\""),
            );
            return None;
        }
        self.reader.text_or_number(&self.name(key), Some(yaml))
    }

    /// Reads a text, or a list of texts.
    pub fn texts(&self, key: &'static str) -> Option<Vec<String>> {
        self.reader.text_or_texts(&self.name(key), self.find(key))
    }

    /// Reads a list of texts, each one of `known`.
    pub fn choices<T: Copy>(&self, key: &'static str, known: &[(&str, T)]) -> Option<Vec<T>> {
        let yaml = self.find(key)?;
        let texts = self.reader.text_or_texts(&self.name(key), Some(yaml))?;
        let chosen = texts.iter();
        Some(
            chosen
                .filter_map(|text| self.chosen(key, text, yaml, known))
                .collect(),
        )
    }

    /// Reads a text that is one of `known`.
    pub fn choice<T: Copy>(&self, key: &'static str, known: &[(&str, T)]) -> Option<T> {
        let yaml = self.find(key)?;
        let text = self.reader.text(&self.name(key), Some(yaml))?;
        self.chosen(key, &text, yaml, known)
    }

    fn chosen<T: Copy>(
        &self,
        key: &str,
        text: &str,
        yaml: &Yaml,
        known: &[(&str, T)],
    ) -> Option<T> {
        if let Some((_, value)) = known.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let title = format!("`{}` cannot be `{text}`", self.name(key));
        let diagnostic = Diagnostic::error("unknown-value", title);
        let diagnostic = diagnostic.at(self.reader.file, yaml.span.clone(), "this value");
        self.report(match suggest::nearest(text, names.iter().copied()) {
            Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
            None => diagnostic.hint(format!("it is one of {}", names.join(", "))),
        });
        None
    }

    /// Reads a number within bounds, and says in `what` which numbers are.
    pub fn number(
        &self,
        key: &'static str,
        bounds: RangeInclusive<f64>,
        what: &str,
    ) -> Option<f64> {
        let yaml = self.find(key)?;
        let value = match self.reader.value(yaml) {
            // What comes from the environment is a text.
            Value::String(text) => text.trim().parse().map_or(Value::String(text), |n: f64| {
                serde_json::Number::from_f64(n).map_or(Value::Null, Value::Number)
            }),
            Value::Null => return None,
            other => other,
        };
        match value.as_f64().filter(|number| bounds.contains(number)) {
            Some(number) => Some(number),
            None => {
                let kind = json_kind(&value);
                self.reader
                    .wrong_at(&self.name(key), what, kind, yaml.span.clone());
                None
            }
        }
    }

    /// Reads a whole number within bounds.
    pub fn whole_number(
        &self,
        key: &'static str,
        bounds: RangeInclusive<u32>,
        what: &str,
    ) -> Option<u32> {
        let (low, high) = (f64::from(*bounds.start()), f64::from(*bounds.end()));
        let number = self.number(key, low..=high, what)?;
        if number.fract() != 0.0 {
            let yaml = self.find(key)?;
            self.reader.wrong(&self.name(key), what, yaml);
            return None;
        }
        Some(number as u32)
    }

    /// Reads a mapping below this one.
    pub fn section<T>(&self, key: &'static str, read: impl FnOnce(&Section<'r>) -> T) -> Option<T> {
        let yaml = self.find(key)?;
        Section::read(self.reader, &self.name(key), yaml, read)
    }

    /// Reads a list of mappings below this one.
    pub fn sections<T>(&self, key: &'static str, read: impl Fn(&Section<'r>) -> T) -> Vec<T> {
        let name = self.name(key);
        let items = self.reader.list(&name, self.find(key)).unwrap_or_default();
        let items = items.iter().enumerate();
        items
            .filter_map(|(i, yaml)| {
                Section::read(self.reader, &format!("{name}[{i}]"), yaml, &read)
            })
            .collect()
    }

    /// Reports that the section as a whole makes no sense.
    pub fn wrong(&self, title: String, hint: &str) {
        let diagnostic = Diagnostic::error("invalid-config", title);
        let diagnostic = diagnostic.at(self.reader.file, self.span.clone(), "this entry");
        self.report(diagnostic.hint(hint));
    }

    fn report(&self, diagnostic: Diagnostic) {
        self.reader.report(diagnostic);
    }

    fn tell_unknown(&self) {
        let asked = self.asked.borrow();
        for entry in self.entries {
            if asked.contains(&&*entry.key) {
                continue;
            }
            let title = format!("`{}` is no key of `hcdbt.yml`", self.name(&entry.key));
            let diagnostic = Diagnostic::error("unknown-key", title);
            let diagnostic =
                diagnostic.at(self.reader.file, entry.key_span.clone(), "unknown here");
            let nearest = suggest::nearest(&entry.key, asked.iter().copied());
            self.report(match nearest {
                Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
                None => diagnostic.hint(format!("there are {}", asked.join(", "))),
            });
        }
    }
}
