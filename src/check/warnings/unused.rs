//! CTEs and columns of CTEs that nothing reads.

use std::collections::HashSet;
use std::ops::Range;

use super::Lint;
use crate::check::text;
use crate::sql::tree::{Body, Cte, Expr, ExprKind, JoinForm, Query, TableKind, TableRef};

/// Looks for CTEs of the query that nothing reads.
pub fn ctes(lint: &mut Lint<'_>, query: &Query) {
    for cte in &query.ctes {
        if cte.name.starts_with("__dbt__cte__") {
            continue;
        }
        let mut uses = Uses::default();
        for other in query.ctes.iter().filter(|other| other.name != cte.name) {
            uses.query(&other.query);
        }
        uses.rest(query);
        let is_read = uses.tables.contains(&cte.name.to_lowercase());
        if is_read {
            continue;
        }
        if let Some(place) = definition(lint.sql, &cte.name) {
            lint.push(
                place,
                "unused-cte",
                format!("the CTE `{}` is read nowhere", cte.name),
                Some("take it out"),
            );
        }
    }
}

/// Returns where a CTE is named that is defined, none where several have the
/// name.
fn definition(sql: &str, name: &str) -> Option<Range<usize>> {
    let tokens: Vec<Range<usize>> = text::words(sql, 0..sql.len(), name).collect();
    let mut defined = tokens.into_iter().filter(|word| {
        let rest = sql[word.end..].trim_start();
        // Its columns may be named: `a(x, y) as (`.
        let rest = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some((_, rest)) => rest.trim_start(),
            None => rest,
        };
        let after = rest.get(..2).filter(|word| word.eq_ignore_ascii_case("as"));
        let body = after.map(|_| rest[2..].trim_start().to_lowercase());
        body.is_some_and(|body| {
            ["(", "materialized", "not materialized"]
                .iter()
                .any(|begin| body.starts_with(begin))
        })
    });
    let only = defined.next()?;
    defined.next().is_none().then_some(only)
}

/// Looks for columns that a CTE makes and nothing reads.
pub fn columns(lint: &mut Lint<'_>, query: &Query) {
    for cte in &query.ctes {
        if let Some(unused) = unused_columns(cte, query) {
            for item in unused {
                let name = name_of(item).unwrap_or_default();
                let title = format!("column `{name}` of the CTE `{}` is read nowhere", cte.name);
                lint.at(item, "unused-column", title, Some("take it out"));
            }
        }
    }
}

fn name_of(item: &Expr) -> Option<String> {
    match (&item.alias, &item.kind) {
        (Some(alias), _) => Some(alias.to_lowercase()),
        (None, ExprKind::Column(parts)) => parts.last().map(|part| part.to_lowercase()),
        _ => None,
    }
}

/// Returns the items that nothing reads, none where that cannot be told.
fn unused_columns<'q>(cte: &'q Cte, query: &'q Query) -> Option<Vec<&'q Expr>> {
    let Body::Select(select) = &cte.query.body else {
        return None;
    };
    // What tells rows apart counts even if nothing names it again.
    let is_plain = !cte.query.is_distinct
        && cte.query.distinct_on.is_empty()
        && cte.columns.is_empty()
        && !select.is_grouped_by_all
        && select.group.is_empty()
        && !cte.name.starts_with("__dbt__cte__");
    if !is_plain
        || select
            .items
            .iter()
            .any(|item| matches!(item.kind, ExprKind::Star(_)))
    {
        return None;
    }
    let mut uses = Uses::default();
    for other in query.ctes.iter().filter(|other| other.name != cte.name) {
        uses.query(&other.query);
    }
    uses.rest(query);
    // Its own clauses may read what it makes: `order by`, `qualify`.
    let mut own = Uses::default();
    own.query(&cte.query);
    let name = cte.name.to_lowercase();
    let is_read_whole = uses.whole.contains(&name)
        || uses.is_unclear
        || !uses.tables.contains(&name)
        || own.tables.contains(&name);
    if is_read_whole {
        return None;
    }
    let mut within: HashSet<String> = HashSet::new();
    for expr in select
        .qualify
        .iter()
        .chain(&select.having)
        .chain(&select.filter)
    {
        names_in(expr, &mut within);
    }
    cte.query
        .order
        .iter()
        .for_each(|item| names_in(&item.expr, &mut within));
    // An item may read another one by its name.
    for item in &select.items {
        let own = name_of(item);
        let mut names = HashSet::new();
        names_in(item, &mut names);
        names.retain(|name| Some(name) != own.as_ref());
        within.extend(names);
    }
    let is_used = |item: &&Expr| {
        name_of(item).is_none_or(|name| uses.names.contains(&name) || within.contains(&name))
    };
    Some(select.items.iter().filter(|item| !is_used(item)).collect())
}

