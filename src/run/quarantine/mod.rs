//! Takes the rows that fail a test out of its model, into a table beside it.
//!
//! A model and its `<model>__quarantine` hold together what the model's query
//! gave: a row is in one of the two, and changes sides within a transaction.
//! A test takes rows aside; building the model first takes them back, in the
//! transaction that builds it, so that an incremental model sees all its rows
//! and whatever no longer fails is in the model again.

mod trace;

use std::sync::Arc;

use super::compile::Compiled;
use super::context::{NodeState, node_relation, relations};
use super::db::{Db, Statement};
use super::events::naive_timestamp;
use super::failure::{self, Failure};
use super::materialize::in_node;
use super::verdict::Verdict;
use super::{Status, compile::rendered};
use crate::adapter::{AdapterError, Column, Relation, RelationKind, quote_identifier};
use crate::event::Level;
use crate::graph::quarantine::{self, SUFFIX};
use crate::parse::{Node, ResourceType};
use trace::{ROWS, Traced};

/// What the table of failing rows has besides the model's own columns: the
/// test's name, dbt's `invocation_id` of the run, and the time in UTC.
const MARKS: [(&str, &str); 3] = [
    ("quarantine_test", "VARCHAR"),
    ("quarantine_invocation_id", "VARCHAR"),
    ("quarantined_at", "TIMESTAMP"),
];

/// A temporary table of row ids.
const FAILING: &str = "hcdbt_failing_rows";

/// What taking rows aside came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moved {
    rows: i64,
    of: i64,
}

/// Checks that the failing rows of a quarantine test can be found, once its SQL
/// is known. Other nodes pass.
pub fn check(state: &Arc<NodeState>, compiled: &Compiled) -> Result<(), Failure> {
    if !quarantine::is_quarantine(&state.node) {
        return Ok(());
    }
    let model = model(state)?;
    traced_sql(state, model, &compiled.code).map(drop)
}

/// Does what a quarantine test does after it has found failures, and changes
/// the verdict accordingly. A test that sets a limit of its own (`error_if`)
/// and is beyond it fails as any other, and so does one whose warnings are
/// errors: then nothing is moved.
pub fn apply(
    state: &Arc<NodeState>,
    compiled: Option<&Compiled>,
    verdict: &mut Verdict,
    warnings_are_errors: bool,
) -> Result<(), Failure> {
    let Some(compiled) = compiled.filter(|_| quarantine::is_quarantine(&state.node)) else {
        return Ok(());
    };
    let model = model(state)?;
    let has_limit = state
        .node
        .config
        .str("error_if")
        .is_some_and(|c| c.trim() != "!= 0");
    let is_beyond = verdict.status == Status::Fail && (has_limit || warnings_are_errors);
    if is_beyond {
        return Ok(());
    }
    let mover = Mover::new(state, model)?;
    if verdict.status == Status::Pass {
        // Whoever looks at the table finds it from the first build on.
        mover.make_table()?;
        return mover.commit();
    }
    let sql = traced_sql(state, model, &compiled.code)?;
    let moved = mover.take_aside(&compiled.code, &sql)?;
    if let Some(reuse) = &state.session.cx.reuse {
        reuse.rows_moved(state, model);
    }
    verdict.status = Status::Warn;
    let found = match verdict.failures {
        1 => "1 result".to_owned(),
        n => format!("{n} results"),
    };
    let text = mover.describe(moved);
    verdict.message = Some(format!("Got {found}, {text}"));
    state.session.reporter().other(
        Level::Info,
        "Note",
        "Z050",
        format!("{}: {text}", state.node.name),
        || serde_json::json!({}),
    );
    Ok(())
}

