//! `selectors.yml`: selections that have a name.
//!
//! A definition is one word as on the command line, a mapping that names a
//! method and a value, or a union or intersection of definitions. Any of them
//! can leave things out with `exclude`.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::Indirect;
use super::spec::{Combined, Criteria, Depth, Spec, check_method};
use crate::config::SelectorsFile;
use crate::diagnostics::{Diagnostic, SourceFile, suggest};

/// The named selections of a project, in the file's order.
#[derive(Debug, Clone, Default)]
pub struct Selectors {
    entries: IndexMap<String, Selector>,
}

#[derive(Debug, Clone)]
struct Selector {
    is_default: bool,
    spec: Spec,
}

impl Selectors {
    /// Reads the file. `indirect` holds where a definition does not say.
    ///
    /// # Errors
    ///
    /// Each definition that cannot be read is an error with its place.
    pub fn read(file: &SelectorsFile, indirect: Indirect) -> Result<Self, Vec<Diagnostic>> {
        let mut selectors = Self::default();
        let mut found = Vec::new();
        let whole = 0..file.file.text.trim_end().len();
        let Some(list) = file.value.get("selectors").and_then(Value::as_array) else {
            return Err(vec![invalid("`selectors.yml` has no list `selectors`").at(
                &file.file,
                whole,
                "selectors are expected under `selectors:`",
            )]);
        };
        let written = file.yaml.get("selectors").and_then(|yaml| yaml.items());
        for (i, entry) in list.iter().enumerate() {
            let span = written
                .and_then(|items| items.get(i))
                .map_or(whole.clone(), |yaml| yaml.span.clone());
            let place = |error: Diagnostic| at(error, &file.file, span.clone());
            let Some(name) = entry.get("name").and_then(Value::as_str) else {
                found.push(place(invalid("a selector has no `name`")));
                continue;
            };
            let Some(definition) = entry.get("definition") else {
                let text = format!("the selector `{name}` has no `definition`");
                found.push(place(invalid(text)));
                continue;
            };
            let is_default = entry.get("default") == Some(&Value::Bool(true));
            if is_default && let Some(other) = selectors.default_name() {
                let text =
                    format!("Found multiple selectors with `default: true`: {other} and {name}");
                found.push(place(invalid(text)));
            }
            let reader = Reader {
                known: &selectors,
                indirect,
            };
            match reader.root(definition) {
                Ok(spec) => {
                    selectors
                        .entries
                        .insert(name.to_owned(), Selector { is_default, spec });
                }
                Err(error) => found.push(place(error)),
            }
        }
        if found.is_empty() {
            Ok(selectors)
        } else {
            Err(found)
        }
    }

    /// Returns what a name stands for.
    pub fn get(&self, name: &str) -> Option<&Spec> {
        self.entries.get(name).map(|selector| &selector.spec)
    }

    /// The same, where there is an error when the name is unknown.
    ///
    /// # Errors
    ///
    /// An unknown name is an error that names the nearest.
    pub fn require(&self, name: &str) -> Result<&Spec, Diagnostic> {
        self.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.entries.keys().map(String::as_str).collect();
            let error = Diagnostic::error(
                "unknown-selector",
                format!("Could not find selector named {name}"),
            );
            match suggest::nearest(name, names.iter().copied()) {
                Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
                None if names.is_empty() => error.hint("define it in `selectors.yml`"),
                None => error.hint(format!("there are {}", names.join(", "))),
            }
        })
    }

    /// Returns the name of the selector that holds where nothing is selected.
    pub fn default_name(&self) -> Option<&str> {
        let mut entries = self.entries.iter();
        let found = entries.find(|(_, selector)| selector.is_default)?;
        Some(found.0)
    }
}

fn invalid(text: impl Into<String>) -> Diagnostic {
    Diagnostic::error("invalid-selector", text)
}

fn at(error: Diagnostic, file: &Arc<SourceFile>, span: std::ops::Range<usize>) -> Diagnostic {
    if error.labels.is_empty() {
        error.at(file, span, "this selector")
    } else {
        error
    }
}

/// Reads definitions; those that stand further up in the file are known.
struct Reader<'a> {
    known: &'a Selectors,
    indirect: Indirect,
}

