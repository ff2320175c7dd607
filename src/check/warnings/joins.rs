//! Joins that bring more rows than meant.

use super::Lint;
use super::keys::{self, Keys, conjuncts, is_aggregate};
use super::scope::Scope;
use crate::sql::tree::{
    Expr, ExprKind, Join, JoinForm, JoinKind, Literal, Query, Select, TableKind, TableRef,
};

/// Looks at the joins of a `select`.
pub fn look(lint: &mut Lint<'_>, select: &Select, query: &Query, scope: &Scope<'_>) {
    let mut next = 0;
    look_at(lint, &select.from, select, query, scope, &mut next);
}

/// Returns the bindings that a table stands for, the first and the one after
/// the last.
fn look_at(
    lint: &mut Lint<'_>,
    table: &TableRef,
    select: &Select,
    query: &Query,
    scope: &Scope<'_>,
    next: &mut usize,
) -> (usize, usize) {
    let first = *next;
    let TableKind::Join(join) = &table.kind else {
        if !matches!(table.kind, TableKind::Nothing) {
            *next += 1;
        }
        return (first, *next);
    };
    look_at(lint, &join.left, select, query, scope, next);
    let right = look_at(lint, &join.right, select, query, scope, next);
    without_condition(lint, join, select, scope, (first, right.0), right);
    if right.1 - right.0 == 1 {
        fans_out(lint, join, select, query, scope, right.0);
    }
    (first, *next)
}

/// A comma or `on true` between two tables that nothing else ties together.
fn without_condition(
    lint: &mut Lint<'_>,
    join: &Join,
    select: &Select,
    scope: &Scope<'_>,
    left: (usize, usize),
    right: (usize, usize),
) {
    let is_plain = |table: &TableRef| {
        matches!(
            table.kind,
            TableKind::Table(_) | TableKind::Subquery(_) | TableKind::Join(_)
        )
    };
    if !is_plain(&join.left) || !is_plain(&join.right) {
        return;
    }
    let Some(at) = join
        .right
        .at
        .0
        .map(|at| at as usize)
        .filter(|at| *at < lint.sql.len())
    else {
        return;
    };
    let is_true = join
        .condition
        .as_ref()
        .is_some_and(|condition| match &condition.kind {
            ExprKind::Literal(Literal::Bool(truth)) => *truth,
            ExprKind::Comparison { left, right, .. } => {
                left == right && matches!(left.kind, ExprKind::Literal(_))
            }
            _ => false,
        });
    let is_comma = join.form == JoinForm::Cross
        && lint
            .sql
            .get(..at)
            .is_some_and(|before| before.trim_end().ends_with(','));
    if !is_true && !is_comma {
        return;
    }
    // One row of constants is joined to everything on purpose.
    let is_one_row = |range: (usize, usize)| {
        (range.0..range.1).all(|i| {
            let binding = &scope.bindings[i];
            binding.relation.keys.0.iter().any(Vec::is_empty)
        })
    };
    let ties = |expr: &Expr| {
        let sides = sides(expr, scope);
        let touches = |range: (usize, usize)| sides.iter().any(|i| (range.0..range.1).contains(i));
        sides.is_empty() || touches(left) && touches(right)
    };
    let where_ties = conjuncts(select.filter.as_ref()).into_iter().any(ties);
    if where_ties || is_one_row(right) || is_one_row(left) {
        return;
    }
    let end = crate::check::text::word_end(lint.sql, at);
    lint.push(
        at..end,
        "join-without-condition",
        "a join has no condition: every row meets every other".to_owned(),
        Some("write `cross join` where that is meant"),
    );
}

/// Returns the bindings whose columns an expression has; none where that is
/// not known.
fn sides(expr: &Expr, scope: &Scope<'_>) -> Vec<usize> {
    let mut all = Vec::new();
    let mut is_known = true;
    let mut waiting = vec![expr];
    while let Some(expr) = waiting.pop() {
        match &expr.kind {
            ExprKind::Column(parts) => match scope.column(parts) {
                Some((i, _)) => all.push(i),
                None => is_known = false,
            },
            ExprKind::Subquery(_) => is_known = false,
            _ => expr.for_each_child(|child| waiting.push(child)),
        }
    }
    if is_known { all } else { Vec::new() }
}

/// A join whose right side has several rows for one of the left.
fn fans_out(
    lint: &mut Lint<'_>,
    join: &Join,
    select: &Select,
    query: &Query,
    scope: &Scope<'_>,
    right: usize,
) {
    let is_regular =
        join.form == JoinForm::Regular && matches!(join.kind, JoinKind::Inner | JoinKind::Left);
    let binding = &scope.bindings[right];
    let keys = &binding.relation.keys;
    if !is_regular || keys.is_empty() {
        return;
    }
    let Some(joined) = joined_columns(join, select, scope, right) else {
        return;
    };
    if joined.is_empty() || keys.are_covered_by(&joined) {
        return;
    }
    let key = keys
        .0
        .iter()
        .find(|key| joined.iter().all(|c| key.contains(c)));
    let is_reduced = query.is_distinct
        || !query.distinct_on.is_empty()
        || !select.group.is_empty()
        || select.is_grouped_by_all
        || select.qualify.is_some();
    let summed = select
        .items
        .iter()
        .find_map(|item| summed_left(item, scope, right));
    let title = match (key, summed) {
        (_, Some(column)) => format!(
            "`{column}` is summed after a join with `{}`, which has several rows for one `{}`",
            binding.name,
            joined.join(", ")
        ),
        (Some(key), None) if !is_reduced && !has_aggregates(select) => format!(
            "the join with `{}` is on `{}` alone, and its rows are told apart by `{}`: rows of \
             the other side come several times",
            binding.name,
            joined.join(", "),
            key.join(", ")
        ),
        _ => return,
    };
    let hint = "join on the whole key, or make one row of each key before";
    let at = binding.at.map(|at| at as usize);
    match (at.filter(|at| *at < lint.sql.len()), &join.condition) {
        (Some(at), _) => {
            let end = crate::check::text::word_end(lint.sql, at);
            lint.push(at..end, "join-fans-out", title, Some(hint));
        }
        // A subquery has no place of its own.
        (None, Some(condition)) => lint.at(condition, "join-fans-out", title, Some(hint)),
        (None, None) => {}
    }
}

