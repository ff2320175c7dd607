//! `deps --add-package`: one more entry in `packages.yml`.

use serde_json::{Map, Value, json};

/// What is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPackage {
    pub name: String,
    /// One version or, between commas, several limits.
    pub version: Option<String>,
    pub source: NewSource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewSource {
    Hub,
    Git,
    Local,
}

impl NewPackage {
    /// Reads `NAME@VERSION`. With no `@` or several, all of it is the name.
    pub fn parse(text: &str, source: NewSource) -> Self {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) if !version.contains('@') => (name, Some(version)),
            _ => (text, None),
        };
        Self {
            name: name.to_owned(),
            version: version
                .filter(|version| !version.is_empty())
                .map(str::to_owned),
            source,
        }
    }

    fn entry(&self) -> Value {
        let (key, version_key) = match self.source {
            NewSource::Hub => ("package", "version"),
            NewSource::Git => ("git", "revision"),
            NewSource::Local => ("local", "version"),
        };
        let mut entry = Map::new();
        entry.insert(key.to_owned(), json!(self.name));
        if let Some(version) = &self.version {
            let limits: Vec<&str> = version.split(',').collect();
            let version = if limits.len() > 1 {
                json!(limits)
            } else {
                json!(version)
            };
            entry.insert(version_key.to_owned(), version);
        }
        Value::Object(entry)
    }
}

/// Puts an entry into the contents of `packages.yml`. Entries for the same
/// package are taken out and returned, the last one first.
pub fn add(contents: &mut Map<String, Value>, new: &NewPackage) -> Vec<Value> {
    if !matches!(contents.get("packages"), Some(Value::Array(_))) {
        contents.insert("packages".to_owned(), json!([]));
    }
    let Some(Value::Array(entries)) = contents.get_mut("packages") else {
        return Vec::new();
    };
    let names = spellings(&new.name);
    let mut removed = Vec::new();
    for i in (0..entries.len()).rev() {
        if names.iter().any(|name| names_package(&entries[i], name)) {
            removed.push(entries.remove(i));
        }
    }
    entries.push(new.entry());
    removed
}

/// Returns how a package may be written: a repository often has dashes where
/// the package has underscores.
fn spellings(name: &str) -> Vec<String> {
    let short = name.rsplit('/').next().unwrap_or(name);
    [name, short]
        .into_iter()
        .flat_map(|name| {
            [
                name.to_owned(),
                name.replace('_', "-"),
                name.replace('-', "_"),
            ]
        })
        .collect()
}

/// Tells whether an entry's address has a name in it as whole words.
fn names_package(entry: &Value, name: &str) -> bool {
    let address = ["package", "git", "local", "tarball", "private"]
        .iter()
        .find_map(|key| {
            entry
                .get(key)
                .and_then(Value::as_str)
                .filter(|a| !a.is_empty())
        });
    let Some((before, after)) = address.and_then(|address| address.split_once(name)) else {
        return false;
    };
    let is_end = |c: Option<char>| c.is_none_or(|c| c == '/' || c == '.');
    is_end(before.chars().next_back()) && is_end(after.chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(packages: Value, text: &str, source: NewSource) -> (Value, usize) {
        let Value::Object(mut contents) = json!({ "packages": packages }) else {
            unreachable!("an object was written");
        };
        let removed = add(&mut contents, &NewPackage::parse(text, source));
        (contents["packages"].clone(), removed.len())
    }

    #[test]
    fn the_same_package_from_elsewhere_is_taken_out() {
        let before = json!([
            {"git": "https://example.org/dbt-labs/dbt-utils.git", "warn-unpinned": false},
            {"package": "dbt-labs/dbt_utils_extra", "version": "1.0.0"},
        ]);
        assert_eq!(
            added(before, "dbt-labs/dbt_utils@1.1.0", NewSource::Hub),
            (
                json!([
                    {"package": "dbt-labs/dbt_utils_extra", "version": "1.0.0"},
                    {"package": "dbt-labs/dbt_utils", "version": "1.1.0"},
                ]),
                1
            )
        );
    }

    #[test]
    fn limits_and_sources_have_their_own_keys() {
        assert_eq!(
            added(json!([]), "a/b@>=1.0.0,<2.0.0", NewSource::Hub).0,
            json!([{"package": "a/b", "version": [">=1.0.0", "<2.0.0"]}])
        );
        assert_eq!(
            added(json!([]), "https://example.org/x.git@v1", NewSource::Git).0,
            json!([{"git": "https://example.org/x.git", "revision": "v1"}])
        );
        assert_eq!(
            added(json!([]), "../folder", NewSource::Local).0,
            json!([{"local": "../folder"}])
        );
        assert_eq!(
            NewPackage::parse("git@example.org:a/b.git@v1", NewSource::Git).version,
            None
        );
    }
}
