//! `package-lock.yml`, in dbt's form.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Fetcher, Installed, PinnedSource};
use crate::config::packages::{PackageSource, PackageSpec};
use crate::diagnostics::Diagnostic;
use crate::jinja::{self, dump_yaml};

/// Writes the file for packages, and for the hash of the entries that they
/// were found for. Values of secrets become `*****`, with a warning.
pub fn lock_text(
    fetcher: &Fetcher<'_>,
    packages: &[Installed],
    hash: &str,
    secrets: &[&str],
) -> Result<String, Diagnostic> {
    let scrubbed = |address: &str| {
        let scrub = |text: String, secret: &&str| text.replace(secret, "*****");
        let scrubbed = secrets.iter().fold(address.to_owned(), scrub);
        if scrubbed != address {
            fetcher.warn_scrubbed(&scrubbed)?;
        }
        Ok(scrubbed)
    };
    let mut entries = Vec::with_capacity(packages.len());
    for Installed { name, pinned } in packages {
        let entry = match &pinned.source {
            PinnedSource::Local { path } => json!({"name": name, "local": path}),
            PinnedSource::Builtin { .. } => json!({"name": name, "builtin": name}),
            PinnedSource::Git {
                unrendered,
                revision,
                subdirectory,
                ..
            } => {
                let mut entry = json!({"name": name, "revision": revision});
                entry["git"] = scrubbed(unrendered)?.into();
                if let Some(folder) = subdirectory.as_deref().filter(|f| !f.is_empty()) {
                    entry["subdirectory"] = json!(folder);
                }
                entry
            }
            PinnedSource::Tarball { unrendered, .. } => {
                json!({"name": name, "tarball": scrubbed(unrendered)?})
            }
            PinnedSource::Hub {
                package, version, ..
            } => json!({"name": name, "package": package, "version": version}),
        };
        entries.push(entry);
    }
    Ok(to_yaml(&json!({"packages": entries, "sha1_hash": hash})))
}

/// Writes a value as dbt writes files about packages: as PyYAML does, keys
/// sorted, and lists further in than their key.
pub fn to_yaml(value: &Value) -> String {
    dump_yaml(&jinja::from_json(value)).unwrap_or_default()
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

/// Returns an entry with all that its kind has, what was not written as null.
fn form(spec: &PackageSpec) -> Value {
    let unwritten: &[&str] = match &spec.source {
        PackageSource::Local { .. }
        | PackageSource::Builtin { .. }
        | PackageSource::Tarball { .. } => &[],
        PackageSource::Git { .. } => &["revision", "warn-unpinned", "subdirectory"],
        PackageSource::Private { .. } => &["provider", "revision", "warn-unpinned", "subdirectory"],
        PackageSource::Hub { .. } => &["install_prerelease"],
    };
    let mut form = Map::new();
    for key in unwritten {
        let value = match *key {
            "install_prerelease" => Value::Bool(false),
            _ => Value::Null,
        };
        form.insert((*key).to_owned(), value);
    }
    form.extend(spec.entry.clone());
    if form.get("name") == Some(&Value::Null) {
        form.remove("name");
    }
    form.insert("unrendered".into(), spec.unrendered.clone().into());
    Value::Object(form)
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