/// Takes the rows back that were taken out of a model, before it is built. The
/// transaction stays open for the materialization, which ends it, unless the
/// model's own statements come in several transactions.
///
/// Returns whether there is a table of failing rows.
pub fn take_back(state: &Arc<NodeState>, in_one_transaction: bool) -> Result<bool, Failure> {
    let node = &*state.node;
    if !matches!(node.resource_type, ResourceType::Model | ResourceType::Seed) {
        return Ok(false);
    }
    let mover = Mover {
        state,
        model: node_relation(&state.session, node),
        aside: aside(state, node),
    };
    let Some(columns) = mover.own_table()? else {
        return Ok(false);
    };
    let database = node.database.as_deref();
    let here = relations::find(state, database, &node.schema, &node.alias)
        .map_err(|error| in_node(state, None, &error))?;
    let keeps_rows = node.config.materialized() == "incremental"
        && here.is_some_and(|relation| relation.kind == Some(RelationKind::Table))
        && !is_full_refresh(state)?;
    mover.begin()?;
    if keeps_rows {
        mover.give_back(&columns)?;
    }
    mover.run(&format!("delete from {}", mover.aside.name()))?;
    let has_outside_hooks = ["pre-hook", "post-hook"].iter().any(|key| {
        let hooks = node.config.get(key).and_then(serde_json::Value::as_array);
        let outside = |hook: &serde_json::Value| hook.get("transaction") == Some(&false.into());
        hooks.is_some_and(|hooks| hooks.iter().any(outside))
    });
    if !in_one_transaction || has_outside_hooks {
        mover.commit()?;
    }
    Ok(true)
}

fn is_full_refresh(state: &Arc<NodeState>) -> Result<bool, Failure> {
    let answer = state.call_macro("should_full_refresh", &[]);
    let answer = answer.map_err(|error| in_node(state, None, &error))?;
    Ok(answer.is_true())
}

fn model(state: &NodeState) -> Result<&Node, Failure> {
    let project = &state.session.graph().project;
    quarantine::model_of(project, &state.node).map_err(|diagnostic| {
        let mut failure = Failure::new("Compilation", diagnostic.title.clone());
        failure.diagnostics.push(diagnostic);
        failure
    })
}

/// Returns the relation that a model's failing rows go to.
fn aside(state: &NodeState, model: &Node) -> Relation {
    let mut relation = node_relation(&state.session, model);
    relation.identifier = Some(format!("{}{SUFFIX}", model.alias));
    relation.with_kind(RelationKind::Table)
}

/// Makes a test's query name the model's rows that its results come from.
fn traced_sql(state: &Arc<NodeState>, model: &Node, sql: &str) -> Result<String, Failure> {
    let session = &state.session;
    let trees = &session.sql_trees;
    let untraceable = |why: &str| {
        let text = format!(
            "the test's failures cannot be led back to rows of `{}`, so that they could be \
             quarantined: {why}",
            model.name
        );
        let mut failure = Failure::new("Compilation", text.clone());
        let title = format!(
            "the test `{}` cannot quarantine rows: {why}",
            state.node.name
        );
        let diagnostic = failure::at_subject("quarantine", title, &state.node);
        failure.diagnostics.push(diagnostic.hint(format!(
            "write the test as a `select` of the rows of `{}` that fail, or leave `quarantine` out",
            model.name
        )));
        failure
    };
    let of_engine = |error: AdapterError| untraceable(&error.message);
    let functions = trees.functions().map_err(of_engine)?;
    let relation = node_relation(session, model);
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let (database, schema, name) = (
        part(&relation.database),
        part(&relation.schema),
        part(&relation.identifier),
    );
    let traced = Traced {
        database: &database,
        schema: &schema,
        name: &name,
        aggregates: &functions.aggregates,
    };
    let mut tree = trees.parse(sql).map_err(of_engine)?;
    trace::carry_rows(&mut tree, &traced).map_err(|why| untraceable(&why))?;
    trees.write(&tree).map_err(of_engine)
}

/// Moves rows between a model and its table of failing rows.
struct Mover<'a> {
    state: &'a Arc<NodeState>,
    model: Relation,
    aside: Relation,
}