fn has_aggregates(select: &Select) -> bool {
    select.items.iter().any(is_aggregate)
}

/// Returns the columns of the right side that are set equal to something else,
/// in the join or in `where`. None where it is not known what is compared.
fn joined_columns(
    join: &Join,
    select: &Select,
    scope: &Scope<'_>,
    right: usize,
) -> Option<Vec<String>> {
    let mut joined: Vec<String> = join.using.iter().map(|name| name.to_lowercase()).collect();
    for condition in conjuncts(join.condition.as_ref()) {
        match equated(condition, scope, right) {
            Some(column) => joined.push(column),
            // Anything else that looks at the right side may choose one row.
            None if touches(condition, scope, right) => return None,
            None => {}
        }
    }
    for condition in conjuncts(select.filter.as_ref()) {
        match equated(condition, scope, right) {
            Some(column) => joined.push(column),
            None if touches(condition, scope, right) => return None,
            None => {}
        }
    }
    joined.sort();
    joined.dedup();
    Some(joined)
}

fn equated(condition: &Expr, scope: &Scope<'_>, right: usize) -> Option<String> {
    let ExprKind::Comparison {
        operator,
        left: a,
        right: b,
    } = &condition.kind
    else {
        return None;
    };
    if !matches!(*operator, "=" | "is not distinct from") {
        return None;
    }
    let own = |expr: &Expr| match &expr.kind {
        ExprKind::Column(parts) => scope.column(parts).filter(|(i, _)| *i == right),
        _ => None,
    };
    for (own_side, other) in [(own(a), b), (own(b), a)] {
        if let Some((_, column)) = own_side
            && !touches(other, scope, right)
        {
            return Some(column.name.clone());
        }
    }
    None
}

/// Tells whether an expression may look at a binding.
fn touches(expr: &Expr, scope: &Scope<'_>, right: usize) -> bool {
    let mut found = match &expr.kind {
        ExprKind::Column(parts) => scope.column(parts).is_none_or(|(i, _)| i == right),
        ExprKind::Subquery(_) | ExprKind::Star(_) | ExprKind::Unknown => true,
        _ => false,
    };
    expr.for_each_child(|child| found |= touches(child, scope, right));
    found
}

/// Returns the column of another side that an item sums.
fn summed_left(item: &Expr, scope: &Scope<'_>, right: usize) -> Option<String> {
    if let ExprKind::Function(function) = &item.kind
        && &*function.name == "sum"
        && !function.is_distinct
        && let [argument] = &function.arguments[..]
        && let ExprKind::Column(parts) = &argument.kind
        && let Some((i, column)) = scope.column(parts)
        && i < right
    {
        return Some(column.name.clone());
    }
    let mut found = None;
    item.for_each_child(|child| found = found.take().or_else(|| summed_left(child, scope, right)));
    found
}

/// Returns what tells the rows of a `from` apart, as columns of bindings.
pub fn keys_of_from(select: &Select, scope: &Scope<'_>) -> Vec<Vec<(usize, String)>> {
    let mut next = 0;
    let all = keys::of_bindings(scope);
    let of = |i: usize| {
        let keys = all.get(&i).cloned().unwrap_or_default();
        let Keys(keys) = keys;
        keys.into_iter()
            .map(|key| key.into_iter().map(|column| (i, column)).collect())
            .collect::<Vec<Vec<(usize, String)>>>()
    };
    keys_of_table(&select.from, scope, &of, &mut next)
}

fn keys_of_table(
    table: &TableRef,
    scope: &Scope<'_>,
    of: &impl Fn(usize) -> Vec<Vec<(usize, String)>>,
    next: &mut usize,
) -> Vec<Vec<(usize, String)>> {
    let TableKind::Join(join) = &table.kind else {
        let own = *next;
        if matches!(table.kind, TableKind::Nothing) {
            return Vec::new();
        }
        *next += 1;
        return of(own);
    };
    let left = keys_of_table(&join.left, scope, of, next);
    let right = *next;
    keys_of_table(&join.right, scope, of, next);
    if matches!(join.kind, JoinKind::Semi | JoinKind::Anti) {
        return left;
    }
    let is_single = *next - right == 1
        && matches!(join.kind, JoinKind::Inner | JoinKind::Left)
        && join.form == JoinForm::Regular;
    if !is_single {
        return Vec::new();
    }
    let mut joined: Vec<String> = join.using.iter().map(|name| name.to_lowercase()).collect();
    let conditions = conjuncts(join.condition.as_ref()).into_iter();
    joined.extend(conditions.filter_map(|condition| equated(condition, scope, right)));
    let keys = &scope.bindings[right].relation.keys;
    if keys.are_covered_by(&joined) {
        left
    } else {
        Vec::new()
    }
}
