//! Tables of rows, as dbt's macros get them from queries: what `agate` offers
//! them, as far as macros use it.

mod shape;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use crate::adapter::{Cell, ColumnType, Table};
use crate::jinja::context::LogLevel;
use crate::jinja::error::JinjaError;
use crate::jinja::function::{Call, function};
use crate::jinja::python;
use crate::jinja::python::datetime::{Date, DateTime, Delta, Temporal, Time, parse_iso};
use crate::jinja::python::decimal::Decimal;

/// A table in a template. Its parts share the rows.
#[derive(Debug, Clone)]
pub struct TableObject(Arc<Data>);

#[derive(Debug)]
struct Data {
    names: Arc<Names>,
    types: Vec<ColumnType>,
    rows: Vec<Arc<Vec<Value>>>,
}

#[derive(Debug)]
struct Names {
    list: Vec<String>,
    index: HashMap<String, usize>,
}

impl Names {
    fn new(list: Vec<String>) -> Arc<Self> {
        let index = list.iter().cloned().zip(0..).collect();
        Arc::new(Self { list, index })
    }
}

/// Makes a table that templates can use.
pub fn table(table: &Table) -> Value {
    let rows = table
        .rows
        .iter()
        .map(|row| Arc::new(row.iter().map(cell).collect()))
        .collect();
    TableObject(Arc::new(Data {
        names: Names::new(table.columns.clone()),
        types: table.types.clone(),
        rows,
    }))
    .into_value()
}

/// Looks at a value as a table.
pub fn table_of(value: &Value) -> Option<&TableObject> {
    value.downcast_object_ref::<TableObject>()
}

/// Makes a value of Python's of a cell.
pub fn cell(cell: &Cell) -> Value {
    match cell {
        Cell::Null => python::none(),
        Cell::Bool(truth) => Value::from(*truth),
        Cell::Int(number) => python::int(*number),
        Cell::Float(number) => Value::from(*number),
        Cell::Decimal(text) => match Decimal::parse(text) {
            Some(number) => number.into_value(),
            None => Value::from(text.as_str()),
        },
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Date(date) => {
            let (year, month, day) = (date.year(), date.month(), date.day());
            match Date::new(year.into(), month.into(), day.into()) {
                Ok(date) => Temporal::Date(date).into_value(),
                Err(_) => Value::from(date.to_string()),
            }
        }
        Cell::Timestamp(at) => moment(&at.to_string()),
        Cell::TimestampTz(at) => moment(&at.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()),
        Cell::Time(time) => {
            let micros = i128::from(time.subsec_nanosecond() / 1000);
            let (hour, minute, second) = (time.hour(), time.minute(), time.second());
            match Time::new(hour.into(), minute.into(), second.into(), micros) {
                Ok(time) => Temporal::Time(time).into_value(),
                Err(_) => Value::from(time.to_string()),
            }
        }
        Cell::Interval { microseconds } => match Delta::checked(*microseconds) {
            Ok(delta) => Temporal::Delta(delta).into_value(),
            Err(_) => Value::from(format!("{microseconds} microseconds")),
        },
        Cell::Bytes(bytes) => Value::from_bytes(bytes.clone()),
        Cell::List(items) => python::list(items.iter().map(self::cell).collect()),
        Cell::Struct(fields) => {
            python::dict(fields.iter().map(|(name, value)| (name, self::cell(value))))
        }
    }
}

/// Writes a value as Python's `repr` does; what cannot be written is empty.
fn shown(value: &Value) -> String {
    python::repr(value).unwrap_or_default()
}

fn moment(iso: &str) -> Value {
    let parsed: Option<DateTime> = parse_iso(iso);
    match parsed {
        Some(moment) => Temporal::DateTime(moment).into_value(),
        None => Value::from(iso),
    }
}

impl TableObject {
    fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// Returns the values of the rows, row by row, as dbt's `load_result(...)
    /// ['data']` has them.
    pub fn data(&self) -> Vec<Value> {
        let rows = self.0.rows.iter();
        rows.map(|row| python::tuple(row.to_vec())).collect()
    }

    pub fn types(&self) -> &[ColumnType] {
        &self.0.types
    }

