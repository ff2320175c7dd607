//! What Jinja in YAML files sees, and how their values are rendered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// The environment as `env_var()` sees it; remembers what was asked for.
#[derive(Debug, Clone, Default)]
pub struct EnvVars {
    pub values: Arc<BTreeMap<String, String>>,
    pub used: Arc<Mutex<BTreeSet<String>>>,
}

/// Renders values of YAML files for one package.
#[derive(Debug, Clone)]
pub struct YamlRenderer<'p> {
    pub package: &'p str,
}
