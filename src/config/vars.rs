//! `var()`: where variables come from and which one wins.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

/// Every variable that a project can see.
#[derive(Debug, Clone, Default)]
pub struct Vars {
    /// `--vars`.
    pub cli: Arc<Map<String, Value>>,
    /// Name of the root project.
    pub root: Arc<str>,
    /// `vars:` of each project file, by package.
    pub projects: Arc<IndexMap<Arc<str>, Map<String, Value>>>,
}

impl Vars {
    /// Looks a variable up as code of the given package sees it: the command
    /// line, then the root project's block for the package, the root
    /// project's own, then the package's block for itself and its own.
    pub fn get(&self, package: &str, name: &str) -> Option<&Value> {
        if let Some(value) = self.cli.get(name) {
            return Some(value);
        }
        let mut projects = vec![&*self.root];
        if package != &*self.root {
            projects.push(package);
        }
        projects.into_iter().find_map(|project| {
            let vars = self.projects.get(project)?;
            let scoped = vars.get(package).and_then(Value::as_object);
            scoped.and_then(|v| v.get(name)).or_else(|| vars.get(name))
        })
    }

    /// Lists the names that code of the given package sees, sorted.
    pub fn names(&self, package: &str) -> Vec<&str> {
        self.visible(package).into_keys().collect()
    }

    /// Returns everything that code of the given package sees.
    pub fn visible(&self, package: &str) -> BTreeMap<&str, &Value> {
        fn all(map: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
            map.iter().map(|(name, value)| (name.as_str(), value))
        }
        let mut visible = BTreeMap::new();
        // What comes later wins.
        for project in [package, &*self.root] {
            let Some(vars) = self.projects.get(project) else {
                continue;
            };
            // A mapping may be a package's block as well as a value.
            visible.extend(all(vars));
            let scoped = vars.get(package).and_then(Value::as_object);
            visible.extend(scoped.into_iter().flat_map(all));
        }
        visible.extend(all(&self.cli));
        visible
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vars() -> Vars {
        let object = |value: Value| value.as_object().cloned().expect("a mapping");
        let root = object(json!({
            "a": "root", "b": "root", "shop": {"b": "root for shop"},
            "d": "root", "clinic": {"d": "root for itself"},
        }));
        let shop = object(json!({
            "a": "own", "c": "own", "e": "own", "shop": {"c": "own for itself"},
        }));
        Vars {
            cli: Arc::new(object(json!({"e": "cli"}))),
            root: "clinic".into(),
            projects: Arc::new(
                [("clinic".into(), root), ("shop".into(), shop)]
                    .into_iter()
                    .collect(),
            ),
        }
    }

    #[test]
    fn the_root_project_wins_over_the_package_itself() {
        let vars = vars();
        let get = |package, name| vars.get(package, name).and_then(Value::as_str);
        assert_eq!(get("shop", "a"), Some("root"));
        assert_eq!(get("shop", "b"), Some("root for shop"));
        assert_eq!(get("shop", "c"), Some("own for itself"));
        assert_eq!(get("shop", "e"), Some("cli"));
        assert_eq!(get("clinic", "b"), Some("root"));
        assert_eq!(get("clinic", "c"), None);
        assert_eq!(get("clinic", "d"), Some("root for itself"));
        assert_eq!(get("elsewhere", "a"), Some("root"));
    }
}
