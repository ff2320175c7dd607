//! `var()`: where variables come from and which one wins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::jinja;

/// Every variable that a project can see.
#[derive(Debug, Clone, Default)]
pub struct Vars {
    /// `--vars`.
    pub cli: Arc<Map<String, Value>>,
    /// Name of the root project.
    pub root: Arc<str>,
    /// `vars:` of each project file, by package.
    pub projects: Arc<IndexMap<Arc<str>, Map<String, Value>>>,
    /// Which of all these are dates.
    pub dates: Arc<VarDates>,
}

/// The variables that YAML takes to be dates, and JSON holds as texts: pointers
/// of JSON.
#[derive(Debug, Clone, Default)]
pub struct VarDates {
    pub cli: BTreeSet<String>,
    /// By package.
    pub projects: IndexMap<Arc<str>, BTreeSet<String>>,
}

impl Vars {
    /// Looks a variable up as code of the given package sees it: the command
    /// line, then the root project's block for the package, the root
    /// project's own, then the package's block for itself and its own.
    pub fn get(&self, package: &str, name: &str) -> Option<&Value> {
        self.find(package, name).map(|(value, ..)| value)
    }

    /// Looks a variable up as templates see it: what YAML takes to be a date is
    /// one of Python's.
    pub fn value(&self, package: &str, name: &str) -> Option<jinja::Value> {
        let (value, dates, is_in_block) = self.find(package, name)?;
        let Some(dates) = dates.filter(|dates| !dates.is_empty()) else {
            return Some(jinja::from_json(value));
        };
        let mut at = if is_in_block {
            format!("/{package}/{name}")
        } else {
            format!("/{name}")
        };
        let is_date = |at: &str| dates.contains(at);
        Some(jinja::from_json_with_dates(value, &is_date, &mut at))
    }

    /// The same, with the dates of the file that has it, and whether it stands in
    /// the package's block there.
    fn find(&self, package: &str, name: &str) -> Option<(&Value, Option<&BTreeSet<String>>, bool)> {
        if let Some(value) = self.cli.get(name) {
            return Some((value, Some(&self.dates.cli), false));
        }
        let mut projects = vec![&*self.root];
        if package != &*self.root {
            projects.push(package);
        }
        projects.into_iter().find_map(|project| {
            let vars = self.projects.get(project)?;
            let dates = self.dates.projects.get(project);
            let block = vars.get(package).and_then(Value::as_object);
            match block.and_then(|block| block.get(name)) {
                Some(value) => Some((value, dates, true)),
                None => Some((vars.get(name)?, dates, false)),
            }
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
            ..Vars::default()
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

    #[test]
    fn dates_are_dates_to_templates() {
        let object = |value: Value| value.as_object().cloned().expect("a mapping");
        let root = object(json!({
            "day": "2024-01-31", "text": "2024-01-31",
            "at": "2024-01-31T10:00:00+00:00",
            "shop": {"days": [1, "2024-02-01"]},
        }));
        let pointers = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        let dates = VarDates {
            cli: pointers(&["/cli"]),
            projects: [("clinic".into(), pointers(&["/day", "/at", "/shop/days/1"]))]
                .into_iter()
                .collect(),
        };
        let vars = Vars {
            cli: Arc::new(object(json!({"cli": "2025-01-01"}))),
            root: "clinic".into(),
            projects: Arc::new([("clinic".into(), root)].into_iter().collect()),
            dates: Arc::new(dates),
        };
        let shown = |name| {
            let value = vars.value("shop", name).expect("a variable");
            jinja::python::repr(&value).expect("a text")
        };
        assert_eq!(shown("day"), "datetime.date(2024, 1, 31)");
        assert_eq!(shown("text"), "'2024-01-31'");
        assert_eq!(shown("days"), "[1, datetime.date(2024, 2, 1)]");
        assert_eq!(shown("cli"), "datetime.date(2025, 1, 1)");
        assert_eq!(
            vars.value("shop", "at").expect("one").to_string(),
            "2024-01-31 10:00:00+00:00"
        );
    }
}
