//! Reads results: Arrow arrays, together with DuckDB's own types, become
//! cells.

use ::duckdb::arrow::array::{self as arrow, Array, ArrayRef, AsArray};
use ::duckdb::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType,
    IntervalUnit, Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use ::duckdb::arrow::util::display::{ArrayFormatter, FormatOptions};
use ::duckdb::types::{Type, Value as DriverValue};
use ::duckdb::{Connection as Driver, Error, Statement};

use super::calendar;
use super::failure;
use super::number;
use super::sql_type::SqlType;
use crate::adapter::{AdapterError, Cell, ColumnType, ErrorKind, Table, statements};

/// Runs statements and reads the last one's rows.
pub fn query(driver: &Driver, sql: &str, limit: Option<usize>) -> Result<Table, AdapterError> {
    let failed = |error: Error| failure::of(&error, Some(sql));
    let mut statement = driver.prepare(sql).map_err(failed)?;
    match statement.query([]).map(drop) {
        Ok(()) => {}
        Err(Error::FromSqlConversionFailure(_, Type::Variant, _)) => {
            drop(statement);
            return query_as_text(driver, sql, limit);
        }
        Err(error) => return Err(failed(error)),
    }
    let names = statement.column_names();
    let types = types(&statement);
    if types.iter().any(SqlType::needs_text) && is_query(sql) {
        drop(statement);
        return query_as_text(driver, sql, limit);
    }
    let rows = rows(&statement, &types, limit, sql)?;
    Ok(table(
        names,
        types.iter().map(SqlType::text).collect(),
        rows,
    ))
}

/// Runs a query of one column of texts, with texts in place of its question marks. What is null
/// is an empty text.
pub fn texts(driver: &Driver, sql: &str, given: [&str; 2]) -> Result<Vec<String>, AdapterError> {
    let failed = |error: Error| failure::of(&error, Some(sql));
    let mut statement = driver.prepare(sql).map_err(failed)?;
    statement.query(given).map(drop).map_err(failed)?;
    let rows = rows(&statement, &[SqlType::Plain("VARCHAR")], None, sql)?;
    let texts = rows.into_iter().flatten().map(|cell| match cell {
        Cell::Text(text) => text,
        _ => String::new(),
    });
    Ok(texts.collect())
}

fn table(columns: Vec<String>, sql_types: Vec<String>, rows: Vec<Vec<Cell>>) -> Table {
    let types = (0..columns.len())
        .map(|i| ColumnType::of(rows.iter().map(|row| &row[i])))
        .collect();
    Table {
        columns,
        types,
        sql_types,
        rows,
    }
}

/// Tells whether the last statement only reads, so that it may run again.
fn is_query(sql: &str) -> bool {
    let Some(last) = statements::split(sql).pop() else {
        return false;
    };
    let word = sql[last]
        .trim_start_matches('(')
        .trim_start()
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    ["select", "with", "from", "values", "table"].contains(&word.as_str())
}

/// Runs a query whose result has types that Arrow cannot carry, with these
/// columns cast to text. Rare, so it may cost a second run.
fn query_as_text(driver: &Driver, sql: &str, limit: Option<usize>) -> Result<Table, AdapterError> {
    let failed = |error: Error| failure::of(&error, Some(sql));
    let last = statements::split(sql).pop().unwrap_or(0..0);
    let query = &sql[last];
    let described = format!("describe (\n{query}\n)");
    let mut statement = driver.prepare(&described).map_err(failed)?;
    statement.query([]).map(drop).map_err(failed)?;
    let plain = vec![SqlType::Plain("VARCHAR"); 6];
    let columns = rows(&statement, &plain, None, sql)?;
    drop(statement);

    let mut names = Vec::new();
    let mut sql_types = Vec::new();
    let mut list = Vec::new();
    for (i, row) in columns.into_iter().enumerate() {
        let mut row = row.into_iter();
        let (Some(Cell::Text(name)), Some(Cell::Text(sql_type))) = (row.next(), row.next()) else {
            continue;
        };
        let needs_text = ["TIME WITH TIME ZONE", "VARIANT"]
            .iter()
            .any(|of| sql_type.contains(of));
        list.push(if needs_text {
            format!("cast(#{} as varchar)", i + 1)
        } else {
            format!("#{}", i + 1)
        });
        names.push(name);
        sql_types.push(sql_type);
    }
    let cast = format!("select {} from (\n{query}\n)", list.join(", "));
    let mut statement = driver.prepare(&cast).map_err(failed)?;
    statement.query([]).map(drop).map_err(failed)?;
    let mut rows = rows(&statement, &types(&statement), limit, sql)?;
    for row in &mut rows {
        for (cell, sql_type) in row.iter_mut().zip(&sql_types) {
            if let Cell::Text(text) = cell
                && sql_type == "TIME WITH TIME ZONE"
                && text.rfind(['+', '-']) == Some(text.len() - 3)
            {
                // Python writes the minutes of an offset always.
                text.push_str(":00");
            }
        }
    }
    Ok(table(names, sql_types, rows))
}

