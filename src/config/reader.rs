//! Reads typed values out of YAML and says what has the wrong type.
//!
//! A wrong value is reported and read as if it were not there, so that one
//! pass finds every mistake of a file.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::context::YamlRenderer;
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::yaml::{Yaml, YamlEntry, YamlValue};

/// Reads one file.
pub(super) struct Reader<'a> {
    pub file: &'a Arc<SourceFile>,
    pub renderer: &'a YamlRenderer<'a>,
    found: RefCell<Vec<Diagnostic>>,
}

impl<'a> Reader<'a> {
    pub fn new(file: &'a Arc<SourceFile>, renderer: &'a YamlRenderer<'a>) -> Self {
        Self {
            file,
            renderer,
            found: RefCell::default(),
        }
    }

    pub fn report(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    pub fn into_found(self) -> Vec<Diagnostic> {
        self.found.into_inner()
    }

    /// Reports that a value has the wrong type.
    pub fn wrong(&self, key: &str, expected: &str, yaml: &Yaml) {
        self.wrong_at(key, expected, yaml.kind(), yaml.span.clone());
    }

    pub fn wrong_at(&self, key: &str, expected: &str, kind: &str, span: Range<usize>) {
        self.report(
            Diagnostic::error("wrong-type", format!("`{key}` must be {expected}")).at(
                self.file,
                span,
                format!("this is {kind}"),
            ),
        );
    }

    /// Renders a value with all that is in it.
    pub fn value(&self, yaml: &Yaml) -> Value {
        self.renderer
            .value(self.file, yaml, &mut self.found.borrow_mut())
    }

    /// Renders a value, but not what stands below keys that `is_late` names.
    pub fn value_except(&self, yaml: &Yaml, is_late: &dyn Fn(&str) -> bool) -> Value {
        self.renderer
            .value_except(self.file, yaml, is_late, &mut self.found.borrow_mut())
    }

    /// Reads a text, rendered.
    pub fn text(&self, key: &str, yaml: Option<&Yaml>) -> Option<String> {
        let yaml = yaml.filter(|y| !y.is_null())?;
        match self.value(yaml) {
            Value::String(text) => Some(text),
            // Rendering failed and was reported, or gave nothing.
            Value::Null => None,
            other => {
                self.wrong_at(key, "a text", json_kind(&other), yaml.span.clone());
                None
            }
        }
    }

    /// Reads a text or a number as text, rendered.
    pub fn text_or_number(&self, key: &str, yaml: Option<&Yaml>) -> Option<String> {
        let yaml = yaml.filter(|y| !y.is_null())?;
        match self.value(yaml) {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Null => None,
            other => {
                self.wrong_at(
                    key,
                    "a text or number",
                    json_kind(&other),
                    yaml.span.clone(),
                );
                None
            }
        }
    }

    /// Reads a text as written.
    pub fn raw_text(&self, key: &str, yaml: Option<&Yaml>) -> Option<String> {
        let yaml = yaml.filter(|y| !y.is_null())?;
        let text = yaml.as_str();
        if text.is_none() {
            self.wrong(key, "a text", yaml);
        }
        text.map(str::to_owned)
    }

    pub fn bool(&self, key: &str, yaml: Option<&Yaml>) -> Option<bool> {
        let yaml = yaml.filter(|y| !y.is_null())?;
        match self.value(yaml) {
            Value::Bool(value) => Some(value),
            Value::Null => None,
            other => {
                self.wrong_at(key, "true or false", json_kind(&other), yaml.span.clone());
                None
            }
        }
    }

    /// Reads a mapping, rendered. None when there is no value.
    pub fn map(&self, key: &str, yaml: Option<&Yaml>) -> Option<Map<String, Value>> {
        self.map_except(key, yaml, &|_| false)
    }

    /// Reads a mapping, rendered but for some keys.
    pub fn map_except(
        &self,
        key: &str,
        yaml: Option<&Yaml>,
        is_late: &dyn Fn(&str) -> bool,
    ) -> Option<Map<String, Value>> {
        let yaml = yaml.filter(|y| !y.is_null())?;
        match self.value_except(yaml, is_late) {
            Value::Object(map) => Some(map),
            Value::Null => None,
            other => {
                self.wrong_at(key, "a mapping", json_kind(&other), yaml.span.clone());
                None
            }
        }
    }

    /// Returns the items of a list. None when there is no value.
    pub fn list<'y>(&self, key: &str, yaml: Option<&'y Yaml>) -> Option<&'y [Yaml]> {
        let yaml = yaml.filter(|y| !y.is_null())?;
        let items = yaml.items();
        if items.is_none() {
            self.wrong(key, "a list", yaml);
        }
        items
    }

    /// Reads a list of texts, rendered. None when there is no value.
    pub fn texts(&self, key: &str, yaml: Option<&Yaml>) -> Option<Vec<String>> {
        let items = self.list(key, yaml)?;
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match self.value(item) {
                Value::String(text) => texts.push(text),
                Value::Null if !item.is_null() => {}
                other => self.wrong_at(
                    key,
                    "a list of texts",
                    &format!("{} in it", json_kind(&other)),
                    item.span.clone(),
                ),
            }
        }
        Some(texts)
    }

    /// Reads a text or a list of texts, rendered.
    pub fn text_or_texts(&self, key: &str, yaml: Option<&Yaml>) -> Option<Vec<String>> {
        let yaml = yaml.filter(|y| !y.is_null())?;
        match &yaml.value {
            YamlValue::Sequence(_) => self.texts(key, Some(yaml)),
            _ => self.text(key, Some(yaml)).map(|text| vec![text]),
        }
    }

    /// Returns the entries of a mapping. None when there is no value.
    pub fn entries<'y>(&self, key: &str, yaml: Option<&'y Yaml>) -> Option<&'y [YamlEntry]> {
        let yaml = yaml.filter(|y| !y.is_null())?;
        let entries = yaml.entries();
        if entries.is_none() {
            self.wrong(key, "a mapping", yaml);
        }
        entries
    }
}

/// Names the kind of a JSON value, for messages.
pub(super) fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a yes or no",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
