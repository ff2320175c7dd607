//! Database, schema and alias of a node, through the macros that projects
//! override to have names of their own.
//!
//! Most projects leave some of `generate_database_name`,
//! `generate_schema_name` and `generate_alias_name` as they are shipped. Those
//! are not rendered: their rule is applied here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr};
use serde_json::{Map, Value as Json, json};

use super::ParseContext;
use super::context::{PackageNames, var_function};
use super::node::{Node, version_text};
use super::serialize::NodeView;
use super::template::{Template, template_error};
use crate::config::{LoadedProject, MissingVar, PackageKind, Vars};
use crate::diagnostics::Diagnostic;
use crate::jinja::python::methods::is_dict_method;
use crate::jinja::{Engine, Scope, Value, from_json};

/// Which part of a relation's name a macro makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Database,
    Schema,
    Alias,
}

impl Part {
    const ALL: [Self; 3] = [Self::Database, Self::Schema, Self::Alias];

    fn macro_name(self) -> &'static str {
        match self {
            Self::Database => "generate_database_name",
            Self::Schema => "generate_schema_name",
            Self::Alias => "generate_alias_name",
        }
    }
}

/// The macros that make names: for nodes of each package that has its own,
/// and for all others.
#[derive(Debug, Default)]
pub(super) struct NameMacros {
    default: [Option<Arc<str>>; 3],
    of_package: HashMap<(Arc<str>, Part), Arc<str>>,
    /// What a macro made of a custom name, and of what it read of the node.
    known: Mutex<HashMap<(Arc<str>, Option<String>), Vec<Known>>>,
}

/// A name that a macro made for one node, and that holds for all others which
/// have the same fields where it looked.
#[derive(Debug)]
struct Known {
    read: Vec<(Field, Option<String>)>,
    name: Option<String>,
}

impl Known {
    fn holds_for(&self, node: &Node) -> bool {
        let mut read = self.read.iter();
        read.all(|(field, text)| field.of(node) == text.as_deref())
    }
}

impl NameMacros {
    /// Finds the macros of a project. None stands for the rule that is shipped.
    pub(super) fn new(project: &LoadedProject, engine: &Engine) -> Self {
        let mut macros = Self::default();
        for part in Part::ALL {
            let name = part.macro_name();
            let own = engine.find_in_package(&project.name, name);
            macros.default[part as usize] = match own {
                Some(own) => Some(Arc::clone(&own.unique_id)),
                None => overridden_default(project, engine, name),
            };
            for package in project.packages.values() {
                if package.kind != PackageKind::Installed {
                    continue;
                }
                if let Some(found) = engine.find_in_package(&package.name, name) {
                    let key = (Arc::clone(&package.name), part);
                    macros.of_package.insert(key, Arc::clone(&found.unique_id));
                }
            }
        }
        macros
    }

    fn find(&self, package: &Arc<str>, part: Part) -> Option<&Arc<str>> {
        if !self.of_package.is_empty()
            && let Some(found) = self.of_package.get(&(Arc::clone(package), part))
        {
            return Some(found);
        }
        self.default[part as usize].as_ref()
    }
}

/// The shipped macro dispatches, so a project may override the rule alone:
/// `default__generate_schema_name`.
fn overridden_default(project: &LoadedProject, engine: &Engine, name: &str) -> Option<Arc<str>> {
    let found = engine.dispatch(name, Some("dbt"), &project.name).ok()?;
    let is_shipped = project.internal_packages().contains(&&*found.package);
    (!is_shipped).then(|| Arc::clone(&found.unique_id))
}

/// The names of a node's relation.
pub(super) struct RelationNames {
    pub database: Option<String>,
    pub schema: String,
    pub alias: String,
}

/// Makes the names of a node from its config.
pub(super) fn relation_names(
    cx: &ParseContext<'_>,
    node: &mut Node,
    found: &mut Vec<Diagnostic>,
) -> RelationNames {
    let custom = |node: &Node, key: &str| node.config.str(key).map(str::to_owned);
    let database = custom(node, "database");
    let database = match cx.name_macros.find(&node.package_name, Part::Database) {
        None => database.or_else(|| cx.default_database.clone()),
        Some(id) => call(cx, id, Part::Database, database, node, found),
    };
    node.database.clone_from(&database);
    let schema = custom(node, "schema");
    let schema = match cx.name_macros.find(&node.package_name, Part::Schema) {
        None => match schema {
            None => cx.default_schema.clone(),
            Some(custom) => format!("{}_{}", cx.default_schema, custom.trim()),
        },
        Some(id) => call(cx, id, Part::Schema, schema, node, found).unwrap_or_default(),
    };
    node.schema.clone_from(&schema);
    let alias = custom(node, "alias");
    let alias = match cx.name_macros.find(&node.package_name, Part::Alias) {
        None => default_alias(node, alias),
        Some(id) => {
            call(cx, id, Part::Alias, alias, node, found).unwrap_or_else(|| node.name.clone())
        }
    };
    RelationNames {
        database: database.map(|d| d.trim().to_owned()),
        schema: schema.trim().to_owned(),
        alias: alias.trim().to_owned(),
    }
}

fn default_alias(node: &Node, custom: Option<String>) -> String {
    if let Some(custom) = custom.filter(|c| !c.is_empty()) {
        return custom;
    }
    match node.model().and_then(|m| m.version.as_ref()) {
        Some(version) => format!("{}_v{}", node.name, version_text(version).replace('.', "_")),
        None => node.name.clone(),
    }
}

