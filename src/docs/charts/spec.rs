//! Reads what an exposure says about a chart.

use serde_json::Value;

use crate::docs::fields::{entries, string, text};

/// A chart as it is declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    pub kind: &'static str,
    pub description: Option<String>,
    /// The name of the table that it is about.
    pub of: String,
    /// What its rows are grouped by: labels and SQL.
    pub by: Vec<(String, String)>,
    /// What is shown of each group: labels and SQL.
    pub values: Vec<(String, String)>,
    /// How many people or events a group is of, in SQL; then other numbers of them that it
    /// tells of.
    pub cells: Vec<String>,
    pub condition: Option<String>,
    pub order: Order,
    pub limit: usize,
    /// How values are written.
    pub format: Option<String>,
    /// How single values are written, by their labels.
    pub formats: Vec<(String, String)>,
}

/// What rows are put in order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Groups,
    /// The first value, the largest first.
    Value,
    /// The first value, the smallest first.
    ValueRising,
}

const ORDERS: [(&str, Order); 3] = [
    ("by", Order::Groups),
    ("value", Order::Value),
    ("value asc", Order::ValueRising),
];

const KINDS: [(&str, usize); 4] = [("bar", 15), ("line", 200), ("table", 100), ("stat", 1)];
const KEYS: [&str; 12] = [
    "title",
    "description",
    "type",
    "of",
    "by",
    "value",
    "values",
    "cell",
    "where",
    "order",
    "limit",
    "format",
];
const FORMATS: [&str; 3] = ["number", "percent", "money"];

/// Reads a chart's declaration; an error says what is wrong with it.
pub fn read(declared: &Value) -> Result<Spec, String> {
    let Some(map) = declared.as_object() else {
        return Err("it is not a mapping".to_owned());
    };
    if let Some(unknown) = map.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!(
            "it has no `{unknown}`; it knows {}",
            KEYS.join(", ")
        ));
    }
    let named = text(declared, "type").ok_or("it needs a `type`: bar, line, table or stat")?;
    let (kind, most) = KINDS
        .iter()
        .find(|(kind, _)| *kind == named)
        .ok_or_else(|| format!("there is no type `{named}`, only bar, line, table and stat"))?;
    let of = string(declared, "of").ok_or("it needs an `of`, the table that it is about")?;
    let by = labelled(declared, "by");
    if by.is_empty() && *kind != "stat" {
        return Err("it needs a `by`, what its rows are grouped by".to_owned());
    }
    if by.len() > 1 && *kind != "table" {
        return Err(format!(
            "a {kind} is grouped by one thing; a table may have several"
        ));
    }
    let mut values = labelled(declared, "value");
    values.extend(labelled(declared, "values"));
    if values.is_empty() {
        return Err("it needs a `value`, an aggregate such as `sum(paid_amount)`".to_owned());
    }
    let format = string(declared, "format");
    let formats: Vec<(String, String)> = match declared.get("format") {
        Some(Value::Object(_)) => labelled(declared, "format"),
        _ => Vec::new(),
    };
    let mut all = format
        .iter()
        .chain(formats.iter().map(|(_, format)| format));
    if let Some(unknown) = all.find(|f| !FORMATS.contains(&f.as_str())) {
        return Err(format!(
            "there is no format `{unknown}`, only {}",
            FORMATS.join(", ")
        ));
    }
    let is_value = |label: &String| values.iter().any(|(known, _)| known == label);
    if let Some((unknown, _)) = formats.iter().find(|(label, _)| !is_value(label)) {
        return Err(format!("there is no value `{unknown}` to be formatted"));
    }
    let mut cells: Vec<String> = labelled(declared, "cell")
        .into_iter()
        .map(|(_, sql)| sql)
        .collect();
    if cells.is_empty() {
        cells.push("count(*)".to_owned());
    }
    let order = match text(declared, "order") {
        None if *kind == "bar" => Order::Value,
        None => Order::Groups,
        Some(named) => {
            let known = ORDERS.iter().find(|(name, _)| *name == named);
            let no_order = || format!("there is no order `{named}`, only by, value and value asc");
            known.map(|(_, order)| *order).ok_or_else(no_order)?
        }
    };
    let limit = declared.get("limit").and_then(Value::as_u64);
    Ok(Spec {
        kind,
        description: string(declared, "description"),
        of,
        by: if *kind == "stat" { Vec::new() } else { by },
        values,
        cells,
        condition: string(declared, "where"),
        order,
        limit: limit.map_or(*most, |limit| (limit as usize).clamp(1, 500)),
        format,
        formats,
    })
}

/// Reads `column`, `[column, column]` or `{Label: SQL}`.
fn labelled(declared: &Value, key: &str) -> Vec<(String, String)> {
    match declared.get(key) {
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|one| one.as_str())
            .map(|sql| (label_of(sql), sql.to_owned()))
            .collect(),
        Some(Value::String(sql)) => vec![(label_of(sql), sql.clone())],
        Some(Value::Object(_)) => entries(declared, key)
            .filter_map(|(label, sql)| Some((label.clone(), sql.as_str()?.to_owned())))
            .collect(),
        _ => Vec::new(),
    }
}

/// A column's name as a label; other SQL has none and is called what it is.
fn label_of(sql: &str) -> String {
    let words = sql.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) if sql.chars().all(|c| c.is_alphanumeric() || c == '_') => {
            first.to_uppercase().chain(letters).collect()
        }
        _ => "Value".to_owned(),
    }
}
