//! `select *` at a mart: what it promises is whatever lies below.

use super::Lint;
use crate::sql::tree::{
    Body, Expr, ExprKind, JoinKind, Query, Star, TableKind, TableName, TableRef,
};

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
    if depth > 20 {
        return None;
    }
    let mut tables = Vec::new();
    collect(&select.from, &mut tables);
    let mut stars = select.items.iter().filter_map(|item| match &item.kind {
        ExprKind::Star(star) if !star.is_columns => Some((item, star)),
        _ => None,
    });
    let takes_all_of_another = |star: &Star| {
        let wanted = |alias: &str| {
            let relation = star.relation.as_ref();
            relation.is_none_or(|relation| relation.eq_ignore_ascii_case(alias))
        };
        let mut taken = tables.iter().filter(|(alias, _)| wanted(alias));
        taken.any(|(_, name)| {
            let cte = whole
                .ctes
                .iter()
                .find(|cte| name.schema.is_none() && cte.name.eq_ignore_ascii_case(&name.name));
            cte.is_none_or(|cte| open_star(&cte.query, whole, depth + 1).is_some())
        })
    };
    stars
        .find(|(_, star)| takes_all_of_another(star))
        .map(|(item, _)| item)
}

/// Lists the tables of a `from` with the names that they have there.
fn collect<'q>(table: &'q TableRef, tables: &mut Vec<(&'q str, &'q TableName)>) {
    match &table.kind {
        TableKind::Table(name) => {
            tables.push((table.alias.as_ref().unwrap_or(&name.name), name));
        }
        TableKind::Join(join) => {
            collect(&join.left, tables);
            // What a semi join looks for is not among the columns.
            if !matches!(join.kind, JoinKind::Semi | JoinKind::Anti) {
                collect(&join.right, tables);
            }
        }
        _ => {}
    }
}
