//! Tables made of tables in another shape: joined, pivoted, one row per
//! property and back. What a template can say of it is what `agate` has,
//! without its classes of aggregations, which templates cannot name.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::Value;

use super::{Data, Names, TableObject, shown, table_of};
use crate::adapter::ColumnType;
use crate::jinja::error::JinjaError;
use crate::jinja::function::Call;
use crate::jinja::python;

type Row = Arc<Vec<Value>>;
type Result<T> = std::result::Result<T, JinjaError>;

/// The key of a group, as values and as what makes it equal to another.
type Groups = IndexMap<Vec<String>, (Vec<Value>, Vec<Row>)>;

fn given(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !value.is_none() && !value.is_undefined())
}

fn is_set(value: Option<Value>) -> bool {
    value.is_some_and(|value| value.is_true())
}

fn text_or(value: Option<Value>, default: &str) -> String {
    given(value).map_or_else(|| default.to_owned(), |value| value.to_string())
}

impl TableObject {
    fn make(names: Vec<String>, types: Vec<ColumnType>, rows: Vec<Vec<Value>>) -> Value {
        Self(Arc::new(Data {
            names: Names::new(names),
            types,
            rows: rows.into_iter().map(Arc::new).collect(),
        }))
        .into_value()
    }

    fn names_at(&self, columns: &[usize]) -> Vec<String> {
        let names = &self.0.names.list;
        columns
            .iter()
            .filter_map(|i| names.get(*i).cloned())
            .collect()
    }

    fn types_at(&self, columns: &[usize]) -> Vec<ColumnType> {
        let types = &self.0.types;
        columns
            .iter()
            .filter_map(|i| types.get(*i).copied())
            .collect()
    }

    fn columns_or_none(&self, key: Option<Value>) -> Result<Vec<usize>> {
        given(key).map_or_else(|| Ok(Vec::new()), |key| self.columns(&key))
    }
}

fn key_of(row: &Row, columns: &[usize]) -> Vec<String> {
    columns.iter().map(|i| shown(&row[*i])).collect()
}

fn cells(row: &Row, columns: &[usize]) -> Vec<Value> {
    columns.iter().map(|i| row[*i].clone()).collect()
}

/// `join(right_table, left_key, right_key, inner, full_outer, require_match,
/// columns)`: without keys, rows with the same number are joined.
pub fn join(table: &TableObject, call: &mut Call<'_>) -> Result<Value> {
    let [
        right,
        left_key,
        right_key,
        inner,
        full_outer,
        require_match,
        columns,
    ] = call.bind(
        [
            "right_table",
            "left_key",
            "right_key",
            "inner",
            "full_outer",
            "require_match",
            "columns",
        ],
        1,
    )?;
    let right = right.unwrap_or_default();
    let right = table_of(&right).ok_or_else(|| JinjaError::other("join() takes a table"))?;
    let (inner, full_outer) = (is_set(inner), is_set(full_outer));
    if inner && full_outer {
        let message = "A join can not be both \"inner\" and \"full_outer\".";
        return Err(JinjaError::other(message));
    }
    let left_key = given(left_key);
    let by_number = left_key.is_none();
    let right_key = given(right_key).or_else(|| left_key.clone());
    let left_by = table.columns_or_none(left_key)?;
    let right_by = if by_number {
        Vec::new()
    } else {
        right.columns_or_none(right_key)?
    };
    let key = |number: usize, row: &Row, by: &[usize]| {
        if by_number {
            vec![number.to_string()]
        } else {
            key_of(row, by)
        }
    };

    let all = 0..right.0.names.list.len();
    let taken: Vec<usize> = match given(columns) {
        _ if full_outer => all.collect(),
        Some(columns) => {
            let wanted = right.columns(&columns)?;
            all.filter(|i| wanted.contains(i)).collect()
        }
        None => all.filter(|i| !right_by.contains(i)).collect(),
    };
    let mut names = table.0.names.list.clone();
    for name in right.names_at(&taken) {
        let is_taken = table.0.names.index.contains_key(&name);
        names.push(if is_taken { format!("{name}2") } else { name });
    }
    let mut types = table.0.types.clone();
    types.extend(right.types_at(&taken));

    let mut found: HashMap<Vec<String>, Vec<&Row>> = HashMap::new();
    for (number, row) in right.0.rows.iter().enumerate() {
        found
            .entry(key(number, row, &right_by))
            .or_default()
            .push(row);
    }
    let must_match = is_set(require_match);
    let mut rows = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (number, left) in table.0.rows.iter().enumerate() {
        let key = key(number, left, &left_by);
        match found.get(&key) {
            Some(matching) => {
                for row in matching {
                    let mut joined = left.to_vec();
                    joined.extend(cells(row, &taken));
                    rows.push(joined);
                }
            }
            None if must_match => {
                return Err(JinjaError::other(format!(
                    "Left key \"{}\" does not have a matching right key.",
                    key.join(", ")
                )));
            }
            None if inner => {}
            None => {
                let mut joined = left.to_vec();
                joined.resize(names.len(), python::none());
                rows.push(joined);
            }
        }
        seen.insert(key);
    }
    if full_outer {
        for (number, row) in right.0.rows.iter().enumerate() {
            if !seen.contains(&key(number, row, &right_by)) {
                let mut joined = vec![python::none(); table.0.names.list.len()];
                joined.extend(cells(row, &taken));
                rows.push(joined);
            }
        }
    }
    Ok(TableObject::make(names, types, rows))
}

