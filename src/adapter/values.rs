//! Takes values of rows out of what a database says.
//!
//! Messages about data that does not fit quote it. Names, types and forms are
//! quoted too, and stay: what comes before the quotes tells one from another.

use super::AdapterError;

/// What stands in a value's place.
const HIDDEN: &str = "***";

/// What the engine calls errors that quote no values: what it says of a
/// statement before that runs names what is in the statement alone.
const OF_STATEMENTS: &[&str] = &[
    "Binder",
    "Catalog",
    "Parser",
    "Syntax",
    "Permission",
    "Dependency",
    "IO",
    "HTTP",
    "Connection",
    "Settings",
    "Missing Extension",
    "Autoloading",
    "Not implemented",
    "Out of Memory",
    "Interrupt",
];

/// Before the name of something, or before a type or a form.
const BEFORE_NAMES: &[&str] = &[
    "as",
    "attribute",
    "column",
    "columns",
    "expression",
    "file",
    "function",
    "in",
    "index",
    "is",
    "name",
    "named",
    "of",
    "on",
    "option",
    "parameter",
    "relation",
    "schema",
    "setting",
    "specifier",
    "table",
    "to",
    "type",
    "with",
];

/// Lines of which all after these words is data.
const LINES_OF_DATA: &[&str] = &["Original Line:", "Input:", "LINE:"];

/// Tells whether an error of a statement may quote values of rows. `class` is
/// what the engine calls it; without a class it may.
pub fn may_quote_values(class: Option<&str>) -> bool {
    let is = |class: &str| OF_STATEMENTS.iter().any(|c| c.eq_ignore_ascii_case(class));
    !class.is_some_and(is)
}

/// Takes the values of rows out of an error's message.
pub fn hide_values(error: &mut AdapterError) {
    let class = error.class.as_deref();
    let sql = error
        .sql
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    // `error('...' || name)` says whatever the query makes it say.
    error.message = if class == Some("Invalid Input") && sql.contains("error(") {
        format!("Invalid Input Error: {HIDDEN}")
    } else {
        without_values(class, &error.message)
    };
}

/// Returns a message without the values of rows in it. `class` is what the
/// engine calls the error.
fn without_values(class: Option<&str>, message: &str) -> String {
    if !may_quote_values(class) {
        return message.to_owned();
    }
    let mut values = Vec::new();
    let mut hidden = String::with_capacity(message.len());
    for (i, line) in message.split('\n').enumerate() {
        if i > 0 {
            hidden.push('\n');
        }
        let data = LINES_OF_DATA
            .iter()
            .find_map(|mark| line.find(mark).map(|at| at + mark.len()));
        let rest = match data {
            Some(at) => {
                hidden.push_str(&quoted_hidden(&line[..at], &mut values));
                hidden.push(' ');
                HIDDEN
            }
            None => line,
        };
        if data.is_some() {
            hidden.push_str(rest);
        } else {
            hidden.push_str(&numbers_hidden(&quoted_hidden(rest, &mut values)));
        }
    }
    // Some messages draw the value once more, below.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in values.iter().filter(|value| value.trim().len() > 2) {
        hidden = hidden.replace(value.as_str(), HIDDEN);
    }
    hidden
}

/// Hides what stands between quotes, unless a word before says it is a name.
fn quoted_hidden(line: &str, values: &mut Vec<String>) -> String {
    let mut hidden = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['\'', '"']) {
        let quote = &rest[at..=at];
        let before = &rest[..at];
        let is_apostrophe = quote == "'" && before.ends_with(char::is_alphanumeric);
        let inner = &rest[at + 1..];
        let end = if is_apostrophe {
            None
        } else {
            end_of(inner, quote)
        };
        hidden.push_str(before);
        hidden.push_str(quote);
        let Some(end) = end else {
            rest = inner;
            continue;
        };
        let value = &inner[..end];
        if is_name(before) {
            hidden.push_str(value);
        } else {
            hidden.push_str(&key_of(before, value));
            values.push(value.to_owned());
        }
        hidden.push_str(quote);
        rest = &inner[end + 1..];
    }
    hidden.push_str(rest);
    hidden
}

/// Returns the place of the quote that ends a value: the last one that a word
/// or a sign of the message's own may follow.
fn end_of(inner: &str, quote: &str) -> Option<usize> {
    let ends = inner.match_indices(quote).map(|(at, _)| at);
    let is_end = |at: &usize| {
        let after = inner[at + 1..].chars().next();
        after.is_none_or(|c| !c.is_alphanumeric())
    };
    ends.clone().find(is_end).or_else(|| ends.clone().next())
}

fn is_name(before: &str) -> bool {
    let word = before
        .trim_end()
        .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap_or_default();
    let is_near = before.ends_with([' ', '(']) || before.ends_with(word);
    is_near && BEFORE_NAMES.contains(&word.to_ascii_lowercase().as_str())
}

