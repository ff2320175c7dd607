//! What binds and is probably not meant. Each kind has a stable code, which
//! `check: {disable: [...]}` of `hcdbt.yml` and `-- hcdbt: allow(code)` on a
//! line switch off.
//!
//! A warning must be right: what is not known for sure is passed over.

mod allow;
pub mod deprecated;
mod joins;
mod keys;
mod scope;
mod shape;
mod types;
mod unused;
mod values;

use std::collections::HashMap;
use std::ops::Range;

use super::bind::{Item, State, Twin, in_parallel};
use crate::diagnostics::{Diagnostic, Label};
use crate::parse::{Node, ResourceType, UniqueId};
use crate::run::Place;
use crate::sql::tree::{Body, Cte, Expr, ExprKind, Query, Select, TableKind, TableRef};
use crate::sql::{Extents, parse_queries};

pub use keys::{Keys, declared as declared_keys};
use scope::{Scope, Tables};

/// The codes of all warnings.
pub const CODES: &[&str] = &[
    "cross-type-comparison",
    "leading-zeros-lost",
    "join-without-condition",
    "join-fans-out",
    "select-star",
    "unused-cte",
    "unused-column",
    "unreachable-case",
    "now-in-model",
    "float-money",
    "non-deterministic",
    "proven-test",
    "deprecated-column",
    crate::check::constants::CODE,
    "unknown-table",
];

/// One thing that was found in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub code: &'static str,
    pub title: String,
    /// Bytes of the SQL.
    pub range: Range<usize>,
    pub hint: Option<String>,
}

/// What is looked at, and where findings go.
pub struct Lint<'q> {
    pub sql: &'q str,
    pub extents: Extents<'q>,
    pub found: Vec<Finding>,
    pub is_mart: bool,
}

impl Lint<'_> {
    /// Adds a finding at an expression; one without a place is not told.
    fn at(&mut self, expr: &Expr, code: &'static str, title: String, hint: Option<&str>) {
        let Some(start) = expr.start() else { return };
        let range = self.extents.around(start);
        self.push(range, code, title, hint);
    }

    fn push(&mut self, range: Range<usize>, code: &'static str, title: String, hint: Option<&str>) {
        if range.end > self.sql.len() || range.is_empty() {
            return;
        }
        self.found.push(Finding {
            code,
            title,
            range,
            hint: hint.map(str::to_owned),
        });
    }
}

/// Finds what is not meant in a query, and the keys of its rows.
pub fn find(sql: &str, query: &Query, tables: &dyn Tables, is_mart: bool) -> (Vec<Finding>, Keys) {
    let mut lint = Lint {
        sql,
        extents: Extents::new(sql),
        found: Vec::new(),
        is_mart,
    };
    shape::stars(&mut lint, query);
    let root = Scope::new(tables);
    let output = visit_query(&mut lint, query, &root);
    let mut found = lint.found;
    found.sort_by_key(|finding| (finding.range.start, finding.code));
    found.dedup();
    (found, output.keys)
}

/// Looks at a query and says what it gives.
fn visit_query(lint: &mut Lint<'_>, query: &Query, outer: &Scope<'_>) -> scope::Relation {
    stacker::maybe_grow(256 * 1024, 2 * 1024 * 1024, || {
        unused::ctes(lint, query);
        unused::columns(lint, query);
        let mut scope = outer.inner();
        for cte in &query.ctes {
            let relation = visit_cte(lint, cte, &scope);
            scope.add_cte(&cte.name, relation);
        }
        let mut relation = match &query.body {
            Body::Select(select) => visit_select(lint, select, query, &scope),
            Body::SetOperation(operation) => {
                let left = visit_query(lint, &operation.left, &scope);
                let right = visit_query(lint, &operation.right, &scope);
                scope::Relation::of_set(operation, left, &right)
            }
            Body::Recursive(recursive) => {
                let first = visit_query(lint, &recursive.first, &scope);
                let mut within = scope.inner();
                within.add_cte(&recursive.name, first.without_keys());
                visit_query(lint, &recursive.then, &within);
                first.without_keys()
            }
            Body::Unknown => scope::Relation::default(),
        };
        if query.is_distinct && query.distinct_on.is_empty() {
            relation.add_key_of_all();
        }
        relation
    })
}