/// Runs a query and hands its rows over one by one: there may be more than fit into memory.
pub fn each_row(
    driver: &Driver,
    sql: &str,
    take: &mut dyn FnMut(Vec<Cell>),
) -> Result<(), AdapterError> {
    let failed = |error: Error| failure::of(&error, Some(sql));
    let mut statement = driver.prepare(sql).map_err(failed)?;
    statement.query([]).map(drop).map_err(failed)?;
    visit(&statement, &types(&statement), usize::MAX, sql, take)
}

/// Returns the types of the columns of a statement that was run.
fn types(statement: &Statement<'_>) -> Vec<SqlType> {
    let columns = 0..statement.column_names().len();
    let types = columns.map(|i| SqlType::of(&statement.column_logical_type(i)));
    types.collect()
}

fn rows(
    statement: &Statement<'_>,
    types: &[SqlType],
    limit: Option<usize>,
    sql: &str,
) -> Result<Vec<Vec<Cell>>, AdapterError> {
    let limit = limit.unwrap_or(usize::MAX);
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    visit(statement, types, limit, sql, &mut |row| rows.push(row))?;
    Ok(rows)
}

fn visit(
    statement: &Statement<'_>,
    types: &[SqlType],
    limit: usize,
    sql: &str,
    take: &mut dyn FnMut(Vec<Cell>),
) -> Result<(), AdapterError> {
    let mut left = limit;
    while left > 0 {
        let batch = statement
            .step()
            .map_err(|error| failure::of(&error, Some(sql)))?;
        let Some(batch) = batch else { break };
        let wanted = batch.len().min(left);
        left -= wanted;
        let mut columns = Vec::with_capacity(types.len());
        for (array, of) in batch.columns().iter().zip(types) {
            let array = array.slice(0, wanted);
            columns.push(cells(&array, of).map_err(unreadable)?.into_iter());
        }
        for _ in 0..wanted {
            take(columns.iter_mut().filter_map(Iterator::next).collect());
        }
    }
    Ok(())
}

fn unreadable(why: String) -> AdapterError {
    AdapterError::new(
        ErrorKind::Unsupported,
        format!("the result cannot be read: {why}"),
    )
}