fn call(
    cx: &ParseContext<'_>,
    id: &Arc<str>,
    part: Part,
    custom: Option<String>,
    node: &Node,
    found: &mut Vec<Diagnostic>,
) -> Option<String> {
    let key = (Arc::clone(id), custom.clone());
    let lock = || {
        cx.name_macros
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    };
    if let Some(known) = lock().get(&key)
        && let Some(known) = known.iter().find(|known| known.holds_for(node))
    {
        return known.name.clone();
    }
    let object = Arc::new(NodeObject {
        node: node.clone(),
        read: Mutex::default(),
        view: OnceLock::new(),
    });
    let custom_value = custom.map_or_else(|| Value::from(()), Value::from);
    let args = [custom_value, Value::from_dyn_object(Arc::clone(&object))];
    let scope = NameScope {
        names: cx.names_of(&cx.project.name),
        var: OnceLock::new(),
        vars: cx.project.vars.clone(),
    };
    let context = cx.context(Arc::new(scope), Arc::clone(&cx.project.name));
    match cx.engine.call_macro(id, &args, &[], &context) {
        Ok(value) => {
            let name = (!value.is_none() && !value.is_undefined())
                .then(|| value.to_string().trim().to_owned());
            let read = object.fields_read();
            if object.view.get().is_none() && read.iter().all(|field| field.has_few_values()) {
                let read = read.into_iter().map(|field| {
                    let text = field.of(node).map(str::to_owned);
                    (field, text)
                });
                let known = Known {
                    read: read.collect(),
                    name: name.clone(),
                };
                lock().entry(key).or_default().push(known);
            }
            name
        }
        Err(error) => {
            let template = Template::of_part(&node.file, &node.span);
            let what = format!(
                "{} of {}",
                part.macro_name(),
                super::describe(node.resource_type, &node.name)
            );
            let error = template_error(cx.template_files(), &template, &what, &error);
            if !found.contains(&error) {
                found.push(error);
            }
            None
        }
    }
}

/// The names that a macro sees that makes a name: a package's own, where a
/// variable that nobody has set is an error, since a name depends on it.
struct NameScope {
    names: Arc<PackageNames>,
    var: OnceLock<Value>,
    vars: Vars,
}

impl Scope for NameScope {
    fn get(&self, name: &str) -> Option<Value> {
        if name == "var" {
            let make = || var_function(&self.vars, &self.vars.root, MissingVar::IsError);
            return Some(self.var.get_or_init(make).clone());
        }
        self.names.get(name)
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.names.names()
    }
}

/// A field of a node that is a text, which macros that make names read most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    ResourceType,
    Name,
    PackageName,
    Path,
    OriginalFilePath,
    UniqueId,
    Database,
    Schema,
    Alias,
}

impl Field {
    fn find(key: &str) -> Option<Self> {
        Some(match key {
            "resource_type" => Self::ResourceType,
            "name" => Self::Name,
            "package_name" => Self::PackageName,
            "path" => Self::Path,
            "original_file_path" => Self::OriginalFilePath,
            "unique_id" => Self::UniqueId,
            "database" => Self::Database,
            "schema" => Self::Schema,
            "alias" | "identifier" => Self::Alias,
            _ => return None,
        })
    }

    /// Tells whether many nodes have the same; what each has for itself tells
    /// nothing of others.
    fn has_few_values(self) -> bool {
        matches!(
            self,
            Self::ResourceType | Self::PackageName | Self::Database | Self::Schema
        )
    }

    fn of(self, node: &Node) -> Option<&str> {
        Some(match self {
            Self::ResourceType => node.resource_type.as_str(),
            Self::Name => &node.name,
            Self::PackageName => &node.package_name,
            Self::Path => &node.path,
            Self::OriginalFilePath => &node.original_file_path,
            Self::UniqueId => node.unique_id.as_str(),
            Self::Database => return node.database.as_deref(),
            Self::Schema => &node.schema,
            Self::Alias => &node.alias,
        })
    }
}

/// The node that a name is made for. Notes what the macro looks at: where
/// that is the same, other nodes get the same name of the same custom name.
#[derive(Debug)]
struct NodeObject {
    node: Node,
    read: Mutex<Vec<Field>>,
    /// The whole node, once more than some of its fields is read.
    view: OnceLock<Value>,
}

impl NodeObject {
    fn view(&self) -> &Value {
        self.view.get_or_init(|| node_value(&self.node))
    }

    fn read(&self) -> MutexGuard<'_, Vec<Field>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fields_read(&self) -> Vec<Field> {
        self.read().clone()
    }
}

impl Object for NodeObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        // A node has no fields of these names: `node.get('name')` asks first.
        if key.starts_with("__") || is_dict_method(key) {
            return None;
        }
        if let Some(field) = Field::find(key) {
            let mut read = self.read();
            if !read.contains(&field) {
                read.push(field);
            }
            return Some(match field.of(&self.node) {
                Some(text) => Value::from(text),
                None => Value::from(()),
            });
        }
        let value = self.view().get_attr(key).ok()?;
        (!value.is_undefined()).then_some(value)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let keys = self.view().try_iter().map(Iterator::collect);
        Enumerator::Values(keys.unwrap_or_default())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

/// Makes the value that templates see as `node` or `model`.
pub(super) fn node_value(node: &Node) -> Value {
    let view = NodeView {
        node,
        compiled: None,
    };
    let mut json = serde_json::to_value(view).unwrap_or_else(|_| Json::Object(Map::new()));
    if let Json::Object(map) = &mut json {
        map.insert("identifier".to_owned(), json!(node.alias));
        map.insert(
            "config_call_dict".to_owned(),
            Json::Object(node.config_call_dict.clone()),
        );
    }
    from_json(&json)
}
