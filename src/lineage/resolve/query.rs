//! Queries: common table expressions, set operations, recursion.

use std::cell::OnceCell;
use std::rc::Rc;

use super::{Context, CteInSight, CteQuery, Env, Resolver, with_stack};
use crate::lineage::edge::EdgeKind;
use crate::lineage::relation::{Column, Found, Open, Relation};
use crate::lineage::scope::Scope;
use crate::lineage::value::{Rows, Value, meaning_of, meanings};
use crate::sql::tree::{
    Body, Expr, ExprKind, Literal, Name, Query, Recursive, SetOperation, SetOperator,
};

/// A recursive query is followed again until nothing new comes in. Each round
/// adds links of a finite number, mostly in the first two.
const ROUNDS: usize = 8;

impl Resolver<'_> {
    /// Follows a query. `around` are the names of the query around it.
    pub(super) fn query<'a>(
        &self,
        query: &'a Query,
        env: &Env<'a>,
        around: Option<&'a Scope<'a>>,
    ) -> Rc<Relation> {
        with_stack(|| {
            let mut inner = env.clone();
            for cte in &query.ctes {
                inner = Some(Rc::new(CteInSight {
                    name: cte.name.to_ascii_lowercase(),
                    query: CteQuery::Written(cte),
                    around,
                    followed: OnceCell::new(),
                    before: inner,
                }));
            }
            match &query.body {
                Body::Select(select) => self.select(query, select, &inner, around),
                Body::SetOperation(operation) => {
                    let relation = self.set_operation(operation, &inner, around);
                    self.around_rows(query, relation, &inner, around)
                }
                Body::Recursive(recursive) => self.recursive(recursive, &inner, around),
                Body::Unknown => Self::unknown_relation("this form of query cannot be followed"),
            }
        })
    }

    /// Finds a common table expression and follows it, unless that was done.
    pub(super) fn cte(&self, name: &str, env: &Env<'_>) -> Option<Rc<Relation>> {
        let mut next = env.as_ref();
        while let Some(cte) = next {
            if cte.name.eq_ignore_ascii_case(name) {
                return Some(self.followed(cte));
            }
            next = cte.before.as_ref();
        }
        None
    }

    fn followed(&self, sight: &CteInSight<'_>) -> Rc<Relation> {
        if let Some(relation) = sight.followed.get() {
            return Rc::clone(relation);
        }
        let relation = match &sight.query {
            CteQuery::Written(cte) => {
                let relation = self.query(&cte.query, &sight.before, sight.around);
                match &cte.query.body {
                    // It gives its own columns their names.
                    Body::Recursive(_) => relation,
                    _ => relation.renamed(&cte.columns),
                }
            }
            CteQuery::Itself => Self::unknown_relation("a query that reads itself"),
        };
        Rc::clone(sight.followed.get_or_init(|| relation))
    }

    fn set_operation<'a>(
        &self,
        operation: &'a SetOperation,
        env: &Env<'a>,
        around: Option<&'a Scope<'a>>,
    ) -> Rc<Relation> {
        let left = self.query(&operation.left, env, around);
        let right = self.query(&operation.right, env, around);
        let is_union = operation.kind == SetOperator::Union;
        let mut rows = left.rows.and(&right.rows);
        rows = rows.meaning_also((operation.kind, operation.is_all));
        let (columns, open) = if operation.is_by_name {
            by_name(&left, &right, self)
        } else {
            by_place(&left, &right, is_union)
        };
        if !is_union {
            // The right side only tells which rows of the left side stay.
            for column in &right.columns {
                rows = rows.decided_by(&column.value, EdgeKind::Filter, None);
            }
        }
        if !operation.is_all {
            for column in &columns {
                rows = rows.decided_by(&column.value, EdgeKind::GroupKey, None);
            }
        }
        Rc::new(Relation::open(columns, open, rows))
    }

    /// Follows `first union then`, where `then` reads what it adds to.
    fn recursive<'a>(
        &self,
        recursive: &'a Recursive,
        env: &Env<'a>,
        around: Option<&'a Scope<'a>>,
    ) -> Rc<Relation> {
        let first = self.query(&recursive.first, env, around);
        let mut whole = first.renamed(&recursive.columns);
        for _ in 0..ROUNDS {
            let itself = OnceCell::new();
            let _ = itself.set(Rc::clone(&whole));
            let inner = Some(Rc::new(CteInSight {
                name: recursive.name.to_ascii_lowercase(),
                query: CteQuery::Itself,
                around,
                followed: itself,
                before: env.clone(),
            }));
            let then = self.query(&recursive.then, &inner, around);
            let (columns, open) = by_place(&whole, &then, true);
            let rows = whole.rows.and(&then.rows);
            let next = Rc::new(Relation::open(columns, open, rows));
            let is_done = links(&next) == links(&whole);
            whole = next;
            if is_done {
                break;
            }
        }
        whole
    }

    /// Adds what `order by` and `limit` of a set operation do.
    fn around_rows<'a>(
        &self,
        query: &'a Query,
        relation: Rc<Relation>,
        env: &Env<'a>,
        around: Option<&'a Scope<'a>>,
    ) -> Rc<Relation> {
        if query.order.is_empty() && query.limit.is_empty() {
            return relation;
        }
        let columns = relation.columns.iter();
        let scope = Scope {
            named: columns
                .map(|column| (column.name.clone(), column.value.clone()))
                .collect(),
            around,
            ..Scope::default()
        };
        let cx = Context {
            env,
            scope: &scope,
            chosen: None,
        };
        let rows = self.ordered_rows(query, &relation.columns, relation.rows.clone(), cx);
        Rc::new(Relation::open(
            relation.columns.clone(),
            relation.open.clone(),
            rows,
        ))
    }

    /// Adds what `order by` and `limit` do to rows. Order tells rows apart only
    /// where some of them are left out.
    pub(super) fn ordered_rows(
        &self,
        query: &Query,
        outputs: &[Column],
        mut rows: Rows,
        cx: Context<'_>,
    ) -> Rows {
        let meaning = rows.meaning();
        let mut order = Vec::new();
        for item in &query.order {
            let directions = (item.is_descending, item.nulls_first);
            let values = self.item_or_value(&item.expr, outputs, cx);
            let at = item.expr.start();
            for value in &values {
                rows = rows.decided_by(value, EdgeKind::Order, at);
            }
            order.push((directions, meanings(&values)));
        }
        rows = rows.means(meaning);
        for limit in &query.limit {
            let value = self.value(limit, cx);
            rows = rows.decided_by(&value, EdgeKind::Filter, limit.start());
        }
        if !query.limit.is_empty() || !query.distinct_on.is_empty() {
            rows = rows.meaning_also(("ordered", order));
        }
        rows
    }

    /// Returns what an expression of `order by` or `group by` stands for: an
    /// output by its place, all of them, or a value.
    pub(super) fn item_or_value(
        &self,
        expr: &Expr,
        outputs: &[Column],
        cx: Context<'_>,
    ) -> Vec<Value> {
        match &expr.kind {
            ExprKind::Literal(Literal::Number(place)) => {
                let place: Option<usize> = place.parse().ok();
                let output = place.and_then(|place| outputs.get(place.checked_sub(1)?));
                output
                    .map(|output| output.value.clone())
                    .into_iter()
                    .collect()
            }
            ExprKind::Star(star) if star.chooser.is_none() => {
                outputs.iter().map(|output| output.value.clone()).collect()
            }
            _ => vec![self.value(expr, cx)],
        }
    }
}