impl Reader<'_> {
    fn root(&self, definition: &Value) -> Result<Spec, Diagnostic> {
        if let Value::Object(map) = definition
            && (map.contains_key("union") || map.contains_key("intersection"))
            && map.len() > 1
        {
            let keys: Vec<&str> = map.keys().map(String::as_str).collect();
            return Err(invalid(format!(
                "Only a single 'union' or 'intersection' key is allowed in a root level selector \
                 definition; found {}.",
                keys.join(",")
            )));
        }
        self.definition(definition)
    }

    fn definition(&self, definition: &Value) -> Result<Spec, Diagnostic> {
        match definition {
            Value::String(word) => Criteria::parse(word, self.indirect).map(Spec::Criteria),
            Value::Object(map) if map.contains_key("union") => {
                self.set(&map["union"], "union", Spec::Union)
            }
            Value::Object(map) if map.contains_key("intersection") => {
                self.set(&map["intersection"], "intersection", Spec::Intersection)
            }
            Value::Object(map) => self.mapping(map),
            other => Err(invalid(format!(
                "a definition is a text or a mapping, but this is `{other}`"
            ))),
        }
    }

    fn set(
        &self,
        list: &Value,
        key: &str,
        make: impl Fn(Combined) -> Spec,
    ) -> Result<Spec, Diagnostic> {
        let mut components = Vec::new();
        let mut excluded: Option<Option<Spec>> = None;
        for part in items(list, key)? {
            match part.get("exclude") {
                Some(_) if excluded.is_some() => {
                    return Err(invalid(format!(
                        "You cannot provide multiple exclude arguments to the same selector set \
                         operator: `{part}`"
                    )));
                }
                Some(list) => excluded = Some(self.exclusions(list)?),
                None => components.push(self.definition(part)?),
            }
        }
        let set = make(combined(components));
        Ok(without(set, excluded.flatten()))
    }

    /// Reads what is left out. An empty list leaves out nothing.
    fn exclusions(&self, list: &Value) -> Result<Option<Spec>, Diagnostic> {
        let mut parts = items(list, "exclude")?
            .iter()
            .map(|part| self.definition(part))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(match parts.len() {
            0 | 1 => parts.pop(),
            _ => Some(Spec::Union(combined(parts))),
        })
    }

    fn mapping(&self, map: &Map<String, Value>) -> Result<Spec, Diagnostic> {
        let mut entries = map.iter();
        if let (Some((method, value)), None) = (entries.next(), entries.next()) {
            return self.criteria(map, method, value).map(Spec::Criteria);
        }
        let method = map.get("method").and_then(Value::as_str);
        let (Some(method), Some(value)) = (method, map.get("value")) else {
            let keys: Vec<&str> = map.keys().map(String::as_str).collect();
            return Err(invalid(format!(
                "Expected either 1 key or else \"method\" and \"value\" keys, but got {}",
                keys.join(", ")
            )));
        };
        if method == "selector" {
            let name = text(value);
            return self.known.get(&name).cloned().ok_or_else(|| {
                invalid(format!(
                    "Existing selector definition for {name} not found."
                ))
                .hint("a selector can only use those that stand above it in the file")
            });
        }
        let base = Spec::Criteria(self.criteria(map, method, value)?);
        let excluded = match map.get("exclude") {
            Some(list) => self.exclusions(list)?,
            None => None,
        };
        Ok(without(base, excluded))
    }

    fn criteria(
        &self,
        map: &Map<String, Value>,
        method: &str,
        value: &Value,
    ) -> Result<Criteria, Diagnostic> {
        let raw = Value::Object(map.clone()).to_string();
        let mut parts = method.split('.').map(str::to_owned);
        let method = parts.next().unwrap_or_default();
        check_method(&method, &raw)?;
        let is_set = |key: &str| map.get(key).is_some_and(is_truthy);
        let depth = |key: &str| -> Result<Depth, Diagnostic> {
            match map.get(key).filter(|value| is_truthy(value)) {
                None => Ok(None),
                Some(value) => text(value).parse().map(Some).map_err(|_| {
                    invalid(format!(
                        "`{key}` of a selector is `{value}`, which is no number of steps"
                    ))
                }),
            }
        };
        let indirect = match map.get("indirect_selection") {
            None => self.indirect,
            Some(value) => value.as_str().and_then(Indirect::parse).ok_or_else(|| {
                invalid(format!("`{value}` is not a valid indirect_selection"))
                    .hint("it is one of eager, cautious, buildable, empty")
            })?,
        };
        let mut criteria = Criteria {
            raw,
            method,
            arguments: parts.collect(),
            value: text(value),
            literal: (!value.is_string()).then(|| value.clone()),
            childrens_parents: is_set("childrens_parents"),
            parents: None,
            children: None,
            indirect,
        };
        if is_set("parents") {
            criteria.parents = Some(depth("parents_depth")?);
        }
        if is_set("children") {
            criteria.children = Some(depth("children_depth")?);
        }
        criteria.check()?;
        Ok(criteria)
    }
}

