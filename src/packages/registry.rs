//! The package registry: which packages there are, in which versions.
//!
//! Follows the API of dbt's package hub: `api/v1/index.json` lists packages,
//! `api/v1/NAMESPACE/NAME.json` has all versions of one.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Read as _;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::download::{Failure, open, with_retries};
use crate::config::DBT_VERSION;
use crate::config::semver::{Specifier, is_compatible};
use crate::diagnostics::{Diagnostic, suggest};
use crate::event::{Event, EventSink, Level};

/// The variable with the registry's address, which is dbt's.
pub const ADDRESS_VARIABLE: &str = "DBT_PACKAGE_HUB_URL";

const TIMEOUT: Duration = Duration::from_secs(30);

/// A registry at an address; asks for each thing once.
pub struct Registry<'a> {
    address: Option<String>,
    events: &'a dyn EventSink,
    index: RefCell<Option<Rc<Vec<String>>>>,
    packages: RefCell<HashMap<String, Rc<Map<String, Value>>>>,
}

impl<'a> Registry<'a> {
    /// Makes it; nothing is asked yet.
    pub fn new(address: Option<String>, events: &'a dyn EventSink) -> Self {
        Self {
            address: address.filter(|address| !address.is_empty()),
            events,
            index: RefCell::default(),
            packages: RefCell::default(),
        }
    }

    /// Fails when the registry does not list the package.
    pub fn check_known(&self, package: &str) -> Result<(), Diagnostic> {
        let index = self.index(package)?;
        if index.iter().any(|known| known == package) {
            return Ok(());
        }
        let diagnostic = Diagnostic::error(
            "unknown-package",
            format!("Package {package} was not found in the package index"),
        );
        Err(
            match suggest::nearest(package, index.iter().map(String::as_str)) {
                Some(similar) => diagnostic.hint(format!("did you mean `{similar}`?")),
                None => diagnostic.hint("check `package:` in `packages.yml`"),
            },
        )
    }

    /// Returns what is known of each version of a package.
    pub fn versions(&self, package: &str) -> Result<Rc<Map<String, Value>>, Diagnostic> {
        if let Some(known) = self.packages.borrow().get(package) {
            return Ok(Rc::clone(known));
        }
        let mut answer = self.ask(package, package, check_package)?;
        self.note_redirect(package, &answer);
        let versions = match answer.get_mut("versions").map(Value::take) {
            Some(Value::Object(versions)) => Rc::new(versions),
            _ => Rc::default(),
        };
        let mut packages = self.packages.borrow_mut();
        packages.insert(package.to_owned(), Rc::clone(&versions));
        Ok(versions)
    }

    /// Lists the versions of a package that accept the version of dbt that
    /// hcdbt stands in for, or all.
    pub fn usable_versions(
        &self,
        package: &str,
        checks_version: bool,
    ) -> Result<Vec<String>, Diagnostic> {
        let versions = self.versions(package)?;
        let usable = versions
            .iter()
            .filter(|(_, about)| !checks_version || accepts_us(about));
        Ok(usable.map(|(version, _)| version.clone()).collect())
    }

    fn index(&self, package: &str) -> Result<Rc<Vec<String>>, Diagnostic> {
        if let Some(index) = &*self.index.borrow() {
            return Ok(Rc::clone(index));
        }
        let answer = self.ask("index", package, |answer| match answer {
            Value::Array(_) => Ok(()),
            other => Err(format!("the index is no list, but {}", kind(other))),
        })?;
        let names = answer.as_array().into_iter().flatten();
        let names = names.filter_map(|name| name.as_str().map(str::to_owned));
        let index: Rc<Vec<String>> = Rc::new(names.collect());
        *self.index.borrow_mut() = Some(Rc::clone(&index));
        Ok(index)
    }

