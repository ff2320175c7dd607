//! Reads queries of other engines, and statements that hold a query, with the
//! `sqlparser` crate.

mod expression;
mod query;
mod table;

use std::cell::RefCell;

use sqlparser::ast::{Spanned, Statement, WindowSpec};
use sqlparser::dialect::{
    AnsiDialect, BigQueryDialect, DatabricksDialect, Dialect, DuckDbDialect, GenericDialect,
    MsSqlDialect, MySqlDialect, PostgreSqlDialect, RedshiftSqlDialect, SnowflakeDialect,
};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Location;

use super::parse::ParseFailure;
use super::tree::{At, Query};

/// Parses one statement of the engine that an adapter is for. Of statements
/// that make or fill a table their query is taken.
pub fn parse_in_dialect(adapter_type: &str, text: &str) -> Result<Query, ParseFailure> {
    let statements = Parser::parse_sql(&*dialect(adapter_type), text).map_err(failure)?;
    let reader = Reader::new(text);
    let first = statements.into_iter().next();
    let query = match &first {
        Some(Statement::Query(query)) => Some(&**query),
        Some(Statement::Insert(insert)) => insert.source.as_deref(),
        Some(Statement::CreateTable(table)) => table.query.as_deref(),
        Some(Statement::CreateView(view)) => Some(&*view.query),
        _ => None,
    };
    match query {
        Some(query) => Ok(reader.query(query)),
        None => Err(ParseFailure {
            message: "the statement holds no query".to_owned(),
            at: At(None),
            is_other_statement: true,
        }),
    }
}

fn dialect(adapter_type: &str) -> Box<dyn Dialect> {
    match adapter_type {
        "duckdb" => Box::new(DuckDbDialect {}),
        "postgres" => Box::new(PostgreSqlDialect {}),
        "redshift" => Box::new(RedshiftSqlDialect {}),
        "snowflake" => Box::new(SnowflakeDialect {}),
        "bigquery" => Box::new(BigQueryDialect {}),
        "databricks" | "spark" => Box::new(DatabricksDialect {}),
        "mysql" => Box::new(MySqlDialect {}),
        "sqlserver" | "fabric" | "synapse" => Box::new(MsSqlDialect {}),
        "ansi" => Box::new(AnsiDialect {}),
        _ => Box::new(GenericDialect {}),
    }
}

fn failure(error: ParserError) -> ParseFailure {
    ParseFailure {
        message: error.to_string(),
        at: At(None),
        is_other_statement: false,
    }
}

/// Turns the crate's tree into ours.
struct Reader<'q> {
    text: &'q str,
    /// Where lines begin.
    lines: Vec<usize>,
    /// The named windows of the selects that are being read, the innermost last.
    windows: RefCell<Vec<Vec<(String, WindowSpec)>>>,
}

impl<'q> Reader<'q> {
    fn new(text: &'q str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            lines: std::iter::once(0).chain(breaks).collect(),
            windows: RefCell::default(),
        }
    }

    fn named_window(&self, name: &str) -> Option<WindowSpec> {
        let windows = self.windows.borrow();
        let mut named = windows.last()?.iter();
        let found = named.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, spec)| spec.clone())
    }

    /// Returns the byte where something begins; the crate counts lines and
    /// characters.
    fn at(&self, of: &impl Spanned) -> At {
        self.byte(of.span().start)
    }

    fn byte(&self, place: Location) -> At {
        let line = (place.line as usize).checked_sub(1);
        let Some(start) = line.and_then(|line| self.lines.get(line)) else {
            return At(None);
        };
        let column = (place.column as usize).saturating_sub(1);
        let line = &self.text[*start..];
        let byte = line
            .char_indices()
            .nth(column)
            .map_or(line.len(), |(byte, _)| byte);
        At(u32::try_from(start + byte).ok())
    }
}