    pub fn rows(&self) -> impl Iterator<Item = &[Value]> {
        self.0.rows.iter().map(|row| row.as_slice())
    }

    pub fn column_names(&self) -> &[String] {
        &self.0.names.list
    }

    pub fn len(&self) -> usize {
        self.0.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.rows.is_empty()
    }

    fn with_rows(&self, rows: Vec<Arc<Vec<Value>>>) -> Value {
        Self(Arc::new(Data {
            names: Arc::clone(&self.0.names),
            types: self.0.types.clone(),
            rows,
        }))
        .into_value()
    }

    fn with_columns(&self, keep: &[usize], names: Vec<String>) -> Value {
        let rows = self.0.rows.iter();
        let rows = rows.map(|row| {
            let cells = keep.iter().map(|i| row.get(*i).cloned());
            Arc::new(cells.map(Option::unwrap_or_default).collect())
        });
        Self(Arc::new(Data {
            names: Names::new(names),
            types: keep
                .iter()
                .filter_map(|i| self.0.types.get(*i).copied())
                .collect(),
            rows: rows.collect(),
        }))
        .into_value()
    }

    /// Finds a column by its name or number.
    fn column(&self, key: &Value) -> Result<usize, JinjaError> {
        position(&self.0.names, key)
            .ok_or_else(|| JinjaError::other(format!("the table has no column {}", shown(key))))
    }

    fn columns(&self, keys: &Value) -> Result<Vec<usize>, JinjaError> {
        if python::as_str(keys).is_some() || python::as_int(keys).is_some() {
            return Ok(vec![self.column(keys)?]);
        }
        python::collect(keys)?
            .iter()
            .map(|key| self.column(key))
            .collect()
    }
}

/// Finds an item of a sequence that has names too.
fn position(names: &Names, key: &Value) -> Option<usize> {
    if let Some(name) = python::as_str(key) {
        return names.index.get(name).copied();
    }
    let len = names.list.len() as i128;
    let at = python::as_int(key)?;
    let at = if at < 0 { at + len } else { at };
    usize::try_from(at).ok().filter(|i| *i < names.list.len())
}

impl Object for TableObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    // A table is a sequence of its rows: `for row in table`, `table[0][0]`.
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.rows.len())
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some(name) => self.get_value_by_str(name),
            None => {
                let at = usize::try_from(python::as_int(key)?).ok()?;
                let row = self.0.rows.get(at)?;
                Some(Row::value(&self.0.names, row))
            }
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let data = &self.0;
        Some(match key {
            "rows" => sequence(
                Part::Rows,
                &data.names,
                data.rows
                    .iter()
                    .map(|row| Row::value(&data.names, row))
                    .collect(),
            ),
            "columns" => {
                let columns = (0..data.names.list.len()).map(|at| {
                    Value::from_object(ColumnOfTable {
                        data: Arc::clone(data),
                        at,
                    })
                });
                sequence(Part::Columns, &data.names, columns.collect())
            }
            "column_names" => python::tuple(
                data.names
                    .list
                    .iter()
                    .map(|n| Value::from(n.as_str()))
                    .collect(),
            ),
            "column_types" => python::tuple(data.types.iter().map(|t| type_value(*t)).collect()),
            "row_names" => python::none(),
            "__type__" => Value::from("agate.Table"),
            "__repr__" => Value::from(self.to_string()),
            _ => return table_method(self, key),
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.0.rows.is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Display for TableObject {
    /// Writes the columns with their types, as agate does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        let names = &self.0.names.list;
        let types: Vec<&str> = self.0.types.iter().map(|t| type_name(*t)).collect();
        let first = width(&mut names.iter().map(|n| n.chars().count())).max(6);
        let second = width(&mut types.iter().map(|t| t.len())).max(9);
        writeln!(f, "| {:first$} | {:second$} |", "column", "data_type")?;
        writeln!(f, "| {:-<first$} | {:-<second$} |", "", "")?;
        for (name, kind) in names.iter().zip(types) {
            writeln!(f, "| {name:first$} | {kind:second$} |")?;
        }
        Ok(())
    }
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "Text",
        // dbt's own integer type calls itself so.
        ColumnType::Integer => "Integer",
        ColumnType::Number => "Number",
        ColumnType::Boolean => "Boolean",
        ColumnType::Date => "Date",
        ColumnType::DateTime => "DateTime",
        ColumnType::Time => "Time",
    }
}

