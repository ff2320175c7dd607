//! Whether a data test passed, from the one row that its query gives.

#[cfg(test)]
mod tests;

use super::Status;
use crate::adapter::{Cell, Table};
use crate::parse::NodeConfig;

/// What a data test came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub status: Status,
    pub message: Option<String>,
    pub failures: i64,
}

/// Judges a data test.
///
/// `table` is what `get_test_sql` selects: `failures`, `should_warn` and
/// `should_error`. The thresholds themselves were compared by the database.
///
/// # Errors
///
/// A project may bring its own `test` materialization, so the table may have
/// another shape; the error says which was expected.
pub fn judge(
    table: &Table,
    config: &NodeConfig,
    warnings_are_errors: bool,
) -> Result<Verdict, String> {
    if table.rows.len() != 1 {
        return Err(format!(
            "the test's query returned {} rows, but 1 row was expected",
            table.rows.len()
        ));
    }
    if table.columns.len() != 3 {
        return Err(format!(
            "the test's query returned {} columns, but `failures`, `should_warn` and \
             `should_error` were expected",
            table.columns.len()
        ));
    }
    let cell = |name: &str| {
        table
            .columns
            .iter()
            .position(|c| c.eq_ignore_ascii_case(name))
            .map(|i| &table.rows[0][i])
            .ok_or_else(|| format!("the test's query returned no column `{name}`"))
    };
    let failures = whole_number(cell("failures")?)?;
    let should_warn = truth(cell("should_warn")?)?;
    let should_error = truth(cell("should_error")?)?;
    let severity = config.str("severity").unwrap_or("ERROR");
    let condition = |key| config.str(key).unwrap_or("!= 0").to_owned();
    let results = if failures == 1 { "result" } else { "results" };
    let told = |verb: &str, condition: String| {
        Some(format!(
            "Got {failures} {results}, configured to {verb} if {condition}"
        ))
    };
    let (status, message) = if severity.eq_ignore_ascii_case("error") && should_error {
        (Status::Fail, told("fail", condition("error_if")))
    } else if should_warn && warnings_are_errors {
        (Status::Fail, told("fail", condition("warn_if")))
    } else if should_warn {
        (Status::Warn, told("warn", condition("warn_if")))
    } else {
        // dbt counts no failures for a test that passed below its threshold.
        return Ok(Verdict {
            status: Status::Pass,
            message: None,
            failures: 0,
        });
    };
    Ok(Verdict {
        status,
        message,
        failures,
    })
}

fn whole_number(cell: &Cell) -> Result<i64, String> {
    let whole = match cell {
        Cell::Int(n) => i64::try_from(*n).ok(),
        Cell::Bool(b) => Some(i64::from(*b)),
        #[expect(clippy::float_cmp, reason = "a whole number is exactly its rounding")]
        Cell::Float(f) if f.trunc() == *f && f.abs() < 9e15 => Some(*f as i64),
        Cell::Decimal(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let is_whole = fraction.bytes().all(|b| b == b'0');
            whole.parse().ok().filter(|_| is_whole)
        }
        _ => None,
    };
    whole.ok_or_else(|| {
        format!(
            "the test's `fail_calc` gave {}, but a whole number was expected",
            shown(cell)
        )
    })
}

/// Reads a truth value; some databases give them as text or number.
fn truth(cell: &Cell) -> Result<bool, String> {
    Ok(match cell {
        Cell::Null => false,
        Cell::Bool(b) => *b,
        Cell::Int(n) => *n != 0,
        Cell::Float(f) => *f != 0.0,
        Cell::Decimal(text) => text.bytes().any(|b| (b'1'..=b'9').contains(&b)),
        Cell::Text(text) => match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "t" | "true" | "on" | "1" => true,
            "n" | "no" | "f" | "false" | "off" | "0" => false,
            _ => {
                return Err(format!(
                    "'get_test_sql' returns '{text}', where true or false was expected"
                ));
            }
        },
        _ => true,
    })
}

/// Says what a value is, and not which: it may be one of a row.
fn shown(cell: &Cell) -> &'static str {
    match cell {
        Cell::Null => "no value",
        Cell::Float(_) | Cell::Decimal(_) => "another number",
        _ => "something else",
    }
}
