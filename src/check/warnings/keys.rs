//! Which columns tell the rows of a relation apart: by `group by`, `distinct`,
//! numbering, tests and constraints.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::joins;
use super::scope::{Column, Relation, Scope};
use super::types;
use crate::graph::Graph;
use crate::parse::{Node, NodeKind, UniqueId};
use crate::sql::tree::{Expr, ExprKind, Literal, Query, Select, TableKind};

/// Sets of columns, in lower case; each alone tells rows apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<Vec<String>>);

impl Keys {
    pub fn add(&mut self, mut key: Vec<String>) {
        key.sort();
        key.dedup();
        if !self.0.contains(&key) && self.0.len() < 20 {
            self.0.push(key);
        }
    }

    pub fn extend(&mut self, other: Keys) {
        other.0.into_iter().for_each(|key| self.add(key));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether columns tell rows apart.
    pub fn are_covered_by(&self, columns: &[String]) -> bool {
        self.0
            .iter()
            .any(|key| key.iter().all(|c| columns.contains(c)))
    }
}

/// Returns the keys that tests and constraints promise of a node.
pub fn declared(graph: &Graph, node: &Node) -> Keys {
    let mut keys = Keys::default();
    let children = graph.children.get(&node.unique_id);
    for id in children.into_iter().flatten() {
        if let Some(test) = graph.project.nodes.get(id) {
            add_test(&mut keys, &node.unique_id, test);
        }
    }
    if let Some(model) = node.model() {
        for constraint in &model.constraints {
            let columns = constraint.get("columns").and_then(Value::as_array);
            if is_key(constraint)
                && let Some(columns) = columns
            {
                let names = columns.iter().filter_map(Value::as_str);
                keys.add(names.map(str::to_lowercase).collect());
            }
        }
    }
    for column in node.columns.values() {
        if column.constraints.iter().any(is_key) {
            keys.add(vec![column.name.to_lowercase()]);
        }
    }
    keys
}

fn is_key(constraint: &Value) -> bool {
    let kind = constraint.get("type").and_then(Value::as_str);
    matches!(kind, Some("primary_key" | "unique"))
}

fn add_test(keys: &mut Keys, id: &UniqueId, test: &Node) {
    let NodeKind::GenericTest(info) = &test.kind else {
        return;
    };
    let is_whole = test.config.get("where").is_none() && test.config.is_enabled();
    if info.attached_node.as_ref() != Some(id) || !is_whole {
        return;
    }
    match info.test_name.as_str() {
        "unique" => {
            if let Some(column) = &info.column_name {
                let plain = column.trim_matches('"').to_lowercase();
                keys.add(vec![plain]);
            }
        }
        "unique_combination_of_columns" => {
            let columns = info.kwargs.get("combination_of_columns");
            if let Some(Value::Array(columns)) = columns {
                let names: Option<Vec<String>> = columns
                    .iter()
                    .map(|c| c.as_str().map(|c| c.trim_matches('"').to_lowercase()))
                    .collect();
                if let Some(names) = names.filter(|names| !names.is_empty()) {
                    keys.add(names);
                }
            }
        }
        _ => {}
    }
}

/// Says what a `select` gives.
pub fn of_select(select: &Select, _query: &Query, scope: &Scope<'_>) -> Relation {
    let items = outputs(select, scope);
    let columns = items.as_ref().map(|items| {
        let columns = items.iter();
        columns
            .map(|item| item.column.clone())
            .collect::<Vec<Column>>()
    });
    let mut relation = Relation {
        columns,
        keys: Keys::default(),
        is_table: false,
    };
    let Some(items) = items else {
        return relation;
    };
    if !select.group.is_empty() && select.group_sets.len() < 2 {
        if let Some(key) = group_key(select, &items) {
            relation.keys.add(key);
        }
        return relation;
    }
    if select.is_grouped_by_all {
        return relation;
    }
    if has_aggregate(select) || is_one_row(select) {
        relation.keys.add(Vec::new());
        return relation;
    }
    // What the rows of the tables are told apart by tells these apart, as long
    // as the columns go through.
    let mut below = joins::keys_of_from(select, scope);
    if let Some(key) = numbered(select, scope) {
        below.push(key);
    }
    for key in below {
        let through: Option<Vec<String>> = key
            .iter()
            .map(|part| {
                let item = items.iter().find(|item| item.origin.as_ref() == Some(part));
                item.map(|item| item.column.name.clone())
            })
            .collect();
        if let Some(key) = through {
            relation.keys.add(key);
        }
    }
    relation
}

/// A column that a `select` gives, and the column of a table that it is.
struct Output {
    column: Column,
    /// The place of the binding and the name, when it is one as it stands.
    origin: Option<(usize, String)>,
}

fn outputs(select: &Select, scope: &Scope<'_>) -> Option<Vec<Output>> {
    let mut all = Vec::new();
    for item in &select.items {
        if let ExprKind::Star(star) = &item.kind {
            if star.is_columns || !star.rename.is_empty() {
                return None;
            }
            let wanted = star.relation.as_ref().map(|name| name.to_lowercase());
            for (i, binding) in scope.bindings.iter().enumerate() {
                if wanted
                    .as_ref()
                    .is_some_and(|wanted| *wanted != binding.name)
                {
                    continue;
                }
                for column in binding.relation.columns.as_ref()? {
                    let is = |name: &str| name.to_lowercase() == column.name;
                    if star.exclude.iter().any(|(_, name)| is(name)) {
                        continue;
                    }
                    let is_replaced = star.replace.iter().any(|(name, _)| is(name));
                    let mut column = column.clone();
                    if is_replaced {
                        column.data_type = None;
                        column.numbers = None;
                    }
                    let origin = (!is_replaced).then(|| (i, column.name.clone()));
                    all.push(Output { column, origin });
                }
            }
            continue;
        }
        let found = match &item.kind {
            ExprKind::Column(parts) => scope.column(parts),
            _ => None,
        };
        let name = match (&item.alias, &item.kind) {
            (Some(alias), _) => alias.to_lowercase(),
            (None, ExprKind::Column(parts)) => parts.last()?.to_lowercase(),
            // Its name is the engine's affair.
            (None, _) => String::new(),
        };
        let numbers = match (&item.kind, found) {
            (ExprKind::Window(_), _) => numbering(item, scope),
            (_, Some((_, column))) => column.numbers.clone(),
            _ => None,
        };
        all.push(Output {
            column: Column {
                name,
                data_type: types::of(item, scope),
                numbers,
            },
            origin: found.map(|(i, column)| (i, column.name.clone())),
        });
    }
    Some(all)
}

/// Returns the names under which the columns of `group by` are given.
fn group_key(select: &Select, items: &[Output]) -> Option<Vec<String>> {
    if select
        .items
        .iter()
        .any(|item| matches!(item.kind, ExprKind::Star(_)))
    {
        return None;
    }
    let mut key = Vec::new();
    for expr in &select.group {
        let place = match &expr.kind {
            ExprKind::Literal(Literal::Number(n)) => n.parse::<usize>().ok()?.checked_sub(1)?,
            ExprKind::Position(n) => n.checked_sub(1)?,
            _ => select.items.iter().position(|item| {
                let mut plain = item.clone();
                plain.alias = None;
                let by_alias = match (&expr.kind, &item.alias) {
                    (ExprKind::Column(parts), Some(alias)) => {
                        matches!(&parts[..], [name] if name.eq_ignore_ascii_case(alias))
                    }
                    _ => false,
                };
                plain == *expr || by_alias
            })?,
        };
        let name = &items.get(place)?.column.name;
        if name.is_empty() {
            return None;
        }
        key.push(name.clone());
    }
    Some(key)
}

/// Tells whether a `select` gives a row of constants.
fn is_one_row(select: &Select) -> bool {
    fn unnests(expr: &Expr) -> bool {
        let mut found = match &expr.kind {
            ExprKind::Function(f) => matches!(&*f.name, "unnest" | "generate_series" | "range"),
            _ => false,
        };
        expr.for_each_child(|child| found |= unnests(child));
        found
    }
    matches!(select.from.kind, TableKind::Nothing) && !select.items.iter().any(unnests)
}

fn has_aggregate(select: &Select) -> bool {
    select.items.iter().any(is_aggregate) || select.having.is_some()
}

/// Tells whether an expression aggregates: by the usual functions.
pub fn is_aggregate(expr: &Expr) -> bool {
    const AGGREGATES: &[&str] = &[
        "sum",
        "count",
        "count_star",
        "avg",
        "min",
        "max",
        "any_value",
        "first",
        "last",
        "string_agg",
        "list",
        "array_agg",
        "arg_max",
        "arg_min",
        "max_by",
        "min_by",
        "median",
        "bool_or",
        "bool_and",
        "stddev",
        "variance",
        "mode",
        "quantile_cont",
        "group_concat",
        "approx_count_distinct",
        "histogram",
        "listagg",
        "mean",
        "product",
        "arbitrary",
    ];
    if let ExprKind::Function(function) = &expr.kind
        && AGGREGATES.contains(&&*function.name)
    {
        return true;
    }
    let mut found = false;
    if !matches!(expr.kind, ExprKind::Window(_) | ExprKind::Subquery(_)) {
        expr.for_each_child(|child| found |= is_aggregate(child));
    }
    found
}

/// Returns the columns within which a `row_number()` counts, when they are
/// columns as they stand.
fn numbering(expr: &Expr, scope: &Scope<'_>) -> Option<Rc<Vec<String>>> {
    let parts = partition(expr, scope)?;
    Some(Rc::new(parts.into_iter().map(|(_, name)| name).collect()))
}

fn partition(expr: &Expr, scope: &Scope<'_>) -> Option<Vec<(usize, String)>> {
    let ExprKind::Window(window) = &expr.kind else {
        return None;
    };
    if &*window.function.name != "row_number" || window.partition.is_empty() {
        return None;
    }
    let column = |expr: &Expr| match &expr.kind {
        ExprKind::Column(parts) => scope.column(parts).map(|(i, c)| (i, c.name.clone())),
        _ => None,
    };
    window.partition.iter().map(column).collect()
}

/// Returns what rows are told apart by since only the first of a numbering is
/// kept.
fn numbered(select: &Select, scope: &Scope<'_>) -> Option<Vec<(usize, String)>> {
    let conditions = conjuncts(select.qualify.as_ref());
    for condition in conditions {
        if let Some(window) = equals_one(condition)
            && let Some(key) = partition(window, scope)
        {
            return Some(key);
        }
    }
    for condition in conjuncts(select.filter.as_ref()) {
        let Some(column) = equals_one(condition) else {
            continue;
        };
        let ExprKind::Column(parts) = &column.kind else {
            continue;
        };
        // Only one table: a join may bring rows twice.
        if let (TableKind::Table(_) | TableKind::Subquery(_), Some((i, column))) =
            (&select.from.kind, scope.column(parts))
            && let Some(numbers) = &column.numbers
        {
            return Some(numbers.iter().map(|name| (i, name.clone())).collect());
        }
    }
    None
}

/// Returns what an expression sets equal to 1.
fn equals_one(expr: &Expr) -> Option<&Expr> {
    let ExprKind::Comparison {
        operator: "=",
        left,
        right,
    } = &expr.kind
    else {
        return None;
    };
    let is_one =
        |expr: &Expr| matches!(&expr.kind, ExprKind::Literal(Literal::Number(n)) if &**n == "1");
    if is_one(right) {
        Some(left)
    } else if is_one(left) {
        Some(right)
    } else {
        None
    }
}

/// Returns the conditions that all have to hold.
pub fn conjuncts(expr: Option<&Expr>) -> Vec<&Expr> {
    let mut all = Vec::new();
    let mut waiting: Vec<&Expr> = expr.into_iter().collect();
    while let Some(expr) = waiting.pop() {
        match &expr.kind {
            ExprKind::Operator {
                operator: crate::sql::tree::Operator::And,
                operands,
            } => waiting.extend(operands),
            _ => all.push(expr),
        }
    }
    all
}

/// The keys of the tables of a query, by binding.
pub fn of_bindings(scope: &Scope<'_>) -> HashMap<usize, Keys> {
    let bindings = scope.bindings.iter().enumerate();
    bindings
        .map(|(i, b)| (i, b.relation.keys.clone()))
        .collect()
}
