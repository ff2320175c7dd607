//! Finds the rows of a table that a query's results come from, by having the
//! query carry them along.
//!
//! Every part of the query that reads the table gets one more column: a list
//! of the row ids that its row is made of. A filter keeps the list, a join puts
//! the lists of both sides together, and grouping those of the whole group. So
//! it is the query itself that says which rows fail, whatever it selects.
//!
//! The query is changed as the engine's own parse tree.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

/// The name of the column that carries the row ids.
pub const ROWS: &str = "hcdbt_rows";

/// The table whose rows are looked for. Names are compared without case.
#[derive(Debug, Clone, Copy)]
pub struct Traced<'a> {
    pub database: &'a str,
    pub schema: &'a str,
    pub name: &'a str,
    /// The names of the engine's aggregate functions.
    pub aggregates: &'a HashSet<String>,
}

/// Changes the tree of a query so that it has the column [`ROWS`] besides its
/// own.
///
/// # Errors
///
/// Why a result of the query cannot be led back to rows of the table.
pub fn carry_rows(tree: &mut Value, traced: &Traced<'_>) -> Result<(), String> {
    let statements = tree.get_mut("statements").and_then(Value::as_array_mut);
    let node = match statements.map(Vec::as_mut_slice) {
        Some([statement]) => statement.get_mut("node"),
        _ => return Err("it is not one `select`".to_owned()),
    };
    let node = node.ok_or_else(|| "it is not a `select`".to_owned())?;
    let mut tracer = Tracer {
        traced,
        subqueries: 0,
    };
    if tracer.node(node, &Ctes::new())? {
        return Ok(());
    }
    Err(format!(
        "it does not read rows of `{}` where its own rows come from",
        traced.name
    ))
}

/// The common table expressions in sight, and whether each carries rows.
type Ctes = HashMap<String, bool>;

struct Tracer<'a> {
    traced: &'a Traced<'a>,
    subqueries: usize,
}

/// What the `from` of a select gives.
#[derive(Default)]
struct Carriers {
    /// Expressions for lists of row ids.
    rows: Vec<Value>,
    /// The relations that have the column already: a `*` would repeat it.
    derived: Vec<String>,
}

