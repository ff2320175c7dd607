//! `select *` at a mart: what it promises is whatever lies below.

use super::Lint;
use crate::sql::tree::{Body, Expr, ExprKind, Query, TableKind};

/// Looks whether a mart's columns are those of another relation, whatever they
/// are.
pub fn stars(lint: &mut Lint<'_>, query: &Query) {
    if !lint.is_mart {
        return;
    }
    if let Some(star) = open_star(query, query, 0) {
        lint.at(
            star,
            "select-star",
            "a mart selects `*` from another relation: its columns change when that one's do"
                .to_owned(),
            Some("name the columns"),
        );
    }
}

/// Returns the star that takes all columns of a relation outside of the query:
/// through CTEs that do the same.
fn open_star<'q>(query: &'q Query, whole: &'q Query, depth: usize) -> Option<&'q Expr> {
    let Body::Select(select) = &query.body else {
        return None;
    };
    let [item] = &select.items[..] else {
        return None;
    };
    let ExprKind::Star(star) = &item.kind else {
        return None;
    };
    if star.is_columns || depth > 20 {
        return None;
    }
    let TableKind::Table(name) = &select.from.kind else {
        return None;
    };
    let cte = whole
        .ctes
        .iter()
        .find(|cte| name.schema.is_none() && cte.name.eq_ignore_ascii_case(&name.name));
    match cte {
        None => Some(item),
        Some(cte) => open_star(&cte.query, whole, depth + 1).map(|_| item),
    }
}