/// Puts rows that have the same values in columns together: by the first column
/// in the order of the rows, within by the second, and so on.
fn groups(rows: &[Row], by: &[usize]) -> Groups {
    let Some((first, rest)) = by.split_first() else {
        return Groups::from_iter([(Vec::new(), (Vec::new(), rows.to_vec()))]);
    };
    let mut outer: IndexMap<String, (Value, Vec<Row>)> = IndexMap::new();
    for row in rows {
        let group = outer.entry(shown(&row[*first]));
        let (_, rows) = group.or_insert_with(|| (row[*first].clone(), Vec::new()));
        rows.push(Arc::clone(row));
    }
    let mut all = Groups::new();
    for (key, (value, rows)) in outer {
        for (inner, (values, rows)) in groups(&rows, rest) {
            let key = std::iter::once(key.clone()).chain(inner).collect();
            let values = std::iter::once(value.clone()).chain(values).collect();
            all.insert(key, (values, rows));
        }
    }
    all
}

/// `pivot(key, pivot)`: how many rows there are of each kind, a column for each
/// value of the second.
pub fn pivot(table: &TableObject, call: &mut Call<'_>) -> Result<Value> {
    let [key, pivot, aggregation, computation, default, _] = call.bind(
        [
            "key",
            "pivot",
            "aggregation",
            "computation",
            "default_value",
            "key_name",
        ],
        0,
    )?;
    if given(aggregation).is_some() || given(computation).is_some() {
        let message = "pivot() can only count rows: templates have no other aggregations";
        return Err(JinjaError::other(message));
    }
    let by = table.columns_or_none(key)?;
    let pivot = given(pivot).map(|pivot| table.column(&pivot)).transpose()?;
    let columns: Vec<usize> = by.iter().copied().chain(pivot).collect();
    let counted = groups(&table.0.rows, &columns)
        .into_values()
        .map(|(mut values, rows)| {
            values.push(python::index(rows.len()));
            Arc::new(values)
        });
    let mut names = table.names_at(&columns);
    names.push("Count".to_owned());
    let mut types = table.types_at(&columns);
    types.push(ColumnType::Integer);
    let counted = TableObject(Arc::new(Data {
        names: Names::new(names),
        types,
        rows: counted.collect(),
    }));
    match pivot {
        None => Ok(counted.into_value()),
        Some(_) => {
            let key: Vec<usize> = (0..by.len()).collect();
            let default = default.unwrap_or_else(|| python::index(0));
            Ok(spread(&counted, &key, by.len(), by.len() + 1, &default))
        }
    }
}

/// `denormalize(key, property_column, value_column, default_value)`: a column
/// for each property.
pub fn denormalize(table: &TableObject, call: &mut Call<'_>) -> Result<Value> {
    let [key, property, value, default, _] = call.bind(
        [
            "key",
            "property_column",
            "value_column",
            "default_value",
            "column_types",
        ],
        0,
    )?;
    let key = table.columns_or_none(key)?;
    let property = table.column(&Value::from(text_or(property, "property")))?;
    let value = table.column(&Value::from(text_or(value, "value")))?;
    let default = default.unwrap_or_else(|| match table.0.types.get(value) {
        Some(ColumnType::Integer | ColumnType::Number) => python::index(0),
        _ => python::none(),
    });
    Ok(spread(table, &key, property, value, &default))
}

