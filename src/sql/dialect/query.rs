//! Queries and selects.

use sqlparser::ast::{
    self, Distinct, GroupByExpr, LimitClause, NamedWindowExpr, OrderByKind, SetExpr, SetQuantifier,
};

use super::Reader;
use crate::sql::tree::{
    At, Body, Cte, Expr, ExprKind, Join, JoinForm, JoinKind, OrderItem, Query, Recursive, Select,
    SetOperation, SetOperator, Star, TableKind, TableRef,
};

impl Reader<'_> {
    pub(super) fn query(&self, query: &ast::Query) -> Query {
        let is_recursive = query.with.as_ref().is_some_and(|with| with.recursive);
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
        let mut own = self.set_expr(&query.body);
        own.ctes = ctes.map(|cte| self.cte(cte, is_recursive)).collect();
        match query.order_by.as_ref().map(|order| &order.kind) {
            Some(OrderByKind::Expressions(items)) => own.order = self.order(items),
            Some(OrderByKind::All(options)) => {
                let star = ExprKind::Star(Box::default());
                own.order = vec![OrderItem {
                    expr: Expr::new(star, At(None)),
                    is_descending: super::expression::is_descending(options),
                    nulls_first: options.nulls_first,
                }];
            }
            None => {}
        }
        own.limit = match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                let offset = offset.as_ref().map(|offset| &offset.value);
                limit
                    .iter()
                    .chain(offset)
                    .map(|expr| self.expr(expr))
                    .collect()
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
                vec![self.expr(limit), self.expr(offset)]
            }
            None => Vec::new(),
        };
        let fetch = query
            .fetch
            .as_ref()
            .and_then(|fetch| fetch.quantity.as_ref());
        own.limit.extend(fetch.map(|expr| self.expr(expr)));
        own
    }

    fn cte(&self, cte: &ast::Cte, is_recursive: bool) -> Cte {
        let name = cte.alias.name.value.as_str();
        let columns = cte.alias.columns.iter();
        let columns: Vec<_> = columns
            .map(|column| column.name.value.as_str().into())
            .collect();
        let mut query = self.query(&cte.query);
        if is_recursive
            && let Body::SetOperation(operation) = &query.body
            && operation.kind == SetOperator::Union
            && super::table::reads(&operation.right, name)
        {
            let recursive = Recursive {
                name: name.into(),
                is_all: operation.is_all,
                columns: columns.clone(),
                first: operation.left.clone(),
                then: operation.right.clone(),
            };
            query.body = Body::Recursive(Box::new(recursive));
        }
        Cte {
            name: name.into(),
            columns,
            query,
            key: Vec::new(),
        }
    }

    fn set_expr(&self, body: &SetExpr) -> Query {
        let body = match body {
            SetExpr::Query(query) => return self.query(query),
            SetExpr::Select(select) => return self.select(select),
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => self.set_operation(left, *op, *set_quantifier, right),
            SetExpr::Values(values) => {
                let rows = values.rows.iter();
                let rows = rows.map(|row| row.content.iter().map(|expr| self.expr(expr)).collect());
                everything(TableKind::Values(rows.collect()))
            }
            SetExpr::Table(table) => match &table.table_name {
                Some(name) => everything(TableKind::Table(crate::sql::tree::TableName {
                    schema: table.schema_name.as_deref().map(Into::into),
                    name: name.as_str().into(),
                    ..Default::default()
                })),
                None => Body::Unknown,
            },
            _ => Body::Unknown,
        };
        Query {
            body,
            ..Query::default()
        }
    }

    fn set_operation(
        &self,
        left: &SetExpr,
        operator: ast::SetOperator,
        quantifier: SetQuantifier,
        right: &SetExpr,
    ) -> Body {
        let (left, right) = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || {
            (self.set_expr(left), self.set_expr(right))
        });
        Body::SetOperation(Box::new(SetOperation {
            kind: match operator {
                ast::SetOperator::Union => SetOperator::Union,
                ast::SetOperator::Intersect => SetOperator::Intersect,
                ast::SetOperator::Except | ast::SetOperator::Minus => SetOperator::Except,
            },
            is_all: matches!(quantifier, SetQuantifier::All | SetQuantifier::AllByName),
            is_by_name: matches!(
                quantifier,
                SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName
            ),
            left,
            right,
        }))
    }

    fn select(&self, select: &ast::Select) -> Query {
        let windows = select
            .named_window
            .iter()
            .filter_map(|named| match &named.1 {
                NamedWindowExpr::WindowSpec(spec) => Some((named.0.value.clone(), spec.clone())),
                NamedWindowExpr::NamedWindow(_) => None,
            });
        self.windows.borrow_mut().push(windows.collect());
        let mut items: Vec<Expr> = select.projection.iter().map(|i| self.item(i)).collect();
        if items.is_empty() {
            // `from t` alone.
            items.push(Expr::new(ExprKind::Star(Box::default()), At(None)));
        }
        let mut from = select.from.iter().map(|table| self.joined(table));
        let first = from.next().unwrap_or_default();
        let from = from.fold(first, |left, right| TableRef {
            kind: TableKind::Join(Box::new(Join {
                left,
                right,
                kind: JoinKind::Inner,
                form: JoinForm::Cross,
                using: Vec::new(),
                condition: None,
            })),
            ..TableRef::default()
        });
        let (group, is_grouped_by_all) = match &select.group_by {
            GroupByExpr::All(_) => (Vec::new(), true),
            GroupByExpr::Expressions(keys, _) => (self.group_keys(keys), false),
        };
        let own = Select {
            items,
            from,
            filter: select.selection.as_ref().map(|expr| self.expr(expr)),
            group,
            group_sets: Vec::new(),
            is_grouped_by_all,
            having: select.having.as_ref().map(|expr| self.expr(expr)),
            qualify: select.qualify.as_ref().map(|expr| self.expr(expr)),
        };
        let distinct_on = match &select.distinct {
            Some(Distinct::On(keys)) => keys.iter().map(|expr| self.expr(expr)).collect(),
            _ => Vec::new(),
        };
        self.windows.borrow_mut().pop();
        Query {
            is_distinct: matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_))),
            distinct_on,
            body: Body::Select(Box::new(own)),
            ..Query::default()
        }
    }

    fn item(&self, item: &ast::SelectItem) -> Expr {
        match item {
            ast::SelectItem::UnnamedExpr(expr) => self.expr(expr),
            ast::SelectItem::ExprWithAlias { expr, alias } => Expr {
                alias: Some(alias.value.as_str().into()),
                ..self.expr(expr)
            },
            ast::SelectItem::Wildcard(options) => self.star(None, options),
            ast::SelectItem::QualifiedWildcard(
                ast::SelectItemQualifiedWildcardKind::ObjectName(name),
                options,
            ) => self.star(super::table::last_part(name), options),
            other => Expr::new(ExprKind::Unknown, self.at(other)),
        }
    }

    fn star(&self, relation: Option<Box<str>>, options: &ast::WildcardAdditionalOptions) -> Expr {
        let exclude = match &options.opt_exclude {
            Some(ast::ExcludeSelectItem::Single(name)) => vec![name],
            Some(ast::ExcludeSelectItem::Multiple(names)) => names.iter().collect(),
            None => Vec::new(),
        };
        let exclude = exclude.into_iter().filter_map(super::table::last_part);
        let except = options.opt_except.iter().flat_map(|except| {
            std::iter::once(&except.first_element).chain(&except.additional_elements)
        });
        let except = except.map(|name| name.value.as_str().into());
        let replace = options
            .opt_replace
            .iter()
            .flat_map(|replace| &replace.items);
        let rename = match &options.opt_rename {
            Some(ast::RenameSelectItem::Single(one)) => vec![one],
            Some(ast::RenameSelectItem::Multiple(names)) => names.iter().collect(),
            None => Vec::new(),
        };
        let star = Star {
            relation,
            exclude: exclude.chain(except).map(|name| (None, name)).collect(),
            replace: replace
                .map(|one| (one.column_name.value.as_str().into(), self.expr(&one.expr)))
                .collect(),
            rename: rename
                .into_iter()
                .map(|one| {
                    (
                        one.ident.value.as_str().into(),
                        one.alias.value.as_str().into(),
                    )
                })
                .collect(),
            is_columns: false,
            chooser: None,
        };
        Expr::new(
            ExprKind::Star(Box::new(star)),
            self.at(&options.wildcard_token.0),
        )
    }

    /// Grouping sets, rollups and cubes group by all that is in them.
    fn group_keys(&self, keys: &[ast::Expr]) -> Vec<Expr> {
        let keys = keys.iter().flat_map(|key| match key {
            ast::Expr::GroupingSets(sets) | ast::Expr::Cube(sets) | ast::Expr::Rollup(sets) => {
                sets.iter().flatten().collect::<Vec<_>>()
            }
            key => vec![key],
        });
        keys.map(|key| self.expr(key)).collect()
    }
}

/// `select * from` something.
fn everything(kind: TableKind) -> Body {
    Body::Select(Box::new(Select {
        items: vec![Expr::new(ExprKind::Star(Box::default()), At(None))],
        from: TableRef {
            kind,
            ..TableRef::default()
        },
        ..Select::default()
    }))
}
