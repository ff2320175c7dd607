//! The names that the case files describe as the standard context.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use minijinja::Value;
use serde_json::Value as Json;

use crate::adapter::{Cell, Column, ColumnType, Relation, Table};
use crate::jinja::objects::{self, api};
use crate::jinja::{
    Call, Context, Engine, EngineBuilder, EngineOptions, JinjaError, MacroSource, Module, Scope,
    from_json, function, function_with, python, scan_blocks,
};

/// The macros of a case, by the packages that their names begin with.
pub fn engine(macros: &str) -> Result<Engine, JinjaError> {
    let mut builder = EngineBuilder::new(EngineOptions {
        root_package: "case".to_owned(),
        internal_packages: vec!["dbt".to_owned()],
        dependencies: vec!["case".to_owned(), "pkg".to_owned(), "dbt".to_owned()],
        dispatch: HashMap::new(),
        prefixes: vec!["duckdb".to_owned()],
    });
    let text: Arc<str> = Arc::from(macros);
    let path: Arc<str> = Arc::from("macros.sql");
    for block in scan_blocks(macros)? {
        for (package, name) in [
            Some(("case", block.name.as_str())),
            block.name.strip_prefix("pkg__").map(|name| ("pkg", name)),
            block.name.strip_prefix("dbt__").map(|name| ("dbt", name)),
        ]
        .into_iter()
        .flatten()
        {
            let mut block = block.clone();
            block.name = name.to_owned();
            let unique_id = format!("macro.{package}.{name}");
            let _ = builder.add_macro(&MacroSource {
                package,
                unique_id: &unique_id,
                path: &path,
                text: &text,
                block: &block,
            });
        }
    }
    Ok(builder.build())
}

/// Makes a context of the standard names.
pub fn context(standard: &Json) -> Context {
    Context::new(Arc::new(Standard::new(standard)), "case").with_clock(Arc::new(|| {
        jiff::Timestamp::from_second(1_709_647_629).expect("a moment in range")
    }))
}

struct Standard(HashMap<&'static str, Value>);

impl Scope for Standard {
    fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.0.keys().map(|name| Cow::Borrowed(*name)).collect()
    }
}

fn text(value: &Option<Value>) -> Result<String, JinjaError> {
    match value.as_ref().and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(JinjaError::type_error("a text is needed")),
    }
}

fn refer(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let mut names = Vec::new();
    for arg in call.args() {
        names.push(text(&Some(arg.clone()))?);
    }
    let version = call
        .kwargs()
        .iter()
        .find(|(key, _)| key == "v" || key == "version");
    let suffix = version.map(|(_, v)| format!("_v{v}")).unwrap_or_default();
    match &names[..] {
        [name] => Ok(objects::relation(Relation::new(
            "db",
            "main",
            format!("{name}{suffix}"),
        ))),
        [package, name] => Ok(objects::relation(Relation::new(
            "db",
            package,
            format!("{name}{suffix}"),
        ))),
        _ => Err(JinjaError::type_error("ref() takes one or two names")),
    }
}

fn config() -> Value {
    let stored: Arc<Mutex<HashMap<String, Value>>> = Arc::default();
    stored
        .lock()
        .expect("unpoisoned")
        .insert("materialized".to_owned(), Value::from("view"));
    let (set, read) = (stored.clone(), stored);
    function_with(
        "config",
        move |call| {
            let mut stored = set.lock().expect("unpoisoned");
            for (key, value) in call.kwargs() {
                stored.insert(key.to_string(), value.clone());
            }
            Ok(Value::from(""))
        },
        move |name| {
            let read = read.clone();
            let name = name.to_owned();
            match name.as_str() {
                "get" | "require" => Some(function("get", move |call| {
                    let [key, default, _] = call.bind(["name", "default", "validator"], 1)?;
                    let key = text(&key)?;
                    let found = read.lock().expect("unpoisoned").get(&key).cloned();
                    match found {
                        Some(found) => Ok(found),
                        None if name == "require" => {
                            Err(JinjaError::raised(format!("missing config {key}")))
                        }
                        None => Ok(default.unwrap_or_else(python::none)),
                    }
                })),
                _ => None,
            }
        },
    )
}

fn result_table() -> Value {
    let row = |id, name: Option<&str>| {
        vec![
            Cell::Int(id),
            name.map_or(Cell::Null, |name| Cell::Text(name.to_owned())),
        ]
    };
    objects::table(&Table {
        columns: vec!["id".to_owned(), "name".to_owned()],
        types: vec![ColumnType::Integer, ColumnType::Text],
        sql_types: Vec::new(),
        rows: vec![row(1, Some("a")), row(2, Some("b")), row(3, None)],
    })
}