fn type_value(kind: ColumnType) -> Value {
    let name = type_name(kind);
    python::dict([("name", Value::from(name))])
}

fn table_method(table: &TableObject, name: &str) -> Option<Value> {
    type Method = fn(&TableObject, &mut Call<'_>) -> Result<Value, JinjaError>;
    let (name, method): (&'static str, Method) = match name {
        "print_csv" => ("print_csv", |table, call| {
            let text = written_as_csv(table);
            call.context().message(LogLevel::Print, text.trim_end());
            Ok(python::none())
        }),
        "print_json" => ("print_json", |table, call| {
            let text = written_as_json(table)?;
            call.context().message(LogLevel::Print, &text);
            Ok(python::none())
        }),
        "print_table" => ("print_table", |table, call| {
            let [max_rows, max_columns, ..] = call.bind(
                [
                    "max_rows",
                    "max_columns",
                    "output",
                    "max_column_width",
                    "locale",
                    "max_precision",
                ],
                0,
            )?;
            let limit = |value: &Option<Value>, default: usize| {
                let given = value.as_ref().and_then(python::as_int);
                given
                    .and_then(|n| usize::try_from(n).ok())
                    .unwrap_or(default)
            };
            let text = drawn(table, limit(&max_rows, 20), limit(&max_columns, 6));
            call.context().message(LogLevel::Print, &text);
            Ok(python::none())
        }),
        "limit" => ("limit", |table, call| {
            let [start, stop, step] = call.bind(["start_or_stop", "stop", "step"], 0)?;
            let number = |value: &Option<Value>| {
                let number = value.as_ref().and_then(python::as_int);
                number.and_then(|n| usize::try_from(n).ok())
            };
            let (from, to) = match number(&stop) {
                Some(stop) => (number(&start).unwrap_or(0), stop),
                None => (0, number(&start).unwrap_or(usize::MAX)),
            };
            let step = number(&step).unwrap_or(1).max(1);
            let rows = &table.0.rows;
            let to = to.min(rows.len());
            let kept = rows
                .get(from.min(to)..to)
                .unwrap_or_default()
                .iter()
                .step_by(step);
            Ok(table.with_rows(kept.cloned().collect()))
        }),
        "select" => ("select", |table, call| {
            let [keys] = call.bind(["key"], 1)?;
            let keep = table.columns(&keys.unwrap_or_default())?;
            let names = keep
                .iter()
                .map(|i| table.0.names.list[*i].clone())
                .collect();
            Ok(table.with_columns(&keep, names))
        }),
        "exclude" => ("exclude", |table, call| {
            let [keys] = call.bind(["key"], 1)?;
            let drop = table.columns(&keys.unwrap_or_default())?;
            let all = 0..table.0.names.list.len();
            let keep: Vec<usize> = all.filter(|i| !drop.contains(i)).collect();
            let names = keep
                .iter()
                .map(|i| table.0.names.list[*i].clone())
                .collect();
            Ok(table.with_columns(&keep, names))
        }),
        "rename" => ("rename", |table, call| {
            let [names, ..] = call.bind(
                ["column_names", "row_names", "slug_columns", "slug_rows"],
                0,
            )?;
            let names = names.unwrap_or_default();
            let mut list = table.0.names.list.clone();
            if let Some(pairs) = python::pairs(&names) {
                for (old, new) in pairs {
                    let at = table.column(&old)?;
                    list[at] = new.to_string();
                }
            } else if !names.is_none() && !names.is_undefined() {
                for (slot, name) in list.iter_mut().zip(python::collect(&names)?) {
                    *slot = name.to_string();
                }
            }
            let keep: Vec<usize> = (0..list.len()).collect();
            Ok(table.with_columns(&keep, list))
        }),
        "order_by" => ("order_by", |table, call| {
            let [keys, reverse] = call.bind(["key", "reverse"], 1)?;
            let by = table.columns(&keys.unwrap_or_default())?;
            let mut rows = table.0.rows.clone();
            let mut failed = None;
            rows.sort_by(|a, b| {
                let mut order = std::cmp::Ordering::Equal;
                for i in &by {
                    order = order.then_with(|| nulls_last(&a[*i], &b[*i], &mut failed));
                }
                order
            });
            if let Some(error) = failed {
                return Err(error);
            }
            if reverse.is_some_and(|v| v.is_true()) {
                rows.reverse();
            }
            Ok(table.with_rows(rows))
        }),
        "distinct" => ("distinct", |table, call| {
            let [keys] = call.bind(["key"], 0)?;
            let by = match keys.filter(|k| !k.is_none()) {
                Some(keys) => table.columns(&keys)?,
                None => (0..table.0.names.list.len()).collect(),
            };
            let mut seen = std::collections::HashSet::new();
            let rows = table.0.rows.iter();
            let kept = rows.filter(|row| {
                let key: Vec<String> = by.iter().map(|i| shown(&row[*i])).collect();
                seen.insert(key)
            });
            Ok(table.with_rows(kept.cloned().collect()))
        }),
        "group_by" => ("group_by", group_by),
        "join" => ("join", shape::join),
        "pivot" => ("pivot", shape::pivot),
        "normalize" => ("normalize", shape::normalize),
        "denormalize" => ("denormalize", shape::denormalize),
        "homogenize" => ("homogenize", shape::homogenize),
        "where" => ("where", |table, call| {
            let [test] = call.bind(["test"], 1)?;
            let test = test.unwrap_or_default();
            let mut kept = Vec::new();
            for row in &table.0.rows {
                let value = Row::value(&table.0.names, row);
                if call.invoke(&test, &[value], &[])?.is_true() {
                    kept.push(Arc::clone(row));
                }
            }
            Ok(table.with_rows(kept))
        }),
        _ => return None,
    };
    let table = table.clone();
    Some(function(name, move |call| method(&table, call)))
}

fn nulls_last(a: &Value, b: &Value, failed: &mut Option<JinjaError>) -> std::cmp::Ordering {
    match (a.is_none(), b.is_none()) {
        (true, true) => std::cmp::Ordering::Equal,
        (true, false) => std::cmp::Ordering::Greater,
        (false, true) => std::cmp::Ordering::Less,
        (false, false) => match python::order(a, b) {
            Ok(order) => order.unwrap_or(std::cmp::Ordering::Equal),
            Err(error) => {
                *failed = Some(error);
                std::cmp::Ordering::Equal
            }
        },
    }
}

fn group_by(table: &TableObject, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [key, ..] = call.bind(["key", "key_name", "key_type"], 1)?;
    let at = table.column(&key.unwrap_or_default())?;
    let mut groups: indexmap::IndexMap<String, Vec<Arc<Vec<Value>>>> = indexmap::IndexMap::new();
    for row in &table.0.rows {
        let value = row.get(at).cloned().unwrap_or_default();
        groups
            .entry(value.to_string())
            .or_default()
            .push(Arc::clone(row));
    }
    let names = Names::new(groups.keys().cloned().collect());
    let tables = groups
        .into_values()
        .map(|rows| table.with_rows(rows))
        .collect();
    Ok(sequence(Part::Groups, &names, tables))
}

fn cell_text(value: &Value) -> String {
    if value.is_none() {
        return String::new();
    }
    python::str(value).unwrap_or_default()
}

/// Writes all rows as agate's `to_csv` does.
fn written_as_csv(table: &TableObject) -> String {
    let quoted = |text: String| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let mut out = String::new();
    let mut line = |cells: Vec<String>| {
        let cells: Vec<String> = cells.into_iter().map(quoted).collect();
        out.push_str(&cells.join(","));
        out.push('\n');
    };
    line(table.0.names.list.clone());
    for row in &table.0.rows {
        line(row.iter().map(cell_text).collect());
    }
    out
}

/// Writes all rows as agate's `to_json` does: a mapping each, dates as texts
/// and numbers as floats.
fn written_as_json(table: &TableObject) -> Result<String, JinjaError> {
    let cell = |value: &Value| match python::kind(value) {
        python::Kind::Object(_) => Value::from(cell_text(value)),
        _ => value.clone(),
    };
    let rows = table.0.rows.iter().map(|row| {
        let cells = row.iter().map(cell);
        python::dict(table.0.names.list.iter().zip(cells))
    });
    crate::jinja::functions::json::dumps(&python::list(rows.collect()), false, None)
}

/// Draws the first rows and columns as agate does.
fn drawn(table: &TableObject, max_rows: usize, max_columns: usize) -> String {
    let names = &table.0.names.list;
    let shown = names.len().min(max_columns);
    let mut lines: Vec<Vec<String>> = vec![names[..shown].to_vec()];
    for row in table.0.rows.iter().take(max_rows) {
        lines.push(
            row.iter()
                .take(shown)
                .map(|v| {
                    if v.is_none() {
                        String::new()
                    } else {
                        python::str(v).unwrap_or_default()
                    }
                })
                .collect(),
        );
    }
    if table.0.rows.len() > max_rows {
        lines.push(vec!["...".to_owned(); shown]);
    }
    if names.len() > shown {
        for line in &mut lines {
            line.push("...".to_owned());
        }
    }
    let count = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..count)
        .map(|i| {
            lines
                .iter()
                .map(|line| line[i].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let is_number = |i: usize| {
        matches!(
            table.0.types.get(i),
            Some(ColumnType::Integer | ColumnType::Number)
        )
    };
    let write = |line: &[String]| -> String {
        let cells = line
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(i, (text, width))| {
                if is_number(i) {
                    format!("{text:>width$}")
                } else {
                    format!("{text:<width$}")
                }
            });
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule: Vec<String> = widths.iter().map(|w| "-".repeat(*w)).collect();
    let mut out = vec![write(&lines[0]), format!("| {} |", rule.join(" | "))];
    out.extend(lines[1..].iter().map(|line| write(line)));
    out.join("\n")
}

/// One row: a sequence whose items have the columns' names.
#[derive(Debug, Clone)]
struct Row;

impl Row {
    fn value(names: &Arc<Names>, row: &Arc<Vec<Value>>) -> Value {
        sequence(Part::Row, names, row.to_vec())
    }
}

/// What a sequence with names is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Rows,
    Columns,
    Row,
    Groups,
}

/// agate's `MappedSequence`: items found by number or by name.
#[derive(Debug, Clone)]
struct Sequence {
    part: Part,
    names: Arc<Names>,
    items: Arc<Vec<Value>>,
}

fn sequence(part: Part, names: &Arc<Names>, items: Vec<Value>) -> Value {
    Value::from_object(Sequence {
        part,
        names: Arc::clone(names),
        items: Arc::new(items),
    })
}

impl Object for Sequence {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items.to_vec())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.items.len())
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some(name) = key.as_str() {
            return self.named(name).or_else(|| self.get_value_by_str(name));
        }
        let len = self.items.len() as i128;
        let at = python::as_int(key)?;
        let at = if at < 0 { at + len } else { at };
        self.items.get(usize::try_from(at).ok()?).cloned()
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        type Method = fn(&Sequence, &mut Call<'_>) -> Result<Value, JinjaError>;
        let (name, method): (&'static str, Method) = match key {
            "keys" => ("keys", |s, _| Ok(s.key_list())),
            "values" => ("values", |s, _| Ok(python::tuple(s.items.to_vec()))),
            "items" => ("items", |s, _| {
                let pairs = s.names.list.iter().zip(s.items.iter());
                let pairs =
                    pairs.map(|(k, v)| python::tuple(vec![Value::from(k.as_str()), v.clone()]));
                Ok(python::tuple(pairs.collect()))
            }),
            "dict" => ("dict", |s, _| {
                Ok(python::dict(
                    s.names.list.iter().zip(s.items.iter().cloned()),
                ))
            }),
            "get" => ("get", |s, call| {
                let [key, default] = call.bind(["key", "default"], 1)?;
                let found = key
                    .as_ref()
                    .and_then(Value::as_str)
                    .and_then(|k| s.named(k));
                Ok(found.or(default).unwrap_or_else(python::none))
            }),
            "__type__" => {
                return Some(Value::from(match self.part {
                    Part::Row => "agate.Row",
                    Part::Groups => "agate.TableSet",
                    Part::Rows | Part::Columns => "agate.MappedSequence",
                }));
            }
            "__repr__" => return Some(Value::from(self.text())),
            // A column of a row can be read like an attribute.
            _ => return self.named(key),
        };
        let sequence = (**self).clone();
        Some(function(name, move |call| method(&sequence, call)))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.items.is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Sequence {
    fn named(&self, name: &str) -> Option<Value> {
        // Rows of a table have no names of their own.
        if self.part == Part::Rows {
            return None;
        }
        self.items.get(*self.names.index.get(name)?).cloned()
    }

    fn key_list(&self) -> Value {
        if self.part == Part::Rows {
            return python::none();
        }
        let keys = self.names.list.iter().map(|n| Value::from(n.as_str()));
        python::tuple(keys.collect())
    }

    fn text(&self) -> String {
        let what = match self.part {
            Part::Row => "Row",
            Part::Groups => "TableSet",
            Part::Rows | Part::Columns => "MappedSequence",
        };
        described(what, &self.items)
    }
}

/// Shows the first items, as agate does.
fn described(what: &str, items: &[Value]) -> String {
    let first: Vec<String> = items.iter().take(5).map(shown).collect();
    let more = if items.len() > 5 { ", ..." } else { "" };
    format!("<agate.{what}: ({}{more})>", first.join(", "))
}

/// One column of a table: a sequence of its values.
#[derive(Debug, Clone)]
struct ColumnOfTable {
    data: Arc<Data>,
    at: usize,
}

impl ColumnOfTable {
    fn values(&self) -> Vec<Value> {
        let rows = self.data.rows.iter();
        rows.map(|row| row.get(self.at).cloned().unwrap_or_default())
            .collect()
    }

    fn sorted(mut values: Vec<Value>) -> Result<Value, JinjaError> {
        let mut failed = None;
        values.sort_by(|a, b| nulls_last(a, b, &mut failed));
        match failed {
            Some(error) => Err(error),
            None => Ok(python::list(values)),
        }
    }

    fn text(&self) -> String {
        described("Column", &self.values())
    }
}

impl Object for ColumnOfTable {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.values())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.data.rows.len())
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some(name) = key.as_str() {
            return self.get_value_by_str(name);
        }
        let len = self.data.rows.len() as i128;
        let at = python::as_int(key)?;
        let at = if at < 0 { at + len } else { at };
        self.data
            .rows
            .get(usize::try_from(at).ok()?)?
            .get(self.at)
            .cloned()
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        type Method = fn(&ColumnOfTable, &mut Call<'_>) -> Result<Value, JinjaError>;
        let (name, method): (&'static str, Method) = match key {
            "name" => {
                return self
                    .data
                    .names
                    .list
                    .get(self.at)
                    .map(|n| Value::from(n.as_str()));
            }
            "index" => return Some(python::index(self.at)),
            "data_type" => return self.data.types.get(self.at).map(|t| type_value(*t)),
            "__type__" => return Some(Value::from("agate.Column")),
            "__repr__" => return Some(Value::from(self.text())),
            "values" => ("values", |c, _| Ok(python::tuple(c.values()))),
            "values_distinct" => ("values_distinct", |c, _| {
                let mut seen = std::collections::HashSet::new();
                let values = c.values().into_iter();
                Ok(python::tuple(
                    values.filter(|v| seen.insert(shown(v))).collect(),
                ))
            }),
            "values_without_nulls" => ("values_without_nulls", |c, _| {
                let values = c.values().into_iter();
                Ok(python::tuple(values.filter(|v| !v.is_none()).collect()))
            }),
            "values_sorted" => ("values_sorted", |c, _| ColumnOfTable::sorted(c.values())),
            "values_without_nulls_sorted" => ("values_without_nulls_sorted", |c, _| {
                let values = c.values().into_iter();
                ColumnOfTable::sorted(values.filter(|v| !v.is_none()).collect())
            }),
            _ => return None,
        };
        let column = (**self).clone();
        Some(function(name, move |call| method(&column, call)))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.data.rows.is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}
