//! `var()`: where variables come from and which one wins.

use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Every variable that a project can see.
#[derive(Debug, Clone, Default)]
pub struct Vars {
    pub cli: Arc<Map<String, Value>>,
    pub root: Arc<str>,
    /// `vars:` of each project file, by package.
    pub projects: IndexMap<Arc<str>, Map<String, Value>>,
}

impl Vars {
    /// Looks a variable up as code of the given package sees it: the command
    /// line, then the root project's block for the package, the root
    /// project's own, then the package's block for itself and its own.
    pub fn get(&self, _package: &str, _name: &str) -> Option<&Value> {
        todo!("written next")
    }
}