fn adapter() -> Value {
    let column = |name: &str, data_type: &str| {
        objects::column(&Column {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
        })
    };
    Module::new(
        "adapter",
        [
            (
                "dispatch",
                function("dispatch", |call| {
                    let [name, namespace] = call.bind(["macro_name", "macro_namespace"], 1)?;
                    let name = text(&name)?;
                    let namespace = namespace.filter(|n| !n.is_none());
                    let _ = namespace;
                    let found = call
                        .engine()
                        .dispatch(&name, None, call.context().package())?;
                    let id = found.unique_id.clone();
                    Ok(call.engine().macro_value(&id).unwrap_or_default())
                }),
            ),
            (
                "execute",
                function("execute", |_| {
                    Ok(python::tuple(vec![Value::from("OK"), result_table()]))
                }),
            ),
            (
                "quote",
                function("quote", |call| {
                    let [name] = call.bind(["identifier"], 1)?;
                    Ok(Value::from(format!("\"{}\"", text(&name)?)))
                }),
            ),
            (
                "get_columns_in_relation",
                function("get_columns_in_relation", move |_| {
                    Ok(python::list(vec![
                        column("id", "integer"),
                        column("nm", "date"),
                    ]))
                }),
            ),
        ],
    )
}

fn results() -> (Value, Value) {
    let stored: Arc<Mutex<HashMap<String, Value>>> = Arc::default();
    let read = stored.clone();
    let store = function("store_result", move |call| {
        let [name, response, table] = call.bind(["name", "response", "agate_table"], 1)?;
        let table = table.unwrap_or_else(python::none);
        let mut rows = Vec::new();
        if !table.is_none() {
            for row in python::collect(&table)? {
                rows.push(python::tuple(python::collect(&row)?));
            }
        }
        let result = python::dict([
            ("response", response.unwrap_or_else(python::none)),
            ("data", python::list(rows)),
            ("table", table),
        ]);
        stored
            .lock()
            .expect("unpoisoned")
            .insert(text(&name)?, result);
        Ok(Value::from(""))
    });
    let load = function("load_result", move |call| {
        let [name] = call.bind(["name"], 1)?;
        let found = read.lock().expect("unpoisoned").get(&text(&name)?).cloned();
        Ok(found.unwrap_or_else(python::none))
    });
    (store, load)
}

impl Standard {
    fn new(standard: &Json) -> Self {
        let json = |key: &str| from_json(&standard[key]);
        let mut names: HashMap<&'static str, Value> = HashMap::new();
        for key in [
            "execute",
            "target",
            "flags",
            "invocation_id",
            "model",
            "graph",
        ] {
            names.insert(key, json(key));
        }
        let this = &standard["this"];
        let part = |key: &str| this[key].as_str().unwrap_or_default().to_owned();
        names.insert(
            "this",
            objects::relation(Relation::new(
                part("database"),
                part("schema"),
                part("identifier"),
            )),
        );
        let started = standard["run_started_at"].as_str();
        let started = started.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        if let Some(started) = started {
            let started = Cell::TimestampTz(started.to_zoned(jiff::tz::TimeZone::UTC));
            names.insert("run_started_at", objects::cell(&started));
        }
        names.insert("ref", function("ref", refer));
        names.insert(
            "source",
            function("source", |call| {
                let [source, table] = call.bind(["source_name", "table_name"], 2)?;
                Ok(objects::relation(Relation::new(
                    "db",
                    text(&source)?,
                    text(&table)?,
                )))
            }),
        );
        names.insert("config", config());
        names.insert("adapter", adapter());
        names.insert("run_query", function("run_query", |_| Ok(result_table())));
        let (store, load) = results();
        names.insert("store_result", store);
        names.insert("load_result", load);
        names.insert("api", api());
        names.insert("dbt_version", Value::from("1.11.16"));
        let vars = standard["vars"].clone();
        names.insert(
            "var",
            function("var", move |call| {
                let [name, default] = call.bind(["var_name", "default"], 1)?;
                let name = text(&name)?;
                match (vars.get(&name), default) {
                    (Some(value), _) => Ok(from_json(value)),
                    (None, Some(default)) => Ok(default),
                    (None, None) => Err(JinjaError::undefined(format!("no variable {name}"))),
                }
            }),
        );
        let env = standard["env"].clone();
        names.insert(
            "env_var",
            function("env_var", move |call| {
                let [name, default] = call.bind(["var", "default"], 1)?;
                let name = text(&name)?;
                match (env.get(&name), default) {
                    (Some(value), _) => Ok(from_json(value)),
                    (None, Some(default)) => Ok(default),
                    (None, None) => Err(JinjaError::undefined(format!("no variable {name}"))),
                }
            }),
        );
        Self(names)
    }
}