fn spread(
    table: &TableObject,
    key: &[usize],
    property: usize,
    value: usize,
    default: &Value,
) -> Value {
    let mut properties: Vec<String> = Vec::new();
    let mut made: IndexMap<Vec<String>, (Vec<Value>, HashMap<String, Value>)> = IndexMap::new();
    for row in &table.0.rows {
        let name = python::str(&row[property]).unwrap_or_default();
        if !properties.contains(&name) {
            properties.push(name.clone());
        }
        let group = made.entry(key_of(row, key));
        let (_, values) = group.or_insert_with(|| (cells(row, key), HashMap::new()));
        values.insert(name, row[value].clone());
    }
    let mut types = table.types_at(key);
    let of_value = table.0.types.get(value).copied();
    types.extend(properties.iter().filter_map(|_| of_value));
    let rows = made.into_values().map(|(mut row, mut values)| {
        let values = properties.iter().map(|name| values.remove(name));
        row.extend(values.map(|value| value.unwrap_or_else(|| default.clone())));
        row
    });
    let rows = rows.collect();
    let names = table.names_at(key).into_iter().chain(properties.clone());
    TableObject::make(names.collect(), types, rows)
}

/// `normalize(key, properties, property_column, value_column)`: a row for each
/// property.
pub fn normalize(table: &TableObject, call: &mut Call<'_>) -> Result<Value> {
    let [key, properties, property_column, value_column, _] = call.bind(
        [
            "key",
            "properties",
            "property_column",
            "value_column",
            "column_types",
        ],
        2,
    )?;
    let key = table.columns_or_none(key)?;
    let properties = table.columns_or_none(properties)?;
    let types = table.types_at(&properties);
    // Values of several types become texts.
    let is_mixed = types.windows(2).any(|pair| pair[0] != pair[1]);
    let value_of = |value: &Value| {
        if is_mixed && !value.is_none() {
            Value::from(python::str(value).unwrap_or_default())
        } else {
            value.clone()
        }
    };
    let mut rows = Vec::new();
    for row in &table.0.rows {
        for property in &properties {
            let mut made = cells(row, &key);
            let name = &table.0.names.list[*property];
            made.extend([Value::from(name.as_str()), value_of(&row[*property])]);
            rows.push(made);
        }
    }
    let mut all = table.types_at(&key);
    let of_values = if is_mixed {
        None
    } else {
        types.first().copied()
    };
    all.extend([ColumnType::Text, of_values.unwrap_or(ColumnType::Text)]);
    let mut names = table.names_at(&key);
    names.push(text_or(property_column, "property"));
    names.push(text_or(value_column, "value"));
    Ok(TableObject::make(names, all, rows))
}

/// `homogenize(key, compare_values, default_row)`: rows for those values of the
/// key that no row has.
pub fn homogenize(table: &TableObject, call: &mut Call<'_>) -> Result<Value> {
    let [key, compare, default] = call.bind(["key", "compare_values", "default_row"], 2)?;
    let key = table.columns_or_none(key)?;
    let default = given(default)
        .map(|row| python::collect(&row))
        .transpose()?;
    let mut known: std::collections::HashSet<Vec<String>> =
        table.0.rows.iter().map(|row| key_of(row, &key)).collect();
    let mut rows: Vec<Vec<Value>> = table.0.rows.iter().map(|row| row.to_vec()).collect();
    for wanted in python::collect(&compare.unwrap_or_default())? {
        let is_one = key.len() == 1 && python::as_str(&wanted).is_some();
        let wanted = match python::collect(&wanted) {
            Ok(values) if !is_one => values,
            _ => vec![wanted],
        };
        if !known.insert(wanted.iter().map(shown).collect()) {
            continue;
        }
        let mut rest = default.clone().unwrap_or_default().into_iter();
        let row = (0..table.0.names.list.len()).map(|i| {
            let of_key = key
                .iter()
                .position(|k| *k == i)
                .and_then(|at| wanted.get(at));
            let other = || rest.next().unwrap_or_else(python::none);
            of_key.cloned().unwrap_or_else(other)
        });
        rows.push(row.collect());
    }
    Ok(TableObject::make(
        table.0.names.list.clone(),
        table.0.types.clone(),
        rows,
    ))
}
