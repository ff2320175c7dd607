//! What statements leave behind: `store_result`, `load_result`, and the
//! values that they hold.

use std::fmt;
use std::sync::{Arc, PoisonError};

use serde_json::{Map, Value as Json};

use super::{NodeState, nothing, optional_text, table_of, text};
use crate::adapter::{Response, Table};
use crate::jinja::{Call, JinjaError, Object, Value, function, objects, python};

/// What was stored under one name.
#[derive(Debug, Clone)]
pub struct Stored {
    pub response: Value,
    pub table: Value,
}

impl Stored {
    fn value(&self) -> Value {
        let data = match objects::table_of(&self.table) {
            Some(table) => python::list(table.data()),
            None => python::list(Vec::new()),
        };
        python::dict([
            ("response", self.response.clone()),
            ("data", data),
            ("table", self.table.clone()),
        ])
    }

    /// Returns the text that dbt shows as a node's status: `OK`.
    pub fn message(&self) -> String {
        self.response.to_string()
    }

    /// Returns dbt's `adapter_response`.
    pub fn adapter_response(&self) -> Map<String, Json> {
        match self.response.downcast_object_ref::<ResponseObject>() {
            Some(response) => response.json(),
            None => Map::new(),
        }
    }

    /// Returns the rows.
    pub fn rows(&self) -> Option<Table> {
        table_of(&self.table)
    }
}

/// What a statement did, in a template.
#[derive(Debug, Clone)]
pub struct ResponseObject(pub Response);

impl ResponseObject {
    fn json(&self) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("_message".into(), self.0.message.clone().into());
        if let Some(code) = &self.0.code {
            map.insert("code".into(), code.clone().into());
        }
        if let Some(rows) = self.0.rows_affected {
            map.insert("rows_affected".into(), rows.into());
        }
        map
    }
}

impl Object for ResponseObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let response = Arc::clone(self);
        Some(match key.as_str()? {
            "_message" | "message" => Value::from(self.0.message.as_str()),
            "code" => self
                .0
                .code
                .as_deref()
                .map_or_else(python::none, Value::from),
            "rows_affected" => self.0.rows_affected.map_or_else(python::none, Value::from),
            "query_id" => python::none(),
            "to_dict" => function("to_dict", move |_| {
                Ok(crate::jinja::from_json_map(&response.json()))
            }),
            "__type__" => Value::from("AdapterResponse"),
            _ => return None,
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl NodeState {
    fn store(&self, name: String, stored: Stored) {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.insert(name, Some(stored));
    }

    /// Returns what was stored under a name and not yet loaded.
    pub fn stored(&self, name: &str) -> Option<Stored> {
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.get(name).cloned().flatten()
    }
}

/// `store_result(name, response, agate_table)`.
pub fn store_result(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name, response, table] = call.bind(["name", "response", "agate_table"], 2)?;
    let name = text(name, "the name of a result")?;
    let table = table.filter(|table| !table.is_none() && !table.is_undefined());
    state.store(
        name,
        Stored {
            response: response.unwrap_or_else(python::none),
            table: table.unwrap_or_else(|| objects::table(&Table::default())),
        },
    );
    Ok(nothing())
}

/// `store_raw_result(name, message, code, rows_affected, agate_table)`.
pub fn store_raw_result(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name, message, code, rows_affected, table] = call.bind(
        ["name", "message", "code", "rows_affected", "agate_table"],
        1,
    )?;
    let name = text(name, "the name of a result")?;
    let rows_affected = rows_affected.as_ref().and_then(|rows| {
        python::as_int(rows)
            .or_else(|| rows.to_string().parse().ok())
            .and_then(|rows| i64::try_from(rows).ok())
    });
    let response = Response {
        message: optional_text(message.as_ref()).unwrap_or_else(|| "None".to_owned()),
        code: optional_text(code.as_ref()),
        rows_affected,
    };
    let table = table.filter(|table| !table.is_none() && !table.is_undefined());
    state.store(
        name,
        Stored {
            response: Value::from_object(ResponseObject(response)),
            table: table.unwrap_or_else(|| objects::table(&Table::default())),
        },
    );
    Ok(nothing())
}

/// `load_result(name)`: a result can be loaded once, but `main` always.
pub fn load_result(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name] = call.bind(["name"], 1)?;
    let name = text(name, "the name of a result")?;
    let mut results = state.results.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(place) = results.get_mut(&name) else {
        return Ok(python::none());
    };
    let loaded = if name == "main" {
        place.clone()
    } else {
        place.take()
    };
    match loaded {
        Some(stored) => Ok(stored.value()),
        None => Err(JinjaError::raised(format!(
            "The 'statement' result named '{name}' has already been loaded into a variable"
        ))),
    }
}
