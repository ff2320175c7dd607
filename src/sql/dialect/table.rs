//! What stands in a `from`.

use sqlparser::ast::{self, JoinConstraint, JoinOperator, ObjectName, TableFactor};

use super::Reader;
use crate::sql::tree::{
    At, Body, Expr, ExprKind, Function, Join, JoinForm, JoinKind, Name, Query, TableKind,
    TableName, TableRef,
};

impl Reader<'_> {
    pub(super) fn joined(&self, table: &ast::TableWithJoins) -> TableRef {
        let first = self.table(&table.relation);
        table
            .joins
            .iter()
            .fold(first, |left, join| self.join(left, join))
    }

    fn join(&self, left: TableRef, join: &ast::Join) -> TableRef {
        use JoinKind::{Anti, Full, Inner, Left, Right, Semi};
        let mut form = JoinForm::Regular;
        let mut more = None;
        let (kind, constraint) = match &join.join_operator {
            JoinOperator::Join(on) | JoinOperator::Inner(on) => (Inner, Some(on)),
            JoinOperator::StraightJoin(on) => (Inner, Some(on)),
            JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (Left, Some(on)),
            JoinOperator::Right(on) | JoinOperator::RightOuter(on) => (Right, Some(on)),
            JoinOperator::FullOuter(on) => (Full, Some(on)),
            JoinOperator::Semi(on) | JoinOperator::LeftSemi(on) => (Semi, Some(on)),
            JoinOperator::Anti(on) | JoinOperator::LeftAnti(on) => (Anti, Some(on)),
            JoinOperator::CrossJoin(on) => (Inner, Some(on)),
            JoinOperator::CrossApply => (Inner, None),
            JoinOperator::OuterApply => (Left, None),
            JoinOperator::AsOf {
                match_condition,
                constraint,
            } => {
                form = JoinForm::Asof;
                more = Some(self.expr(match_condition));
                (Inner, Some(constraint))
            }
            _ => {
                return TableRef {
                    kind: TableKind::Unknown,
                    ..TableRef::default()
                };
            }
        };
        let mut using = Vec::new();
        let mut condition = None;
        match constraint {
            Some(JoinConstraint::On(on)) => condition = Some(self.expr(on)),
            Some(JoinConstraint::Using(names)) => {
                using = names.iter().filter_map(last_part).collect();
            }
            Some(JoinConstraint::Natural) => form = JoinForm::Natural,
            Some(JoinConstraint::None) | None if form == JoinForm::Regular => {
                form = JoinForm::Cross;
            }
            _ => {}
        }
        let condition = match (condition, more) {
            (Some(one), Some(other)) => Some(Expr::new(
                ExprKind::Operator {
                    operator: crate::sql::tree::Operator::And,
                    operands: vec![one, other],
                },
                At(None),
            )),
            (one, other) => one.or(other),
        };
        TableRef {
            kind: TableKind::Join(Box::new(Join {
                left,
                right: self.table(&join.relation),
                kind,
                form,
                using,
                condition,
            })),
            at: self.at(join),
            ..TableRef::default()
        }
    }

    fn table(&self, table: &TableFactor) -> TableRef {
        let (kind, alias) = match table {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => (TableKind::Table(table_name(name)), alias),
            TableFactor::Table {
                name,
                alias,
                args: Some(arguments),
                with_ordinality,
                ..
            } => (
                self.function(name, &arguments.args, *with_ordinality),
                alias,
            ),
            TableFactor::Function {
                name,
                args,
                with_ordinality,
                alias,
                ..
            } => (self.function(name, args, *with_ordinality), alias),
            TableFactor::Derived {
                subquery, alias, ..
            } => (TableKind::Subquery(Box::new(self.query(subquery))), alias),
            TableFactor::TableFunction { expr, alias } => (
                TableKind::Function {
                    call: Box::new(self.expr(expr)),
                    has_ordinality: false,
                },
                alias,
            ),
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_ordinality,
                with_offset,
                ..
            } => {
                let call = Function {
                    catalog: None,
                    schema: None,
                    name: "unnest".into(),
                    arguments: array_exprs.iter().map(|expr| self.expr(expr)).collect(),
                    is_operator: false,
                    is_distinct: false,
                    filter: None,
                    order: Vec::new(),
                };
                let call = Expr::new(ExprKind::Function(Box::new(call)), self.at(table));
                let kind = TableKind::Function {
                    call: Box::new(call),
                    has_ordinality: *with_ordinality || *with_offset,
                };
                (kind, alias)
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                let joined = self.joined(table_with_joins);
                if alias.is_none() {
                    return joined;
                }
                (joined.kind, alias)
            }
            _ => (TableKind::Unknown, &None),
        };
        let columns = alias.iter().flat_map(|alias| &alias.columns);
        TableRef {
            kind,
            alias: alias.as_ref().map(|alias| alias.name.value.as_str().into()),
            column_aliases: columns
                .map(|column| column.name.value.as_str().into())
                .collect(),
            sample: None,
            at: self.at(table),
        }
    }

    fn function(
        &self,
        name: &ObjectName,
        arguments: &[ast::FunctionArg],
        has_ordinality: bool,
    ) -> TableKind {
        let call = Function {
            catalog: None,
            schema: None,
            name: last_part(name).unwrap_or_default().to_lowercase().into(),
            arguments: self.arguments(arguments),
            is_operator: false,
            is_distinct: false,
            filter: None,
            order: Vec::new(),
        };
        TableKind::Function {
            call: Box::new(Expr::new(ExprKind::Function(Box::new(call)), self.at(name))),
            has_ordinality,
        }
    }
}

pub(super) fn last_part(name: &ObjectName) -> Option<Name> {
    let part = name.0.last()?.as_ident()?;
    Some(part.value.as_str().into())
}

pub(super) fn table_name(name: &ObjectName) -> TableName {
    let mut parts = name.0.iter().rev();
    let mut part = || {
        let ident = parts.next()?.as_ident()?;
        Some(Name::from(ident.value.as_str()))
    };
    TableName {
        name: part().unwrap_or_default(),
        schema: part(),
        catalog: part(),
        version: None,
    }
}

/// Tells whether a query's own `from` reads a table of a name.
pub(super) fn reads(query: &Query, name: &str) -> bool {
    match &query.body {
        Body::Select(select) => table_reads(&select.from, name),
        Body::SetOperation(operation) => {
            reads(&operation.left, name) || reads(&operation.right, name)
        }
        Body::Recursive(_) | Body::Unknown => false,
    }
}

fn table_reads(table: &TableRef, name: &str) -> bool {
    match &table.kind {
        TableKind::Table(table) => table.schema.is_none() && table.name.eq_ignore_ascii_case(name),
        TableKind::Join(join) => table_reads(&join.left, name) || table_reads(&join.right, name),
        TableKind::Subquery(query) => reads(query, name),
        _ => false,
    }
}