fn names_in(expr: &Expr, names: &mut HashSet<String>) {
    let mut uses = Uses::default();
    uses.expr(expr);
    names.extend(uses.names);
}

/// What a query reads, by name alone: a name counts for every table.
#[derive(Default)]
struct Uses {
    tables: HashSet<String>,
    names: HashSet<String>,
    /// Tables of which all columns are read.
    whole: HashSet<String>,
    is_unclear: bool,
}

impl Uses {
    fn query(&mut self, query: &Query) {
        for cte in &query.ctes {
            self.query(&cte.query);
        }
        self.rest(query);
    }

    /// All of a query but its CTEs.
    fn rest(&mut self, query: &Query) {
        match &query.body {
            Body::Select(select) => {
                let mut tables = Vec::new();
                self.table(&select.from, &mut tables);
                for item in &select.items {
                    if let ExprKind::Star(star) = &item.kind {
                        let wanted = star.relation.as_ref().map(|name| name.to_lowercase());
                        for (alias, table) in &tables {
                            if wanted.as_ref().is_none_or(|wanted| wanted == alias) {
                                self.whole.insert(table.clone());
                            }
                        }
                    }
                    // A table's name alone is its whole row.
                    if let ExprKind::Column(parts) = &item.kind
                        && let [only] = &parts[..]
                        && let Some((_, table)) = tables
                            .iter()
                            .find(|(alias, _)| alias.eq_ignore_ascii_case(only))
                    {
                        self.whole.insert(table.clone());
                    }
                }
                select.expressions().for_each(|expr| self.expr(expr));
            }
            Body::SetOperation(operation) => {
                self.query(&operation.left);
                self.query(&operation.right);
            }
            Body::Recursive(recursive) => {
                self.query(&recursive.first);
                self.query(&recursive.then);
            }
            Body::Unknown => self.is_unclear = true,
        }
        query.order.iter().for_each(|item| self.expr(&item.expr));
        query.distinct_on.iter().for_each(|expr| self.expr(expr));
        query.limit.iter().for_each(|expr| self.expr(expr));
    }

    /// Notes the tables of a `from`, with the names they have there.
    fn table(&mut self, table: &TableRef, seen: &mut Vec<(String, String)>) {
        match &table.kind {
            TableKind::Table(name) => {
                let own = name.name.to_lowercase();
                let alias = table
                    .alias
                    .as_ref()
                    .map_or_else(|| own.clone(), |a| a.to_lowercase());
                if !table.column_aliases.is_empty() {
                    self.whole.insert(own.clone());
                }
                self.tables.insert(own.clone());
                seen.push((alias, own));
            }
            TableKind::Subquery(query) => self.query(query),
            TableKind::Join(join) => {
                self.table(&join.left, seen);
                self.table(&join.right, seen);
                self.is_unclear |= join.form == JoinForm::Natural;
                self.names
                    .extend(join.using.iter().map(|name| name.to_lowercase()));
                join.condition.iter().for_each(|expr| self.expr(expr));
            }
            TableKind::Function { call, .. } => {
                self.expr(call);
                // `query_table('name')` and the like.
                self.is_unclear |=
                    matches!(&call.kind, ExprKind::Function(f) if f.name.contains("query"));
            }
            TableKind::Values(rows) => rows.iter().flatten().for_each(|expr| self.expr(expr)),
            TableKind::Nothing => {}
            TableKind::Pivot(pivot) => {
                self.is_unclear = true;
                self.table(&pivot.source, seen);
            }
            TableKind::Unpivot(unpivot) => {
                self.is_unclear = true;
                self.table(&unpivot.source, seen);
            }
            TableKind::Show | TableKind::Unknown => self.is_unclear = true,
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Column(parts) => {
                self.names
                    .extend(parts.iter().map(|part| part.to_lowercase()));
            }
            ExprKind::Star(star) => {
                self.is_unclear |= star.is_columns;
                self.names
                    .extend(star.exclude.iter().map(|(_, name)| name.to_lowercase()));
                self.names
                    .extend(star.rename.iter().map(|(name, _)| name.to_lowercase()));
            }
            ExprKind::Subquery(subquery) => self.query(&subquery.query),
            ExprKind::Unknown => self.is_unclear = true,
            _ => {}
        }
        expr.for_each_child(|child| {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.expr(child));
        });
    }
}