fn visit_cte(lint: &mut Lint<'_>, cte: &Cte, scope: &Scope<'_>) -> scope::Relation {
    let relation = visit_query(lint, &cte.query, scope);
    relation.renamed(&cte.columns)
}

fn visit_select(
    lint: &mut Lint<'_>,
    select: &Select,
    query: &Query,
    scope: &Scope<'_>,
) -> scope::Relation {
    let mut within = scope.inner();
    visit_table(lint, &select.from, &mut within);
    joins::look(lint, select, query, &within);
    let order = query.order.iter().map(|item| &item.expr);
    for expr in select.expressions().chain(order) {
        visit_expr(lint, expr, &within);
    }
    keys::of_select(select, query, &within)
}

/// Looks at the tables of a `from` and makes their names known.
fn visit_table(lint: &mut Lint<'_>, table: &TableRef, scope: &mut Scope<'_>) {
    match &table.kind {
        TableKind::Subquery(query) => {
            let relation = visit_query(lint, query, scope);
            scope.bind(table, relation.renamed(&table.column_aliases));
        }
        TableKind::Join(join) => {
            visit_table(lint, &join.left, scope);
            visit_table(lint, &join.right, scope);
            if let Some(condition) = &join.condition {
                visit_expr(lint, condition, scope);
            }
        }
        TableKind::Table(name) => {
            let relation = scope.table(name);
            scope.bind(table, relation.renamed(&table.column_aliases));
        }
        TableKind::Nothing => {}
        _ => scope.bind(table, scope::Relation::default()),
    }
}

fn visit_expr(lint: &mut Lint<'_>, expr: &Expr, scope: &Scope<'_>) {
    types::look(lint, expr, scope);
    values::look(lint, expr, scope);
    if let ExprKind::Subquery(subquery) = &expr.kind {
        visit_query(lint, &subquery.query, scope);
    }
    expr.for_each_child(|child| {
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || visit_expr(lint, child, scope));
    });
}

/// What the twin knows of tables, for queries that name them.
struct Named<'t> {
    by_name: &'t HashMap<String, UniqueId>,
    states: &'t HashMap<UniqueId, State>,
    keys: &'t HashMap<UniqueId, Keys>,
}

impl Tables for Named<'_> {
    fn find(&self, name: &crate::sql::tree::TableName) -> Option<scope::Relation> {
        let text = scope::full_name(name);
        if text.starts_with("__dbt__cte__") {
            return None;
        }
        let id = self.by_name.get(&text)?;
        let Some(State::Known(schema)) = self.states.get(id) else {
            return None;
        };
        let columns = schema.columns.iter();
        let columns = columns.map(|c| scope::Column::new(&c.name, c.data_type.as_deref()));
        let keys = self.keys.get(id).cloned().unwrap_or_default();
        Some(scope::Relation::of_table(columns.collect(), keys))
    }
}

/// Looks at nodes of one level. What is found is told at the node, unless it is
/// switched off.
pub fn look_at<'a>(twin: &mut Twin<'a>, items: &[Item<'a>]) -> Vec<(UniqueId, Vec<Diagnostic>)> {
    // Nobody reads what a test gives.
    let items = items.iter();
    let items: Vec<&Item<'_>> = items
        .filter(|item| item.node.resource_type != ResourceType::Test)
        .collect();
    let mut all = Vec::new();
    for (item, (query, found, keys)) in items.iter().zip(looked(twin, &items)) {
        let (Some(query), node) = (query, item.node) else {
            continue;
        };
        if is_told(twin, node) {
            let mut told = tell(twin, item, found);
            told.extend(values::proven_tests(twin, node, &query, &keys));
            if !told.is_empty() {
                all.push((node.unique_id.clone(), told));
            }
        }
        let mut own = keys;
        own.extend(keys::declared(twin.graph(), node));
        twin.keys.insert(node.unique_id.clone(), own);
    }
    all
}

