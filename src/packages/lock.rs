//! `package-lock.yml`, in dbt's form.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{PinnedPackage, PinnedSource};
use crate::config::packages::{PackageSource, PackageSpec};

/// What was installed, and for which `packages.yml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockFile {
    pub packages: Vec<PinnedPackage>,
    /// Hash of the entries that were resolved.
    pub hash: String,
}

impl LockFile {
    /// Writes the file.
    pub fn to_yaml(&self) -> String {
        let mut out = String::from("packages:\n");
        for package in &self.packages {
            let mut lines: Vec<(&str, &str)> = vec![("name", &package.name)];
            match &package.source {
                PinnedSource::Local { path } => lines.push(("local", path)),
                PinnedSource::Git {
                    url,
                    revision,
                    subdirectory,
                } => {
                    lines.push(("git", url));
                    lines.push(("revision", revision));
                    if let Some(folder) = subdirectory {
                        lines.push(("subdirectory", folder));
                    }
                }
                PinnedSource::Tarball { url, .. } => lines.push(("tarball", url)),
            }
            lines.sort_unstable();
            for (i, (key, value)) in lines.into_iter().enumerate() {
                let lead = if i == 0 { "  - " } else { "    " };
                let _ = writeln!(out, "{lead}{key}: {}", scalar(value));
            }
        }
        let _ = writeln!(out, "sha1_hash: {}", self.hash);
        out
    }

    /// Reads a file that was written by this or by dbt. None when it has an
    /// entry of another kind, or is no lock file.
    pub fn read(value: &Value) -> Option<Self> {
        let text =
            |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut packages = Vec::new();
        for entry in value.get("packages")?.as_array()? {
            let name = text(entry, "name")?;
            let source = if let Some(path) = text(entry, "local") {
                PinnedSource::Local { path }
            } else if let Some(url) = text(entry, "git") {
                PinnedSource::Git {
                    url,
                    revision: text(entry, "revision")?,
                    subdirectory: text(entry, "subdirectory"),
                }
            } else {
                PinnedSource::Tarball {
                    url: text(entry, "tarball")?,
                    name: Some(name.clone()),
                }
            };
            packages.push(PinnedPackage { name, source });
        }
        Some(Self {
            packages,
            hash: text(value, "sha1_hash")?,
        })
    }
}

/// Writes a text so that YAML reads it back as that text.
fn scalar(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-./:@+".contains(c))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '/')
        && text.parse::<f64>().is_err()
        && !text.ends_with(':');
    if is_plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Hashes the entries of `packages.yml` as dbt does, so that either tool
/// accepts the other's lock file: the SHA-1 of their JSON forms, keys and
/// entries sorted.
pub fn specs_hash(specs: &[PackageSpec]) -> String {
    use sha1::{Digest as _, Sha1};
    let mut lines: Vec<String> = specs.iter().map(|spec| python_json(&form(spec))).collect();
    lines.sort_unstable();
    Sha1::digest(lines.join("\n").as_bytes())
        .iter()
        .fold(String::new(), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}

fn form(spec: &PackageSpec) -> Value {
    let mut value = match &spec.source {
        PackageSource::Local { path } => json!({"local": path}),
        PackageSource::Git {
            url,
            revision,
            subdirectory,
            warn_unpinned,
        } => json!({
            "git": url,
            "revision": revision,
            "subdirectory": subdirectory,
            "warn-unpinned": warn_unpinned,
        }),
        PackageSource::Tarball { url } => json!({"tarball": url, "name": spec.name}),
        PackageSource::Hub {
            package,
            versions,
            install_prerelease,
        } => {
            let version = match &versions[..] {
                [one] => json!(one),
                many => json!(many),
            };
            json!({
                "package": package,
                "version": version,
                "install_prerelease": install_prerelease,
            })
        }
        PackageSource::Private {
            location,
            provider,
            revision,
            subdirectory,
            warn_unpinned,
        } => json!({
            "private": location,
            "provider": provider,
            "revision": revision,
            "subdirectory": subdirectory,
            "warn-unpinned": warn_unpinned,
        }),
    };
    if let Value::Object(map) = &mut value {
        map.insert("unrendered".into(), spec.unrendered.clone().into());
    }
    value
}

/// Writes JSON as Python's `json.dumps(..., sort_keys=True)` does.
fn python_json(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            let parts: Vec<String> = keys
                .into_iter()
                .map(|key| format!("{}: {}", Value::from(key.as_str()), python_json(&map[key])))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(python_json).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::String(text) => {
            let mut out = String::new();
            for c in Value::from(text.as_str()).to_string().chars() {
                if c.is_ascii() {
                    out.push(c);
                } else {
                    let mut units = [0; 2];
                    for unit in c.encode_utf16(&mut units) {
                        let _ = write!(out, "\\u{unit:04x}");
                    }
                }
            }
            out
        }
        other => other.to_string(),
    }
}
