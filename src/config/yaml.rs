//! YAML with places, read as dbt's loader reads it.
//!
//! The one file that names the YAML crate.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostics::{Diagnostic, SourceFile};

/// A value and where it stands in its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Yaml {
    pub value: YamlValue,
    pub span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum YamlValue {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(String),
    /// A date or a time; its text is how dbt's JSON shows it.
    Date(String),
    Sequence(Vec<Yaml>),
    /// In the file's order; a repeated key keeps its first place and its last
    /// value.
    Mapping(Vec<YamlEntry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct YamlEntry {
    pub key: String,
    pub key_span: Range<usize>,
    pub value: Yaml,
}

/// Reads a YAML file. An empty one is null.
pub fn parse_yaml(_file: &Arc<SourceFile>) -> Result<Yaml, Diagnostic> {
    todo!("written next")
}

impl Yaml {
    /// Returns the value of a key, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Yaml> {
        self.entry(key).map(|e| &e.value)
    }

    /// Returns a key with its value, when this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&YamlEntry> {
        self.entries()?.iter().find(|e| e.key == key)
    }

    /// Returns the entries of a mapping.
    pub fn entries(&self) -> Option<&[YamlEntry]> {
        match &self.value {
            YamlValue::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the items of a sequence.
    pub fn items(&self) -> Option<&[Yaml]> {
        match &self.value {
            YamlValue::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Returns a text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            YamlValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// Tells whether the value is null.
    pub fn is_null(&self) -> bool {
        self.value == YamlValue::Null
    }

    /// Returns the value as dbt's manifest would show it.
    pub fn to_json(&self) -> Value {
        todo!("written next")
    }
}