/// `Duplicate key "id: 1"` keeps the name of the key.
fn key_of(before: &str, value: &str) -> String {
    let is_key = before.trim_end().ends_with("key");
    match value.split_once(": ") {
        Some((name, _)) if is_key => format!("{name}: {HIDDEN}"),
        _ => HIDDEN.to_owned(),
    }
}

/// Hides numbers that are told without quotes: `with value 300`, `(3 * 2)`.
fn numbers_hidden(line: &str) -> String {
    let mut hidden = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let length = rest[at..]
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len() - at);
        let before = &rest[..at];
        let trimmed = before.trim_end_matches('-');
        let is_value = trimmed.ends_with("value ") || trimmed.ends_with("number ");
        let is_operand = trimmed.ends_with([' ', '('])
            && (rest[at + length..].starts_with([' ', ')']))
            && (trimmed.ends_with('(')
                || trimmed.trim_end().ends_with(['*', '+', '/', '%'])
                || trimmed.trim_end().ends_with(" -"));
        hidden.push_str(if is_value || is_operand {
            trimmed
        } else {
            before
        });
        if is_value || is_operand {
            hidden.push_str(HIDDEN);
        } else {
            hidden.push_str(&rest[at..at + length]);
        }
        rest = &rest[at + length..];
    }
    hidden.push_str(rest);
    hidden
}

#[cfg(test)]
mod tests {
    use super::{hide_values, without_values};
    use crate::adapter::{AdapterError, ErrorKind};

    #[test]
    fn what_a_query_says_itself_is_hidden_as_a_whole() {
        let mut error = AdapterError::new(
            ErrorKind::Statement,
            "Invalid Input Error: no such patient: Adams",
        );
        error.class = Some("Invalid Input".into());
        error.sql = Some("select ERROR('no such patient: ' || name) from t".into());
        hide_values(&mut error);
        assert_eq!(error.message, "Invalid Input Error: ***");
    }

    #[test]
    fn values_are_hidden_and_names_are_not() {
        let check = |class: &str, message: &str, expected: &str| {
            assert_eq!(without_values(Some(class), message), expected);
        };
        check(
            "Conversion",
            "Conversion Error: Could not convert string 'O'Neil 123-45-6789' to INT32 when casting from source column ssn",
            "Conversion Error: Could not convert string '***' to INT32 when casting from source column ssn",
        );
        check(
            "Conversion",
            "Conversion Error: invalid date field format: \"31.12.1950\", expected format is (YYYY-MM-DD)",
            "Conversion Error: invalid date field format: \"***\", expected format is (YYYY-MM-DD)",
        );
        check(
            "Invalid Input",
            "Invalid Input Error: Could not parse string \"2020-13-01\" according to format specifier \"%Y-%m-%d\"\n2020-13-01\n     ^\nError: Month out of range",
            "Invalid Input Error: Could not parse string \"***\" according to format specifier \"%Y-%m-%d\"\n***\n     ^\nError: Month out of range",
        );
        check(
            "Constraint",
            "Constraint Error: Duplicate key \"mrn: M-778\" violates primary key constraint",
            "Constraint Error: Duplicate key \"mrn: ***\" violates primary key constraint",
        );
        check(
            "Constraint",
            "Constraint Error: NOT NULL constraint failed: patients.mrn",
            "Constraint Error: NOT NULL constraint failed: patients.mrn",
        );
        check(
            "Conversion",
            "Conversion Error: Type INT32 with value 300 can't be cast because the value is out of range for the destination type INT8",
            "Conversion Error: Type INT32 with value *** can't be cast because the value is out of range for the destination type INT8",
        );
        check(
            "Out of Range",
            "Out of Range Error: Overflow in multiplication of INT32 (2147483647 * -2)!",
            "Out of Range Error: Overflow in multiplication of INT32 (*** * ***)!",
        );
        check(
            "Conversion",
            "Conversion Error: CSV Error on Line: 3\nOriginal Line: abc,1950-01-01\nError when converting column \"a\". Could not convert string \"abc\" to 'BIGINT'",
            "Conversion Error: CSV Error on Line: 3\nOriginal Line: ***\nError when converting column \"a\". Could not convert string \"***\" to 'BIGINT'",
        );
        check(
            "TransactionContext",
            "TransactionContext Error: Failed to commit: PRIMARY KEY or UNIQUE constraint violation: duplicate key \"mrn: M-778\"",
            "TransactionContext Error: Failed to commit: PRIMARY KEY or UNIQUE constraint violation: duplicate key \"mrn: ***\"",
        );
        let binder = "Binder Error: Referenced column \"x\" not found";
        check("Binder", binder, binder);
    }
}