fn items<'v>(list: &'v Value, key: &str) -> Result<&'v [Value], Diagnostic> {
    let items = list
        .as_array()
        .ok_or_else(|| invalid(format!("Invalid value for key \"{key}\". Expected a list.")))?;
    for item in items {
        if !item.is_string() && !item.is_object() {
            return Err(invalid(format!(
                "Invalid value in key \"{key}\", expected a mapping or a text (value: {item})."
            )));
        }
    }
    Ok(items)
}

fn combined(components: Vec<Spec>) -> Combined {
    Combined {
        components,
        indirect: Indirect::Eager,
        warn_when_empty: None,
    }
}

fn without(set: Spec, excluded: Option<Spec>) -> Spec {
    match excluded {
        None => set,
        Some(excluded) => Spec::Difference(combined(vec![set, excluded])),
    }
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// Returns a value as its text, `true` and `false` as Python has them.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

/// Returns the selectors as the manifest shows them: each word taken apart,
/// and each selector that another one uses in its place.
pub fn manifest_form(file: Option<&SelectorsFile>) -> Map<String, Value> {
    let mut shown: Map<String, Value> = Map::new();
    let list = file.and_then(|file| file.value.get("selectors")?.as_array());
    for entry in list.into_iter().flatten() {
        let (Some(name), Value::Object(entry)) = (entry.get("name"), entry) else {
            continue;
        };
        let Some(name) = name.as_str() else { continue };
        let mut entry = entry.clone();
        if let Some(definition) = entry.get("definition") {
            let definition = shown_definition(definition, &shown);
            entry.insert("definition".to_owned(), definition);
        }
        shown.insert(name.to_owned(), Value::Object(entry));
    }
    shown
}

fn shown_definition(definition: &Value, known: &Map<String, Value>) -> Value {
    let list = |items: &Value| -> Value {
        let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().map(|d| shown_definition(d, known)).collect()
    };
    let map = match definition {
        Value::String(word) => return shown_word(word),
        Value::Object(map) => map,
        other => return other.clone(),
    };
    for set in ["union", "intersection"] {
        if let Some(items) = map.get(set) {
            return json!({ set: list(items) });
        }
    }
    let Some((key, value)) = map.iter().next() else {
        return definition.clone();
    };
    if key == "exclude" {
        return json!({ "exclude": list(value) });
    }
    if map.len() == 1 {
        let value = if value.is_array() {
            list(value)
        } else {
            value.clone()
        };
        return json!({"method": key, "value": value});
    }
    if key == "method" && value == "selector" {
        let name = map.get("value").and_then(Value::as_str).unwrap_or_default();
        let found = known.get(name).and_then(|entry| entry.get("definition"));
        return found.unwrap_or(definition).clone();
    }
    definition.clone()
}

fn shown_word(word: &str) -> Value {
    let Ok(criteria) = Criteria::parse(word, Indirect::Eager) else {
        return Value::from(word);
    };
    let mut map = Map::new();
    if criteria.childrens_parents {
        map.insert("childrens_parents".into(), true.into());
    }
    let mut relatives = |depth: &Option<Depth>, key: &str| {
        if let Some(depth) = depth {
            map.insert(key.to_owned(), true.into());
            if let Some(depth) = depth {
                map.insert(format!("{key}_depth"), depth.to_string().into());
            }
        }
    };
    relatives(&criteria.parents, "parents");
    relatives(&criteria.children, "children");
    let method: Vec<&str> = std::iter::once(&criteria.method)
        .chain(&criteria.arguments)
        .map(String::as_str)
        .collect();
    map.insert("method".into(), method.join(".").into());
    if !criteria.value.is_empty() {
        map.insert("value".into(), criteria.value.into());
    }
    Value::Object(map)
}
