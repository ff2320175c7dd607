//! Reading a mapping key by key, with every problem collected together with
//! its place.

use serde_json::{Map, Value};

use crate::adapter::ProfileProblem;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub struct Problems(Vec<ProfileProblem>);

impl Problems {
    pub fn error(&mut self, key: Vec<String>, message: String, hint: Option<&str>) {
        self.push(key, message, hint, false);
    }

    pub fn warn(&mut self, key: Vec<String>, message: String, hint: Option<&str>) {
        self.push(key, message, hint, true);
    }

    fn push(&mut self, key: Vec<String>, message: String, hint: Option<&str>, is_warning: bool) {
        self.0.push(ProfileProblem {
            key,
            message,
            hint: hint.map(str::to_owned),
            is_warning,
        });
    }

    pub fn into_vec(self) -> Vec<ProfileProblem> {
        self.0
    }
}

/// A mapping and where it stands in the profile's target.
#[derive(Debug, Clone)]
pub struct Keys<'a> {
    mapping: &'a Map<String, Value>,
    at: Vec<String>,
}

impl<'a> Keys<'a> {
    pub fn root(mapping: &'a Map<String, Value>) -> Self {
        Self::new(mapping, Vec::new())
    }

    pub fn new(mapping: &'a Map<String, Value>, at: Vec<String>) -> Self {
        Self { mapping, at }
    }

    pub fn at(&self, key: &str) -> Vec<String> {
        let mut at = self.at.clone();
        at.push(key.to_owned());
        at
    }

    pub fn entries(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.mapping.iter()
    }

    /// Tells whether a key is there with a value.
    pub fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Returns a value; null counts as absent.
    pub fn value(&self, key: &str) -> Option<&'a Value> {
        self.mapping.get(key).filter(|value| !value.is_null())
    }

    pub fn text(&self, key: &str, problems: &mut Problems) -> Option<String> {
        match self.value(key)? {
            Value::String(text) => Some(text.clone()),
            other => self.wrong(key, "a text", other, problems),
        }
    }

    pub fn required_text(&self, key: &str, problems: &mut Problems) -> Option<String> {
        if !self.has(key) {
            let message = format!("`{key}` is missing");
            problems.error(self.at.clone(), message, None);
            return None;
        }
        self.text(key, problems)
    }

    pub fn flag(&self, key: &str, problems: &mut Problems) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(flag) => Some(*flag),
            other => self.wrong(key, "`true` or `false`", other, problems),
        }
    }

    pub fn count(&self, key: &str, problems: &mut Problems) -> Option<u32> {
        let value = self.value(key)?;
        match value.as_u64().and_then(|n| u32::try_from(n).ok()) {
            Some(count) => Some(count),
            None => self.wrong(key, "a whole number", value, problems),
        }
    }

    pub fn mapping(&self, key: &str, problems: &mut Problems) -> Option<Keys<'a>> {
        match self.value(key)? {
            Value::Object(mapping) => Some(Keys::new(mapping, self.at(key))),
            other => self.wrong(key, "a mapping", other, problems),
        }
    }

    /// Returns a list's items with their places; none when the key is absent.
    pub fn list(&self, key: &str, problems: &mut Problems) -> Vec<(Vec<String>, &'a Value)> {
        let items = match self.value(key) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.wrong::<()>(key, "a list", other, problems);
                return Vec::new();
            }
        };
        let place = |i: usize| {
            let mut at = self.at(key);
            at.push(i.to_string());
            at
        };
        items
            .iter()
            .enumerate()
            .map(|(i, item)| (place(i), item))
            .collect()
    }

    pub fn texts(&self, key: &str, problems: &mut Problems) -> Option<Vec<String>> {
        let value = self.value(key)?;
        let texts = value.as_array().and_then(|items| {
            items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
        });
        match texts {
            Some(texts) => Some(texts),
            None => self.wrong(key, "a list of texts", value, problems),
        }
    }

    /// Returns a mapping's entries as texts that DuckDB casts by itself.
    pub fn pairs(&self, key: &str, problems: &mut Problems) -> Vec<(String, String)> {
        let Some(keys) = self.mapping(key, problems) else {
            return Vec::new();
        };
        keys.entries()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), plain_text(value)))
            .collect()
    }

    /// Warns of keys that nothing reads.
    pub fn warn_unknown(&self, known: &[&str], problems: &mut Problems) {
        for (key, message, hint) in self.unknown(known) {
            problems.warn(self.at(key), message, hint.as_deref());
        }
    }

    /// Refuses keys that nothing reads.
    pub fn refuse_unknown(&self, known: &[&str], problems: &mut Problems) {
        for (key, message, hint) in self.unknown(known) {
            problems.error(self.at(key), message, hint.as_deref());
        }
    }

    fn unknown(&self, known: &[&str]) -> Vec<(&'a str, String, Option<String>)> {
        let mut found = Vec::new();
        for (key, _) in self.entries() {
            if known.contains(&key.as_str()) {
                continue;
            }
            let nearest = known
                .iter()
                .map(|name| (strsim::damerau_levenshtein(name, key), name))
                .filter(|(distance, _)| *distance <= 2)
                .min_by_key(|(distance, _)| *distance);
            let hint = match nearest {
                Some((_, name)) => format!("did you mean `{name}`?"),
                None => format!("the keys are: {}", known.join(", ")),
            };
            let message = format!("`{key}` is no setting of a DuckDB target");
            found.push((key.as_str(), message, Some(hint)));
        }
        found
    }

    fn wrong<T>(
        &self,
        key: &str,
        wanted: &str,
        found: &Value,
        problems: &mut Problems,
    ) -> Option<T> {
        // The value is not repeated: it may be a secret.
        let kind = match found {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        let message = format!("`{key}` must be {wanted}, not {kind}");
        problems.error(self.at(key), message, None);
        None
    }
}

/// Returns a value as DuckDB reads it from a text.
pub fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(plain_text).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}
