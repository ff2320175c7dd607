//! The tables `runs` and `nodes` of the audit's schema, to which every run is
//! added when `hcdbt.yml` asks for it.

use std::fmt::Write as _;

use super::super::db::Db;
use super::super::events::timestamp;
use super::super::session::Session;
use super::super::{NodeResult, RunResults};
use crate::adapter::{AdapterError, DUCKDB_VERSION, Relation};
use crate::config::DBT_VERSION;
use crate::diagnostics::Diagnostic;

const RUNS: &str = "run_id varchar, command varchar, project varchar, target varchar, \
    status varchar, started_at timestamptz, completed_at timestamptz, elapsed_seconds double, \
    hcdbt_version varchar, dbt_version varchar, duckdb_version varchar, nodes integer";

const NODES: &str = "run_id varchar, unique_id varchar, resource_type varchar, status varchar, \
    started_at timestamptz, completed_at timestamptz, elapsed_seconds double, failures bigint, \
    rows_in ubigint, rows_out ubigint, \
    columns_before struct(name varchar, type varchar)[], \
    columns_after struct(name varchar, type varchar)[]";

/// Adds a run to the tables, which are made when they are not there. What goes
/// wrong is a warning: the run itself is done.
pub fn write(session: &Session, db: &Db, out: &mut RunResults) {
    let statements = statements(session, out);
    let written = db.with(|db| {
        db.begin()?;
        for sql in &statements {
            db.execute(sql, false, None)?;
        }
        db.commit()
    });
    if let Err(error) = written {
        out.diagnostics.push(warning(session, &error));
    }
}

fn warning(session: &Session, error: &AdapterError) -> Diagnostic {
    let schema = &session.cx.project.hcdbt_yml.audit.schema;
    let title = format!("the run could not be added to the tables of `{schema}`");
    Diagnostic::warning("audit-table", title)
        .because(error.message.clone())
        .hint("let `audit: schema:` of `hcdbt.yml` name a schema that nothing else is in")
}

fn statements(session: &Session, out: &RunResults) -> Vec<String> {
    let cx = &session.cx;
    let database = &cx.adapter.settings().database;
    let schema = &cx.project.hcdbt_yml.audit.schema;
    let table = |name: &str| Relation::new(&**database, &**schema, name);
    let (runs, nodes) = (table("runs"), table("nodes"));
    let invocation = &cx.invocation;
    let run = [
        text(&invocation.id),
        text(&invocation.command),
        text(&cx.project.name),
        text(&cx.project.profile.target_name),
        text(out.outcome()),
        text(&timestamp(invocation.started_at)),
        text(&timestamp(session.now())),
        out.elapsed_time.to_string(),
        text(env!("CARGO_PKG_VERSION")),
        text(DBT_VERSION),
        text(DUCKDB_VERSION),
        out.results.len().to_string(),
    ];
    let mut statements = vec![
        format!(
            "create schema if not exists {}",
            runs.without_identifier().name()
        ),
        format!("create table if not exists {} ({RUNS})", runs.name()),
        format!("create table if not exists {} ({NODES})", nodes.name()),
        format!("insert into {} values ({})", runs.name(), run.join(", ")),
    ];
    // Long lists of values are slow to parse, and each row alone is too.
    for results in out.results.chunks(200) {
        let rows: Vec<String> = results
            .iter()
            .map(|result| node_row(&invocation.id, out, result))
            .collect();
        statements.push(format!(
            "insert into {} values {}",
            nodes.name(),
            rows.join(", ")
        ));
    }
    statements
}

fn node_row(run_id: &str, out: &RunResults, result: &NodeResult) -> String {
    let id = result.unique_id.as_str();
    let facts = out.facts.get(&result.unique_id);
    let number = |number: Option<u64>| number.map_or("null".to_owned(), |n| n.to_string());
    let moment =
        |at: Option<jiff::Timestamp>| at.map_or("null".to_owned(), |at| text(&timestamp(at)));
    let cells = [
        text(run_id),
        text(id),
        text(id.split('.').next().unwrap_or_default()),
        text(result.status.as_str()),
        moment(result.timing.first().map(|timing| timing.started_at)),
        moment(result.timing.last().map(|timing| timing.completed_at)),
        result.execution_time.to_string(),
        result.failures.map_or("null".to_owned(), |n| n.to_string()),
        number(facts.and_then(|facts| facts.rows_in)),
        number(facts.and_then(|facts| facts.rows_out)),
        columns(facts.and_then(|facts| facts.before.as_deref())),
        columns(facts.and_then(|facts| facts.after.as_deref())),
    ];
    format!("({})", cells.join(", "))
}

fn columns(columns: Option<&[(String, String)]>) -> String {
    let Some(columns) = columns else {
        return "null".to_owned();
    };
    let mut out = "[".to_owned();
    for (i, (name, data_type)) in columns.iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let _ = write!(
            out,
            "{comma}{{'name': {}, 'type': {}}}",
            text(name),
            text(data_type)
        );
    }
    out.push(']');
    out
}

/// Returns a text as a SQL literal.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