impl<'a> Mover<'a> {
    fn new(state: &'a Arc<NodeState>, model: &Node) -> Result<Self, Failure> {
        let database = model.database.as_deref();
        let found = relations::find(state, database, &model.schema, &model.alias)
            .map_err(|error| in_node(state, None, &error))?;
        if found.and_then(|relation| relation.kind) != Some(RelationKind::Table) {
            let text = format!(
                "rows can be quarantined out of a table only, and {} is none in the database",
                node_relation(&state.session, model).name()
            );
            return Err(Failure::new("Runtime", text));
        }
        Ok(Self {
            state,
            model: node_relation(&state.session, model),
            aside: aside(state, model),
        })
    }

    /// Moves the rows that a test found. Afterwards the test has to pass and
    /// every row has to be in one of the two tables; else nothing is moved.
    fn take_aside(&self, test: &str, traced: &str) -> Result<Moved, Failure> {
        let (model, aside) = (self.model.name(), self.aside.name());
        let columns = self.make_table()?;
        let before = self.count(&model)?;
        let aside_before = self.count(&aside)?;
        let found = self.count(&format!("(\n{test}\n) hcdbt_test"))?;
        // What is left of an earlier test's work would be taken for this one's.
        self.run(&format!("drop table if exists temp.{FAILING}"))?;
        self.run(&format!(
            "create temporary table {FAILING} as\nselect {ROWS} from (\n{traced}\n) hcdbt_traced"
        ))?;
        let led_back = self.count(&format!(
            "temp.{FAILING} where len(list_filter({ROWS}, lambda x: x is not null)) > 0"
        ))?;
        if led_back != found {
            return self.refuse(&format!(
                "only {led_back} of the {found} results of the test come from rows of {model}"
            ));
        }
        let failing = format!("rowid in (select unnest({ROWS}) from temp.{FAILING})");
        let names: Vec<String> = columns.iter().map(|c| quote_identifier(&c.name)).collect();
        let names = names.join(", ");
        let marks = MARKS.map(|(name, _)| name).join(", ");
        let session = &self.state.session;
        let now = naive_timestamp(session.now());
        self.run(&format!(
            "insert into {aside} ({names}, {marks})\nselect {names}, {}, {}, timestamp '{now}'\n\
             from {model} where {failing}",
            text(&self.state.node.name),
            text(&session.cx.invocation.id),
        ))?;
        self.run(&format!("delete from {model} where {failing}"))?;
        self.run(&format!("drop table temp.{FAILING}"))?;
        let (after, aside_after) = (self.count(&model)?, self.count(&aside)?);
        let rows = before - after;
        if aside_after - aside_before != rows {
            return self.refuse(&format!(
                "{rows} rows would leave {model}, but {} would arrive",
                aside_after - aside_before
            ));
        }
        let left = self.count(&format!("(\n{test}\n) hcdbt_test"))?;
        if left > 0 {
            return self.refuse(&format!(
                "without the {rows} rows that its results come from, the test would still give \
                 {left} results"
            ));
        }
        self.commit()?;
        Ok(Moved { rows, of: before })
    }

    /// Makes the table of failing rows where there is none of the model's
    /// present columns, in a transaction. Returns the model's columns.
    fn make_table(&self) -> Result<Vec<Column>, Failure> {
        let columns = self.columns(&self.model)?;
        let reserved = |c: &&Column| {
            let mut names = MARKS.iter().map(|(name, _)| *name).chain(["rowid"]);
            names.any(|name| c.name.eq_ignore_ascii_case(name))
        };
        if let Some(column) = columns.iter().find(reserved) {
            return self.refuse(&format!(
                "{} has a column `{}`, whose name the quarantine needs",
                self.model.name(),
                column.name
            ));
        }
        self.begin()?;
        let aside = self.aside.name();
        if let Some(present) = self.own_table()? {
            if same_columns(&present, &columns) {
                return Ok(columns);
            }
            if self.count(&aside)? > 0 {
                return self.refuse(&format!(
                    "{aside} holds rows with other columns than {} has now; build the model to \
                     take them back",
                    self.model.name()
                ));
            }
            self.run(&format!("drop table {aside}"))?;
        }
        let marks = MARKS.map(|(name, kind)| format!("null::{kind} as {name}"));
        self.run(&format!(
            "create table {aside} as select *, {} from {} where false",
            marks.join(", "),
            self.model.name()
        ))?;
        self.state.session.cache.add(&self.aside);
        Ok(columns)
    }