/// A node's query, when it can be parsed, what was found in it, and the keys of
/// its rows.
type Looked = (Option<Query>, Vec<Finding>, Keys);

/// Parses the queries of nodes and looks at each, on all desks.
fn looked(twin: &Twin<'_>, items: &[&Item<'_>]) -> Vec<Looked> {
    let named = Named {
        by_name: &twin.by_name,
        states: &twin.states,
        keys: &twin.keys,
    };
    let look = |item: &Item<'_>, query: Query| {
        let (found, keys) = find(&item.draft.code, &query, &named, is_mart(item.node));
        (Some(query), found, keys)
    };
    let groups: Vec<&[&Item<'_>]> = items.chunks(GROUP).collect();
    let looked = in_parallel(&twin.desks, groups, |desk, group| {
        let texts: Vec<&str> = group.iter().map(|item| &*item.draft.code).collect();
        let parsed = desk.with(|connection| parse_queries(connection, &texts));
        let Ok(parsed) = parsed else {
            return vec![Looked::default(); group.len()];
        };
        let looked = group.iter().zip(parsed).map(|(item, query)| match query {
            Ok(query) => look(item, query),
            Err(_) => Looked::default(),
        });
        looked.collect::<Vec<Looked>>()
    });
    looked.into_iter().flatten().collect()
}

/// How many queries are parsed in one statement.
const GROUP: usize = 50;

/// What packages do is not the user's to change.
fn is_told(twin: &Twin<'_>, node: &Node) -> bool {
    node.resource_type == ResourceType::Model
        && *node.package_name == *twin.drafts.cx().project.name
        && twin.request.selected.contains(&node.unique_id)
}

fn is_mart(node: &Node) -> bool {
    let folder = node
        .fqn
        .iter()
        .any(|part| matches!(part.as_str(), "mart" | "marts"));
    folder || node.name.starts_with("mart_")
}

fn tell(twin: &Twin<'_>, item: &Item<'_>, found: Vec<Finding>) -> Vec<Diagnostic> {
    let found: Vec<Finding> = found
        .into_iter()
        .filter(|finding| !is_disabled(twin, finding.code))
        .collect();
    if found.is_empty() {
        return Vec::new();
    }
    let places = twin.drafts.places(twin.desk(), item.node, &item.draft);
    let mut told: Vec<Diagnostic> = Vec::new();
    for finding in found {
        // What is made by a macro or an ephemeral model is looked at there, if
        // anywhere.
        let Place::Own(labels) = places.find(&finding.range) else {
            continue;
        };
        if !is_own(&labels) || allow::is_allowed(&labels[0], finding.code) {
            continue;
        }
        let title = format!("model `{}`: {}", item.node.name, finding.title);
        let mut diagnostic = Diagnostic::warning(finding.code, title);
        diagnostic.labels = labels;
        diagnostic.hint = finding.hint;
        if !told.contains(&diagnostic) {
            told.push(diagnostic);
        }
    }
    told
}

/// Tells whether the user wants to hear nothing of a warning.
pub fn is_switched_off(twin: &Twin<'_>, warning: &Diagnostic) -> bool {
    let code = warning.code.0;
    let place = warning.labels.first();
    is_disabled(twin, code) || place.is_some_and(|label| allow::is_allowed(label, code))
}

/// Tells whether the project hears nothing of a kind of warnings.
fn is_disabled(twin: &Twin<'_>, code: &str) -> bool {
    let disabled = &twin.drafts.cx().project.hcdbt_yml.check.disable;
    disabled.iter().any(|disabled| disabled == code)
}

/// Tells whether a place is in the model's own file alone, and in no macro.
fn is_own(labels: &[Label]) -> bool {
    labels.len() == 1
}
