//! Values that can never come, or come differently each time.

use serde_json::Value;

use super::keys::Keys;
use super::scope::Scope;
use super::{Lint, Twin};
use crate::diagnostics::Diagnostic;
use crate::parse::{Node, NodeKind, UniqueId};
use crate::sql::tree::{Body, Expr, ExprKind, Literal, Operator, OrderItem, Query};

/// Looks at one expression.
pub fn look(lint: &mut Lint<'_>, expr: &Expr, scope: &Scope<'_>) {
    match &expr.kind {
        ExprKind::Case { branches, .. } => unreachable_case(lint, branches),
        ExprKind::Function(function) => {
            let name = &*function.name;
            if is_now(name) {
                now(lint, expr, name);
            }
            // `any_value` says itself that any will do.
            let is_any = matches!(name, "first" | "last" | "arbitrary");
            if is_any && function.order.is_empty() && function.arguments.len() == 1 {
                let title = format!("`{name}` takes whichever value comes, another one each time");
                let hint = "give it an order, as in `first(a order by b)`, or use `min` or `max`";
                lint.at(expr, "non-deterministic", title, Some(hint));
            }
        }
        ExprKind::Column(parts) => {
            if let [only] = &parts[..]
                && is_now(&only.to_lowercase())
                && scope.bindings.iter().all(|b| {
                    let columns = b.relation.columns.as_ref();
                    columns.is_some() && b.relation.column(&only.to_lowercase()).is_none()
                })
            {
                now(lint, expr, only);
            }
        }
        ExprKind::Window(window) => {
            if &*window.function.name == "row_number" && window.order.is_empty() {
                let title = "`row_number()` counts without an order, differently each time";
                let hint = "order by what tells the rows apart";
                lint.at(expr, "non-deterministic", title.to_owned(), Some(hint));
            } else if &*window.function.name == "row_number" {
                ties(lint, expr, scope);
            }
        }
        _ => {}
    }
}

/// A numbering whose order leaves rows alike: what tells the rows of its only
/// table apart is not in it.
fn ties(lint: &mut Lint<'_>, expr: &Expr, scope: &Scope<'_>) {
    let ExprKind::Window(window) = &expr.kind else {
        return;
    };
    let [binding] = &scope.bindings[..] else {
        return;
    };
    let keys = &binding.relation.keys;
    let is_partition = |item: &OrderItem| {
        let mut partition = window.partition.iter();
        matches!(item.expr.kind, ExprKind::Column(_))
            && partition.any(|part| part.kind == item.expr.kind)
    };
    let orders_nothing = window.order.iter().all(is_partition);
    let orders = window.order.iter().map(|item| &item.expr);
    let mut columns = Vec::new();
    for part in window.partition.iter().chain(orders) {
        match &part.kind {
            ExprKind::Column(parts) => match scope.column(parts) {
                Some((_, column)) => columns.push(column.name.clone()),
                None => return,
            },
            ExprKind::Literal(_) => {}
            _ => return,
        }
    }
    if keys.are_covered_by(&columns) {
        return;
    }
    if orders_nothing {
        let title =
            "`row_number()` is ordered by what it counts within: that leaves the order open";
        let hint = "order by what tells the rows apart";
        lint.at(expr, "non-deterministic", title.to_owned(), Some(hint));
        return;
    }
    let Some(key) = keys.0.first() else {
        return;
    };
    let title = format!(
        "`row_number()` leaves the order of some rows open: they are told apart by `{}`",
        key.join(", ")
    );
    let hint = "add that to its `order by`";
    lint.at(expr, "non-deterministic", title, Some(hint));
}

fn is_now(name: &str) -> bool {
    matches!(
        name,
        "now"
            | "today"
            | "current_date"
            | "current_timestamp"
            | "get_current_timestamp"
            | "transaction_timestamp"
            | "current_localtimestamp"
            | "localtimestamp"
    )
}

fn now(lint: &mut Lint<'_>, expr: &Expr, name: &str) {
    lint.at(
        expr,
        "now-in-model",
        format!("`{name}` gives the model other rows at each run, on the same data"),
        Some("use a variable or `run_started_at`, so that a run can be done again"),
    );
}