    /// Returns the model's columns in its table of failing rows, none when
    /// there is no such table. One that was not made here is left alone.
    fn own_table(&self) -> Result<Option<Vec<Column>>, Failure> {
        let found = relations::find_of(self.state, &self.aside)
            .map_err(|error| in_node(self.state, None, &error))?;
        if found.and_then(|relation| relation.kind) != Some(RelationKind::Table) {
            return Ok(None);
        }
        let mut columns = self.columns(&self.aside)?;
        let own = columns.len().saturating_sub(MARKS.len());
        let marks = columns.split_off(own);
        let is_ours = marks
            .iter()
            .zip(MARKS)
            .all(|(column, (name, _))| column.name == name);
        Ok((is_ours && marks.len() == MARKS.len()).then_some(columns))
    }

    /// Puts the failing rows back into the model.
    fn give_back(&self, columns: &[Column]) -> Result<(), Failure> {
        let (model, aside) = (self.model.name(), self.aside.name());
        let present = self.columns(&self.model)?;
        let is_there = |c: &&Column| present.iter().any(|p| p.name.eq_ignore_ascii_case(&c.name));
        if let Some(lost) = columns.iter().find(|c| !is_there(c))
            && self.count(&aside)? > 0
        {
            return self.refuse(&format!(
                "{aside} holds rows with the column `{}`, which {model} has no more; build with \
                 `--full-refresh`, or move the rows by hand",
                lost.name
            ));
        }
        let names: Vec<String> = columns
            .iter()
            .filter(is_there)
            .map(|c| quote_identifier(&c.name))
            .collect();
        let names = names.join(", ");
        self.run(&format!(
            "insert into {model} ({names}) select {names} from {aside}"
        ))
    }

    fn describe(&self, moved: Moved) -> String {
        let plain = |relation: &Relation| {
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            format!("{}.{}", part(&relation.schema), part(&relation.identifier))
        };
        format!(
            "moved {} of {} rows of {} to {}; {} go on",
            moved.rows,
            moved.of,
            plain(&self.model),
            plain(&self.aside),
            moved.of - moved.rows
        )
    }

    fn refuse<T>(&self, why: &str) -> Result<T, Failure> {
        // Whatever was begun goes back when the node lets its connection go.
        let text = format!("no rows were quarantined: {why}");
        Err(Failure::new("Runtime", text))
    }

    fn db(&self) -> &Db {
        &self.state.db
    }

    fn columns(&self, relation: &Relation) -> Result<Vec<Column>, Failure> {
        self.db()
            .with(|connection| connection.columns(relation))
            .map_err(|error| self.failed(&error))
    }

    /// Counts the rows of what follows `from`.
    fn count(&self, from: &str) -> Result<i64, Failure> {
        let sql = format!("select count(*) from {from}");
        let (_, table) = self
            .db()
            .execute(Statement::query(&sql))
            .map_err(|error| self.failed(&error))?;
        match table.rows.first().and_then(|row| row.first()) {
            Some(crate::adapter::Cell::Int(n)) => Ok(i64::try_from(*n).unwrap_or(i64::MAX)),
            _ => Err(Failure::new("Internal", "a count gave no number")),
        }
    }

    fn run(&self, sql: &str) -> Result<(), Failure> {
        let outcome = self.db().execute(Statement::command(sql));
        outcome.map(drop).map_err(|error| self.failed(&error))
    }

    fn begin(&self) -> Result<(), Failure> {
        self.db().begin().map_err(|error| self.failed(&error))
    }

    fn commit(&self) -> Result<(), Failure> {
        self.db().commit().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &AdapterError) -> Failure {
        let place = rendered(&self.state.node);
        failure::from_database(self.state.session.graph(), place, error, None)
    }
}

fn same_columns(a: &[Column], b: &[Column]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| a.name.eq_ignore_ascii_case(&b.name) && a.data_type == b.data_type)
}

fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