/// Reads an array into cells.
fn cells(array: &ArrayRef, of: &SqlType) -> Result<Vec<Cell>, String> {
    match of {
        SqlType::Named(_, of) => return cells(array, of),
        SqlType::Bit => return Ok(each(array, bytes, |bytes| Cell::Text(number::bits(bytes)))),
        SqlType::Bignum => {
            return Ok(each(array, bytes, |bytes| {
                Cell::Text(number::bignum(bytes))
            }));
        }
        _ => {}
    }
    let cells = match array.data_type() {
        DataType::Null => vec![Cell::Null; array.len()],
        DataType::Boolean => {
            let array = array.as_boolean();
            (0..array.len())
                .map(|i| or_null(array, i, || Cell::Bool(array.value(i))))
                .collect()
        }
        DataType::Int8 => primitive::<Int8Type>(array, |n| Cell::Int(n.into())),
        DataType::Int16 => primitive::<Int16Type>(array, |n| Cell::Int(n.into())),
        DataType::Int32 => primitive::<Int32Type>(array, |n| Cell::Int(n.into())),
        DataType::Int64 => primitive::<Int64Type>(array, |n| Cell::Int(n.into())),
        DataType::UInt8 => primitive::<UInt8Type>(array, |n| Cell::Int(n.into())),
        DataType::UInt16 => primitive::<UInt16Type>(array, |n| Cell::Int(n.into())),
        DataType::UInt32 => primitive::<UInt32Type>(array, |n| Cell::Int(n.into())),
        DataType::UInt64 => primitive::<UInt64Type>(array, |n| Cell::Int(n.into())),
        DataType::Float32 => primitive::<Float32Type>(array, |x| Cell::Float(x.into())),
        DataType::Float64 => primitive::<Float64Type>(array, Cell::Float),
        DataType::Decimal32(_, scale) => {
            primitive::<Decimal32Type>(array, |n| decimal(n.into(), *scale, of))
        }
        DataType::Decimal64(_, scale) => {
            primitive::<Decimal64Type>(array, |n| decimal(n.into(), *scale, of))
        }
        DataType::Decimal128(_, scale) => {
            primitive::<Decimal128Type>(array, |n| decimal(n, *scale, of))
        }
        DataType::Utf8 => each(array, |a, i| a.as_string::<i32>().value(i), text),
        DataType::LargeUtf8 => each(array, |a, i| a.as_string::<i64>().value(i), text),
        DataType::Utf8View => each(array, |a, i| a.as_string_view().value(i), text),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            each(array, bytes, |bytes| Cell::Bytes(bytes.to_vec()))
        }
        DataType::Date32 => primitive::<Date32Type>(array, calendar::date),
        DataType::Time64(TimeUnit::Microsecond) => {
            primitive::<Time64MicrosecondType>(array, calendar::time)
        }
        DataType::Time64(_) => {
            primitive::<Time64NanosecondType>(array, |nanos| calendar::time(nanos / 1000))
        }
        DataType::Timestamp(unit, zone) => {
            let zone = zone.as_deref().map(calendar::zone);
            let cell =
                |count: i64, per_second: i64| calendar::timestamp(count, per_second, zone.as_ref());
            match unit {
                TimeUnit::Second => primitive::<TimestampSecondType>(array, |n| cell(n, 1)),
                TimeUnit::Millisecond => {
                    primitive::<TimestampMillisecondType>(array, |n| cell(n, 1_000))
                }
                TimeUnit::Microsecond => {
                    primitive::<TimestampMicrosecondType>(array, |n| cell(n, 1_000_000))
                }
                TimeUnit::Nanosecond => {
                    primitive::<TimestampNanosecondType>(array, |n| cell(n, 1_000_000_000))
                }
            }
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            primitive::<IntervalMonthDayNanoType>(array, |interval| {
                // Python's `timedelta` knows no months; DuckDB's client counts
                // thirty days for each.
                let days = i128::from(interval.months) * 30 + i128::from(interval.days);
                Cell::Interval {
                    microseconds: days * 86_400_000_000 + i128::from(interval.nanoseconds / 1000),
                }
            })
        }
        DataType::Dictionary(key, _) => match **key {
            DataType::UInt8 => dictionary::<UInt8Type>(array)?,
            DataType::UInt16 => dictionary::<UInt16Type>(array)?,
            _ => dictionary::<UInt32Type>(array)?,
        },
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let ends = list.value_offsets().iter().map(|end| *end as usize);
            lists(array, list.values(), ends, of)?
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let ends = list.value_offsets().iter().map(|end| *end as usize);
            lists(array, list.values(), ends, of)?
        }
        DataType::FixedSizeList(..) => {
            let list = array.as_fixed_size_list();
            let ends = (0..=list.len()).map(|i| list.value_offset(i) as usize);
            lists(array, list.values(), ends, of)?
        }
        DataType::Map(..) => maps(array.as_map(), of)?,
        DataType::Struct(_) => structs(array.as_struct(), of)?,
        DataType::Union(..) => unions(array, of)?,
        _ => anything(array)?,
    };
    Ok(cells)
}

fn or_null(array: &dyn Array, i: usize, cell: impl FnOnce() -> Cell) -> Cell {
    if array.is_valid(i) {
        cell()
    } else {
        Cell::Null
    }
}

fn primitive<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    cell: impl Fn(T::Native) -> Cell,
) -> Vec<Cell> {
    array
        .as_primitive::<T>()
        .iter()
        .map(|value| value.map_or(Cell::Null, &cell))
        .collect()
}

