//! One `select`.

use std::rc::Rc;

use super::{Context, Env, Resolver, function};
use crate::lineage::edge::EdgeKind;
use crate::lineage::relation::{Column, Open, Relation, told_apart};
use crate::lineage::scope::Scope;
use crate::lineage::value::Rows;
use crate::sql::tree::{Expr, ExprKind, Operator, Query, Select};

impl Resolver<'_> {
    pub(super) fn select<'a>(
        &self,
        query: &'a Query,
        select: &'a Select,
        env: &Env<'a>,
        around: Option<&'a Scope<'a>>,
    ) -> Rc<Relation> {
        let mut scope = Scope {
            around,
            ..Scope::default()
        };
        let mut rows = self.from(&select.from, env, &mut scope);
        let Items {
            mut columns,
            open,
            owners,
        } = self.items(select, env, &scope);

        let cx = Context {
            env,
            scope: &scope,
            chosen: None,
        };
        rows = self.conditions(select.filter.as_ref(), EdgeKind::Filter, rows, cx);
        for item in &select.items {
            rows = self.unnested_rows(item, rows, cx);
        }
        rows = self.grouped(select, &columns, &owners, rows, cx);
        rows = self.conditions(select.having.as_ref(), EdgeKind::Filter, rows, cx);
        rows = self.conditions(select.qualify.as_ref(), EdgeKind::Filter, rows, cx);
        if let Some(sample) = &select.from.sample {
            rows = rows.meaning_also(("sample", sample));
        }
        for expr in &query.distinct_on {
            for value in self.item_or_value(expr, &columns, cx) {
                rows = rows.decided_by(&value, EdgeKind::GroupKey, expr.start());
            }
        }
        if query.is_distinct && query.distinct_on.is_empty() {
            for (column, item) in columns.iter().zip(&owners) {
                let at = select.items[*item].start();
                rows = rows.decided_by(&column.value, EdgeKind::GroupKey, at);
            }
            rows = rows.meaning_also("distinct");
        }
        scope.aliases_first = true;
        let cx = Context {
            env,
            scope: &scope,
            chosen: None,
        };
        rows = self.ordered_rows(query, &columns, rows, cx);
        told_apart(&mut columns);
        Rc::new(Relation::open(columns, open, rows))
    }

    /// Follows the items of the select list. Later ones, and the clauses after
    /// them, may use the names of earlier ones.
    fn items<'a>(&self, select: &'a Select, env: &'a Env<'a>, scope: &'a Scope<'a>) -> Items {
        let cx = Context {
            env,
            scope,
            chosen: None,
        };
        let mut columns = Vec::with_capacity(select.items.len());
        let mut open = Vec::new();
        let mut owners = Vec::with_capacity(select.items.len());
        for (i, item) in select.items.iter().enumerate() {
            if !self.expanded(item, cx, &mut columns, &mut open) {
                let value = self.value(item, cx).finished(item.start());
                let name = self.item_name(item);
                columns.push(Column::new(name, value));
            }
            if let (Some(alias), Some(column)) = (&item.alias, columns.last()) {
                let named = (alias.clone(), column.value.clone());
                scope.aliases.borrow_mut().push(named);
            }
            owners.resize(columns.len(), i);
        }
        Items {
            columns,
            open,
            owners,
        }
    }

    /// Adds what an `unnest` of a list in an item does to rows: each is there once for
    /// every element, and not at all without one.
    fn unnested_rows(&self, expr: &Expr, mut rows: Rows, cx: Context<'_>) -> Rows {
        if let ExprKind::Function(function) = &expr.kind
            && matches!(&*function.name, "unnest" | "generate_subscripts")
            && let Some(list) = function.arguments.first()
        {
            if self.unnested_fields(function, cx).is_some() {
                return rows;
            }
            return rows.decided_by(&self.value(list, cx), EdgeKind::Filter, expr.start());
        }
        expr.for_each_child(|child| {
            rows = self.unnested_rows(child, std::mem::take(&mut rows), cx);
        });
        rows
    }

    /// Adds what a condition does to rows, each of its parts by itself.
    pub(super) fn conditions(
        &self,
        condition: Option<&Expr>,
        kind: EdgeKind,
        mut rows: Rows,
        cx: Context<'_>,
    ) -> Rows {
        let Some(condition) = condition else {
            return rows;
        };
        let meaning = rows.meaning();
        let mut parts = Vec::new();
        conjuncts(condition, &mut parts);
        let mut told = Vec::with_capacity(parts.len());
        for part in parts {
            let value = self.value(part, cx);
            rows = rows.decided_by(&value, kind, part.start());
            told.push(value.meaning());
        }
        // The order in which conditions are written makes no difference.
        told.sort_unstable();
        rows.means(meaning).meaning_also((kind, told))
    }

    fn grouped(
        &self,
        select: &Select,
        columns: &[Column],
        owners: &[usize],
        mut rows: Rows,
        cx: Context<'_>,
    ) -> Rows {
        let has_aggregate: Vec<bool> = select.items.iter().map(function::has_aggregate).collect();
        if select.is_grouped_by_all {
            for (column, owner) in columns.iter().zip(owners) {
                if !has_aggregate[*owner] {
                    let at = select.items[*owner].start();
                    rows = rows.decided_by(&column.value, EdgeKind::GroupKey, at);
                }
            }
            return rows.meaning_also("grouped");
        }
        for expr in &select.group {
            for value in self.item_or_value(expr, columns, cx) {
                rows = rows.decided_by(&value, EdgeKind::GroupKey, expr.start());
            }
        }
        if !select.group.is_empty() || has_aggregate.contains(&true) {
            let sets = (select.group_sets.len() > 1).then_some(&select.group_sets);
            rows = rows.meaning_also(("grouped", sets));
        }
        rows
    }
}

/// What a select list gives.
struct Items {
    columns: Vec<Column>,
    open: Vec<Open>,
    /// For each column the item that gave it.
    owners: Vec<usize>,
}

/// Splits a condition into the parts that all must hold.
fn conjuncts<'e>(condition: &'e Expr, parts: &mut Vec<&'e Expr>) {
    match &condition.kind {
        ExprKind::Operator {
            operator: Operator::And,
            operands,
        } => operands.iter().for_each(|part| conjuncts(part, parts)),
        _ => parts.push(condition),
    }
}