/// Puts the columns of two queries together by their places.
fn by_place(left: &Relation, right: &Relation, is_union: bool) -> (Vec<Column>, Vec<Open>) {
    let is_open = !left.open.is_empty() || !right.open.is_empty();
    let why = "the columns of a `union` are not known by their places";
    let columns = left.columns.iter().enumerate().map(|(i, column)| {
        let value = match right.columns.get(i) {
            _ if !is_union => column.value.clone(),
            Some(other) if !is_open => column.value.or(&other.value),
            _ => column.value.with_gap(why),
        };
        Column {
            value,
            ..column.clone()
        }
    });
    let open = left
        .open
        .iter()
        .chain(is_union.then_some(&right.open).into_iter().flatten());
    let open = open.map(|open| Open {
        why: open.why.clone().or_else(|| is_union.then(|| why.into())),
        made: open.made.clone().filter(|_| !is_union),
        ..open.clone()
    });
    (columns.collect(), open.collect())
}

/// Puts the columns of two queries together by their names.
fn by_name(left: &Relation, right: &Relation, resolver: &Resolver<'_>) -> (Vec<Column>, Vec<Open>) {
    let other_value = |relation: &Relation, name: &Name| match relation.find(name) {
        Found::Column(column) => Some(column.value.clone()),
        Found::Open(open) => {
            let values = open.iter().map(|open| resolver.open_value(open, name));
            values.reduce(|one, other| one.or(&other))
        }
        Found::Nothing => None,
    };
    let mut columns: Vec<Column> = Vec::with_capacity(left.columns.len());
    for column in &left.columns {
        let value = match other_value(right, &column.name) {
            Some(other) => column.value.or(&other),
            None => column.value.clone(),
        };
        columns.push(Column {
            value,
            ..column.clone()
        });
    }
    for column in &right.columns {
        if left.column(&column.name).is_some() {
            continue;
        }
        let value = match other_value(left, &column.name) {
            Some(other) => other.or(&column.value),
            None => column.value.clone(),
        };
        columns.push(Column {
            value,
            ..column.clone()
        });
    }
    let open = left.open.iter().chain(&right.open).cloned().collect();
    (columns, open)
}

/// What a round of a recursive query has found.
fn links(relation: &Relation) -> u64 {
    let of_columns = relation.columns.iter().map(|column| {
        let links = column.value.links().iter();
        links
            .map(|link| (link.source, link.kind))
            .collect::<Vec<_>>()
    });
    let rows = relation
        .rows
        .links()
        .iter()
        .map(|link| (link.source, link.kind));
    meaning_of((of_columns.collect::<Vec<_>>(), rows.collect::<Vec<_>>()))
}