    fn ask(
        &self,
        name: &str,
        package: &str,
        check: impl Fn(&Value) -> Result<(), String>,
    ) -> Result<Value, Diagnostic> {
        let Some(address) = &self.address else {
            return Err(no_address(package));
        };
        let url = format!("{address}api/v1/{name}.json");
        self.tell_request(name, &url);
        with_retries(|| {
            let mut text = String::new();
            open(&url, TIMEOUT)?
                .read_to_string(&mut text)
                .map_err(|error| Failure::Broken(error.to_string()))?;
            let answer: Value = serde_json::from_str(&text)
                .map_err(|error| Failure::Broken(format!("the answer is no JSON: {error}")))?;
            check(&answer).map_err(Failure::Broken)?;
            Ok(answer)
        })
        .map_err(|why| unreachable(&url, &why))
    }

    fn tell_request(&self, name: &str, url: &str) {
        let (name, code, what) = match name {
            "index" => (
                "RegistryIndexProgressGETRequest",
                "M022",
                "package index registry",
            ),
            _ => ("RegistryProgressGETRequest", "M002", "package registry"),
        };
        self.events.send(Event {
            level: Level::Debug,
            name,
            code,
            message: format!("Making {what} request: GET {url}"),
            data: json!({"url": url}),
        });
    }

    fn note_redirect(&self, package: &str, answer: &Value) {
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        if answer.get("redirectnamespace").is_none() && answer.get("redirectname").is_none() {
            return;
        }
        let namespace = text("redirectnamespace").or_else(|| text("namespace"));
        let name = text("redirectname").or_else(|| text("name"));
        let new_name = format!(
            "{}/{}",
            namespace.unwrap_or_default(),
            name.unwrap_or_default()
        );
        self.events.send(Event {
            level: Level::Warn,
            name: "PackageRedirectDeprecation",
            code: "D001",
            message: format!(
                "The `{package}` package is deprecated in favor of `{new_name}`. Please update \
                 your `packages.yml` configuration to use `{new_name}` instead."
            ),
            data: json!({"old_name": package, "new_name": new_name}),
        });
    }
}

fn check_package(answer: &Value) -> Result<(), String> {
    let Value::Object(about) = answer else {
        return Err(format!("the answer is no mapping, but {}", kind(answer)));
    };
    for key in ["name", "versions"] {
        if !about.contains_key(key) {
            return Err(format!("the answer has no `{key}`"));
        }
    }
    let Some(versions) = about["versions"].as_object() else {
        return Err("`versions` of the answer is no mapping".to_owned());
    };
    // dbt is content when any version has a key.
    for key in ["name", "packages", "downloads"] {
        if !versions.values().any(|about| about.get(key).is_some()) {
            return Err(format!("the versions in the answer have no `{key}`"));
        }
    }
    Ok(())
}

fn accepts_us(about: &Value) -> bool {
    let limits: Vec<&Value> = match about.get("require_dbt_version") {
        None | Some(Value::Null) => return true,
        Some(Value::Array(limits)) => limits.iter().collect(),
        Some(one) => vec![one],
    };
    let limits = limits.iter().filter_map(|limit| limit.as_str());
    let limits = limits.filter(|limit| !limit.is_empty());
    let limits: Option<Vec<Specifier>> = limits.map(Specifier::parse).collect();
    let ours = Specifier::parse(DBT_VERSION).expect("the constant is a version");
    limits.is_some_and(|limits| is_compatible(&ours, &limits))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

fn no_address(package: &str) -> Diagnostic {
    Diagnostic::error(
        "no-registry",
        format!("the package `{package}` comes from a package registry, and none is set"),
    )
    .because(format!(
        "the environment variable `{ADDRESS_VARIABLE}` names the registry, as it does for dbt"
    ))
    .hint(format!(
        "set `{ADDRESS_VARIABLE}` to the address of dbt's package hub or of a mirror (with a `/` at \
         its end), or name the package's repository with `git:` and `revision:`, or a folder with \
         `local:`"
    ))
}

fn unreachable(url: &str, why: &Failure) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "registry-failed",
        format!("External connection exception occurred: `{url}`: {why}"),
    );
    diagnostic.hint(format!(
        "check the network and `{ADDRESS_VARIABLE}`; without a network, put a copy of the package \
         into a folder and name that with `local:`"
    ))
}
