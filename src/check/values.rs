//! Whether written values are values of their types.

use super::bind::Twin;
use crate::adapter::Cell;
use crate::sql::NUMBERS;

/// Tells whether a type is one of numbers, times or truth, not of texts: one that a text is
/// made a value of, or not.
pub fn is_plain(data_type: &str) -> bool {
    const OTHERS: [&str; 5] = ["BOOLEAN", "DECIMAL", "DATE", "TIME", "UUID"];
    let upper = data_type.to_uppercase();
    let mut beginnings = NUMBERS.iter().chain(&OTHERS);
    beginnings.any(|name| upper.starts_with(name)) && !upper.ends_with(']')
}

/// Keeps those of which the engine makes no value. `parts` gives a literal of SQL and the type
/// that it is cast to.
pub fn keep_wrong<T>(
    twin: &Twin<'_>,
    values: Vec<T>,
    parts: impl Fn(&T) -> (String, String),
) -> Vec<T> {
    if values.is_empty() {
        return values;
    }
    let casts = values.iter().map(|value| {
        let (literal, data_type) = parts(value);
        format!("try_cast({literal} as {data_type}) is null")
    });
    let sql = format!("select {}", casts.collect::<Vec<_>>().join(", "));
    let answer = twin
        .desk()
        .with(|connection| connection.execute(&sql, true, None));
    let Ok((_, table)) = answer else {
        return Vec::new();
    };
    let both = values.into_iter().zip(table.rows.into_iter().flatten());
    both.filter(|(_, cell)| *cell == Cell::Bool(true))
        .map(|(value, _)| value)
        .collect()
}