impl Tracer<'_> {
    /// Changes a query node and tells whether it carries rows now.
    fn node(&mut self, node: &mut Value, outer: &Ctes) -> Result<bool, String> {
        let ctes = self.ctes(node, outer)?;
        match text(node, "type") {
            "SELECT_NODE" => self.select(node, &ctes),
            "SET_OPERATION_NODE" => self.set_operation(node, &ctes),
            _ => Ok(false),
        }
    }

    fn ctes(&mut self, node: &mut Value, outer: &Ctes) -> Result<Ctes, String> {
        let mut ctes = outer.clone();
        let map = node.pointer_mut("/cte_map/map");
        for entry in map.and_then(Value::as_array_mut).into_iter().flatten() {
            let name = text(entry, "key").to_lowercase();
            let carries = match entry.pointer_mut("/value/query/node") {
                Some(query) => self.node(query, &ctes)?,
                None => false,
            };
            if carries {
                // `with a(x, y) as (...)` names every column.
                let aliases = entry.pointer_mut("/value/aliases");
                name_column(aliases.and_then(Value::as_array_mut));
            }
            ctes.insert(name, carries);
        }
        Ok(ctes)
    }

    fn select(&mut self, node: &mut Value, ctes: &Ctes) -> Result<bool, String> {
        let mut carriers = Carriers::default();
        if let Some(from) = node.get_mut("from_table") {
            self.from(from, ctes, &mut carriers)?;
        }
        let Some(rows) = carriers
            .rows
            .into_iter()
            .reduce(|all, more| call("list_concat", vec![all, more]))
        else {
            return Ok(false);
        };
        let mut groups = has_items(node, "group_expressions")
            || has_items(node, "group_sets")
            || text(node, "aggregate_handling") == "FORCE_AGGREGATES";
        let parts = ["select_list", "having"].map(|key| node.get(key));
        let aggregates = parts
            .into_iter()
            .flatten()
            .any(|part| self.aggregates(part));
        if !groups && aggregates {
            return Err(format!(
                "it aggregates over all rows of `{}` at once",
                self.traced.name
            ));
        }
        let modifiers = node.get_mut("modifiers").and_then(Value::as_array_mut);
        if let Some(modifiers) = modifiers {
            let distinct = |m: &Value| text(m, "type") == "DISTINCT_MODIFIER";
            if let Some(modifier) = modifiers.iter().find(|m| distinct(m)) {
                if has_items(modifier, "distinct_on_targets") {
                    return Err("it uses `distinct on`".to_owned());
                }
                if groups {
                    return Err("it uses `distinct` on grouped rows".to_owned());
                }
                // Equal rows are one group, which has the rows of all.
                modifiers.retain(|m| !distinct(m));
                node["aggregate_handling"] = "FORCE_AGGREGATES".into();
                groups = true;
            }
        }
        let mut column = if groups {
            call("flatten", vec![call("list", vec![rows])])
        } else {
            rows
        };
        column["alias"] = ROWS.into();
        let list = node.get_mut("select_list").and_then(Value::as_array_mut);
        let list = list.ok_or_else(|| "its select has no columns".to_owned())?;
        for item in list.iter_mut().filter(|item| text(item, "class") == "STAR") {
            let of = text(item, "relation_name").to_lowercase();
            let repeats = if of.is_empty() {
                !carriers.derived.is_empty()
            } else {
                carriers.derived.contains(&of)
            };
            if let Some(excluded) = item.get_mut("exclude_list").and_then(Value::as_array_mut)
                && repeats
            {
                excluded.push(ROWS.into());
            }
        }
        list.push(column);
        Ok(true)
    }

    fn set_operation(&mut self, node: &mut Value, ctes: &Ctes) -> Result<bool, String> {
        let mut carries = [false, false];
        for (side, carries) in ["left", "right"].into_iter().zip(&mut carries) {
            if let Some(side) = node.get_mut(side) {
                *carries = self.node(side, ctes)?;
            }
        }
        if carries == [false, false] {
            return Ok(false);
        }
        let kind = text(node, "setop_type").to_owned();
        let keeps_all = node.get("setop_all") == Some(&Value::Bool(true));
        if !kind.starts_with("UNION") || !keeps_all {
            return Err(format!(
                "it uses `{}`, which compares whole rows",
                kind.to_lowercase().replace('_', " ")
            ));
        }
        for (side, carries) in ["left", "right"].into_iter().zip(carries) {
            let list = node
                .get_mut(side)
                .and_then(|side| side.get_mut("select_list"));
            if let (false, Some(Value::Array(list))) = (carries, list) {
                let mut empty = call("list_value", Vec::new());
                empty["alias"] = ROWS.into();
                list.push(empty);
            } else if !carries {
                return Err("one side of its `union all` is no `select`".to_owned());
            }
        }
        Ok(true)
    }

    fn from(&mut self, from: &mut Value, ctes: &Ctes, out: &mut Carriers) -> Result<(), String> {
        match text(from, "type") {
            "BASE_TABLE" => {
                let table = text(from, "table_name").to_owned();
                let name = match text(from, "alias") {
                    "" => table.clone(),
                    alias => alias.to_owned(),
                };
                let schema = text(from, "schema_name");
                let cte = ctes
                    .get(&table.to_lowercase())
                    .filter(|_| schema.is_empty());
                if let Some(carries) = cte {
                    if *carries {
                        out.derived(&name, from);
                    }
                } else if self.is_traced(from) {
                    let id = column(&[&name, "rowid"]);
                    out.rows.push(call("list_value", vec![id]));
                }
            }
            "SUBQUERY" => {
                let query = from.pointer_mut("/subquery/node");
                let carries = match query {
                    Some(query) => self.node(query, ctes)?,
                    None => false,
                };
                if carries {
                    if text(from, "alias").is_empty() {
                        self.subqueries += 1;
                        from["alias"] = format!("hcdbt_subquery_{}", self.subqueries).into();
                    }
                    let name = text(from, "alias").to_owned();
                    out.derived(&name, from);
                }
            }
            "JOIN" => {
                if let Some(left) = from.get_mut("left") {
                    self.from(left, ctes, out)?;
                }
                // The right side of these is looked at, and cannot be named.
                let hides_right = matches!(text(from, "join_type"), "SEMI" | "ANTI");
                if let (false, Some(right)) = (hides_right, from.get_mut("right")) {
                    self.from(right, ctes, out)?;
                }
            }
            "PIVOT" => {
                if let Some(source) = from.get_mut("source") {
                    let mut inner = Carriers::default();
                    self.from(source, ctes, &mut inner)?;
                    if !inner.rows.is_empty() {
                        return Err("it pivots".to_owned());
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn is_traced(&self, table: &Value) -> bool {
        let same = |key, name: &str| text(table, key).eq_ignore_ascii_case(name);
        let same_or_unsaid = |key, name| text(table, key).is_empty() || same(key, name);
        same("table_name", self.traced.name)
            && same_or_unsaid("schema_name", self.traced.schema)
            && same_or_unsaid("catalog_name", self.traced.database)
    }

    /// Tells whether an expression aggregates, itself or within.
    fn aggregates(&self, expression: &Value) -> bool {
        match expression {
            Value::Array(items) => items.iter().any(|item| self.aggregates(item)),
            Value::Object(map) => {
                // A subquery aggregates for itself.
                if matches!(text(expression, "class"), "SUBQUERY") {
                    return false;
                }
                let name = text(expression, "function_name").to_lowercase();
                let is_call = text(expression, "class") == "FUNCTION";
                is_call && self.traced.aggregates.contains(&name)
                    || map.values().any(|value| self.aggregates(value))
            }
            _ => false,
        }
    }
}

impl Carriers {
    fn derived(&mut self, name: &str, from: &mut Value) {
        name_column(
            from.get_mut("column_name_alias")
                .and_then(Value::as_array_mut),
        );
        self.rows.push(column(&[name, ROWS]));
        self.derived.push(name.to_lowercase());
    }
}

/// Adds the column's name to a list that names all columns.
fn name_column(names: Option<&mut Vec<Value>>) {
    if let Some(names) = names.filter(|names| !names.is_empty()) {
        names.push(ROWS.into());
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn has_items(value: &Value, key: &str) -> bool {
    let items = value.get(key).and_then(Value::as_array);
    items.is_some_and(|items| !items.is_empty())
}

fn column(names: &[&str]) -> Value {
    json!({"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": "", "column_names": names})
}

fn call(function: &str, arguments: Vec<Value>) -> Value {
    let mut call = Map::new();
    for (key, value) in [
        ("class", json!("FUNCTION")),
        ("type", json!("FUNCTION")),
        ("alias", json!("")),
        ("function_name", json!(function)),
        ("schema", json!("")),
        ("children", Value::Array(arguments)),
        ("filter", Value::Null),
        ("order_bys", json!({"type": "ORDER_MODIFIER", "orders": []})),
        ("distinct", json!(false)),
        ("is_operator", json!(false)),
        ("export_state", json!(false)),
        ("catalog", json!("")),
    ] {
        call.insert(key.to_owned(), value);
    }
    Value::Object(call)
}