fn unreachable_case(lint: &mut Lint<'_>, branches: &[(Expr, Expr)]) {
    for (i, (when, _)) in branches.iter().enumerate() {
        let before = &branches[..i];
        let always = before
            .iter()
            .any(|(when, _)| matches!(when.kind, ExprKind::Literal(Literal::Bool(true))));
        if always || before.iter().any(|(other, _)| other == when) {
            let why = if always {
                "a branch of `case` comes after one that always holds"
            } else {
                "a branch of `case` has the condition of one before it"
            };
            lint.at(
                when,
                "unreachable-case",
                format!("{why}, so that it is never reached"),
                Some("take it out, or change its condition"),
            );
        }
    }
}

/// Returns notes of tests that hold whatever the rows are.
pub fn proven_tests(twin: &Twin<'_>, node: &Node, query: &Query, keys: &Keys) -> Vec<Diagnostic> {
    let graph = twin.graph();
    if super::is_disabled(twin, "proven-test") {
        return Vec::new();
    }
    let children = graph.children.get(&node.unique_id).into_iter().flatten();
    let tests = children.filter_map(|id: &UniqueId| graph.project.nodes.get(id));
    let mut found = Vec::new();
    for test in tests.filter(|test| twin.request.selected.contains(&test.unique_id)) {
        let NodeKind::GenericTest(info) = &test.kind else {
            continue;
        };
        let is_own = info.attached_node.as_ref() == Some(&node.unique_id);
        let Some(column) = info.column_name.as_deref().filter(|_| is_own) else {
            continue;
        };
        let column = column.trim_matches('"').to_lowercase();
        let item = final_item(query, &column);
        let why = match info.test_name.as_str() {
            "unique" if keys.are_covered_by(std::slice::from_ref(&column)) => {
                Some("the model has one row for each value")
            }
            "not_null" if item.is_some_and(is_never_null) => Some("the model never gives a null"),
            "accepted_values"
                if item.is_some_and(|item| gives_only(item, info.kwargs.get("values"))) =>
            {
                Some("the model gives no other values")
            }
            _ => None,
        };
        if let Some(why) = why {
            let title = format!(
                "test `{}` of `{column}` in model `{}` always passes: {why}",
                info.test_name, node.name
            );
            let note = Diagnostic::note("proven-test", title);
            found.push(crate::check::errors::at_definition(note, test));
        }
    }
    found
}

/// Returns the expression that gives a column of the query: through CTEs that
/// only hand it on.
fn final_item<'q>(query: &'q Query, column: &str) -> Option<&'q Expr> {
    let Body::Select(select) = &query.body else {
        return None;
    };
    let mut items = select
        .items
        .iter()
        .filter(|item| match (&item.alias, &item.kind) {
            (Some(alias), _) => alias.eq_ignore_ascii_case(column),
            (None, ExprKind::Column(parts)) => parts
                .last()
                .is_some_and(|part| part.eq_ignore_ascii_case(column)),
            _ => false,
        });
    let item = items.next()?;
    items.next().is_none().then_some(item)
}

fn is_never_null(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(literal) => *literal != Literal::Null,
        ExprKind::Operator {
            operator: Operator::Coalesce,
            operands,
        } => operands.iter().any(is_never_null),
        ExprKind::Operator {
            operator: Operator::IsNull | Operator::IsNotNull,
            ..
        } => true,
        ExprKind::Function(function) => {
            matches!(&*function.name, "count" | "count_star") && function.filter.is_none()
        }
        ExprKind::Window(window) => {
            matches!(&*window.function.name, "row_number" | "rank" | "dense_rank")
        }
        ExprKind::Case {
            branches,
            otherwise: Some(otherwise),
        } => branches.iter().all(|(_, then)| is_never_null(then)) && is_never_null(otherwise),
        _ => false,
    }
}

fn gives_only(expr: &Expr, values: Option<&Value>) -> bool {
    let Some(Value::Array(values)) = values else {
        return false;
    };
    let is_one = |expr: &Expr| match &expr.kind {
        ExprKind::Literal(Literal::Null) => true,
        ExprKind::Literal(Literal::Text(text)) => {
            values.iter().any(|value| value.as_str() == Some(text))
        }
        _ => false,
    };
    match &expr.kind {
        ExprKind::Case {
            branches,
            otherwise,
        } => {
            branches.iter().all(|(_, then)| is_one(then))
                && otherwise.as_ref().is_none_or(|otherwise| is_one(otherwise))
        }
        _ => is_one(expr),
    }
}