fn each<'a, T>(
    array: &'a ArrayRef,
    value: impl Fn(&'a ArrayRef, usize) -> T,
    cell: impl Fn(T) -> Cell,
) -> Vec<Cell> {
    (0..array.len())
        .map(|i| or_null(array, i, || cell(value(array, i))))
        .collect()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn bytes(array: &ArrayRef, i: usize) -> &[u8] {
    match array.data_type() {
        DataType::Binary => array.as_binary::<i32>().value(i),
        DataType::LargeBinary => array.as_binary::<i64>().value(i),
        DataType::BinaryView => array.as_binary_view().value(i),
        _ => &[],
    }
}

/// Arrow has one shape for decimals and DuckDB's widest whole numbers.
fn decimal(n: i128, scale: i8, of: &SqlType) -> Cell {
    match of {
        SqlType::Plain("HUGEINT") => Cell::Int(n),
        SqlType::UnsignedHugeint => {
            let n = n as u128;
            i128::try_from(n).map_or_else(|_| Cell::Decimal(n.to_string()), Cell::Int)
        }
        _ => Cell::Decimal(number::decimal(n, scale)),
    }
}

fn dictionary<K: ::duckdb::arrow::datatypes::ArrowDictionaryKeyType>(
    array: &ArrayRef,
) -> Result<Vec<Cell>, String> {
    let dictionary = array.as_dictionary::<K>();
    let values = cells(dictionary.values(), &SqlType::Plain("VARCHAR"))?;
    Ok((0..dictionary.len())
        .map(|i| {
            let value = dictionary.key(i).and_then(|key| values.get(key));
            value.cloned().unwrap_or(Cell::Null)
        })
        .collect())
}

fn lists(
    array: &ArrayRef,
    values: &ArrayRef,
    ends: impl Iterator<Item = usize>,
    of: &SqlType,
) -> Result<Vec<Cell>, String> {
    let unknown = SqlType::Unknown;
    let of = match of {
        SqlType::List(of) | SqlType::Array(of) => of,
        _ => &unknown,
    };
    let values = cells(values, of)?;
    let ends: Vec<usize> = ends.collect();
    Ok((0..array.len())
        .map(|i| {
            or_null(array, i, || {
                Cell::List(values[ends[i]..ends[i + 1]].to_vec())
            })
        })
        .collect())
}

fn maps(map: &arrow::MapArray, of: &SqlType) -> Result<Vec<Cell>, String> {
    let unknown = (SqlType::Unknown, SqlType::Unknown);
    let (key, value) = match of {
        SqlType::Map(key, value) => (&**key, &**value),
        _ => (&unknown.0, &unknown.1),
    };
    let keys = cells(map.keys(), key)?;
    let values = cells(map.values(), value)?;
    let ends = map.value_offsets();
    Ok((0..map.len())
        .map(|i| {
            if map.is_null(i) {
                return Cell::Null;
            }
            let entries = ends[i] as usize..ends[i + 1] as usize;
            let entry = |at: usize| {
                let key = match &keys[at] {
                    // JSON's spelling, since such a map ends as JSON.
                    Cell::Bool(key) => key.to_string(),
                    Cell::Null => "null".into(),
                    key => key.python_text(),
                };
                (key, values[at].clone())
            };
            Cell::Struct(entries.map(entry).collect())
        })
        .collect())
}

fn structs(array: &arrow::StructArray, of: &SqlType) -> Result<Vec<Cell>, String> {
    let unknown = SqlType::Unknown;
    let mut columns = Vec::with_capacity(array.num_columns());
    for (i, (values, name)) in array.columns().iter().zip(array.column_names()).enumerate() {
        let of = match of {
            SqlType::Struct(fields) => fields.get(i).map_or(&unknown, |(_, of)| of),
            _ => &unknown,
        };
        columns.push((name, cells(values, of)?.into_iter()));
    }
    Ok((0..array.len())
        .map(|i| {
            let fields = columns
                .iter_mut()
                .map(|(name, values)| ((*name).to_owned(), values.next().unwrap_or(Cell::Null)))
                .collect();
            or_null(array, i, || Cell::Struct(fields))
        })
        .collect())
}

/// A union's cell is its member's, as in DuckDB's Python client.
fn unions(array: &ArrayRef, of: &SqlType) -> Result<Vec<Cell>, String> {
    let Some(union) = array.as_any().downcast_ref::<arrow::UnionArray>() else {
        return anything(array);
    };
    let unknown = SqlType::Unknown;
    let mut members = Vec::new();
    let count = match of {
        SqlType::Union(members) => members.len(),
        _ => 0,
    };
    for i in 0..count {
        let of = match of {
            SqlType::Union(members) => &members[i].1,
            _ => &unknown,
        };
        members.push(cells(union.child(i as i8), of)?);
    }
    Ok((0..union.len())
        .map(|i| {
            let member = usize::try_from(union.type_id(i)).ok();
            member
                .and_then(|member| members.get(member)?.get(union.value_offset(i)))
                .cloned()
                .unwrap_or(Cell::Null)
        })
        .collect())
}

/// Reads what has no rule of its own as Arrow's own text.
fn anything(array: &ArrayRef) -> Result<Vec<Cell>, String> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array, &options).map_err(|error| error.to_string())?;
    (0..array.len())
        .map(|i| {
            if array.is_null(i) {
                return Ok(Cell::Null);
            }
            let text = formatter.value(i).try_to_string();
            text.map(Cell::Text).map_err(|error| error.to_string())
        })
        .collect()
}

/// Returns a cell as a parameter's value. DuckDB casts texts to what the
/// place needs.
pub fn bound(cell: &Cell) -> DriverValue {
    match cell {
        Cell::Null => DriverValue::Null,
        Cell::Bool(b) => DriverValue::Boolean(*b),
        Cell::Int(n) => DriverValue::HugeInt(*n),
        Cell::Float(x) => DriverValue::Double(*x),
        Cell::Bytes(bytes) => DriverValue::Blob(bytes.clone()),
        other => DriverValue::Text(other.python_text()),
    }
}
