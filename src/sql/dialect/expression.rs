//! Expressions.

use sqlparser::ast::{
    self, AccessExpr, BinaryOperator, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, OrderBySort, Subscript, UnaryOperator, WindowType,
};

use super::Reader;
use crate::sql::tree::{
    At, Expr, ExprKind, Function, Literal, Operator, OrderItem, Subquery, SubqueryKind, Window,
};

impl Reader<'_> {
    pub(super) fn expr(&self, expr: &ast::Expr) -> Expr {
        if let ast::Expr::Nested(inner) = expr {
            return self.expr(inner);
        }
        let at = self.at(expr);
        let kind = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.kind(expr));
        Expr::new(kind, at)
    }

    fn boxed(&self, expr: &ast::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn kind(&self, expr: &ast::Expr) -> ExprKind {
        use ast::Expr as E;
        match expr {
            E::Identifier(name) => ExprKind::Column(vec![name.value.as_str().into()]),
            E::CompoundIdentifier(parts) => ExprKind::Column(
                parts
                    .iter()
                    .map(|part| part.value.as_str().into())
                    .collect(),
            ),
            E::CompoundFieldAccess { root, access_chain } => {
                let root = self.expr(root);
                let done = access_chain
                    .iter()
                    .fold(root, |of, access| self.access(of, access));
                done.kind
            }
            E::Value(value) => ExprKind::Literal(literal(&value.value)),
            E::TypedString(text) => ExprKind::Literal(literal(&text.value.value)),
            E::Interval(interval) => self.call("interval", [&*interval.value]),
            E::IsNull(of) => self.operation(Operator::IsNull, [&**of]),
            E::IsNotNull(of) => self.operation(Operator::IsNotNull, [&**of]),
            E::IsTrue(of) | E::IsNotTrue(of) | E::IsFalse(of) | E::IsNotFalse(of) => {
                self.call("is_true", [&**of])
            }
            E::IsDistinctFrom(left, right) => self.comparison("is distinct from", left, right),
            E::IsNotDistinctFrom(left, right) => {
                self.comparison("is not distinct from", left, right)
            }
            E::InList {
                expr,
                list,
                negated,
            } => {
                let operator = if *negated {
                    Operator::NotIn
                } else {
                    Operator::In
                };
                self.operation(operator, std::iter::once(&**expr).chain(list))
            }
            E::InSubquery { expr, subquery, .. } => {
                self.subquery(SubqueryKind::Any, Some(expr), subquery)
            }
            E::Between {
                expr, low, high, ..
            } => self.operation(Operator::Between, [&**expr, &**low, &**high]),
            E::BinaryOp { left, op, right } => self.binary(left, op, right),
            E::Like { expr, pattern, .. } => self.call("~~", [&**expr, &**pattern]),
            E::ILike { expr, pattern, .. } => self.call("~~*", [&**expr, &**pattern]),
            E::SimilarTo { expr, pattern, .. } | E::RLike { expr, pattern, .. } => {
                self.call("regexp_full_match", [&**expr, &**pattern])
            }
            E::AnyOp { left, right, .. } | E::AllOp { left, right, .. } => match &**right {
                E::Subquery(query) => self.subquery(SubqueryKind::Any, Some(left), query),
                right => self.call("any", [&**left, right]),
            },
            E::UnaryOp { op, expr } => match op {
                UnaryOperator::Not => self.operation(Operator::Not, [&**expr]),
                op => self.call(&op.to_string(), [&**expr]),
            },
            E::Cast {
                kind,
                expr,
                data_type,
                ..
            } => ExprKind::Cast {
                expr: self.boxed(expr),
                data_type: data_type.to_string().into(),
                is_try: matches!(kind, ast::CastKind::TryCast | ast::CastKind::SafeCast),
            },
            E::Convert {
                expr,
                data_type: Some(data_type),
                is_try,
                ..
            } => ExprKind::Cast {
                expr: self.boxed(expr),
                data_type: data_type.to_string().into(),
                is_try: *is_try,
            },
            E::AtTimeZone {
                timestamp,
                time_zone,
            } => self.call("timezone", [&**time_zone, &**timestamp]),
            E::Extract { field, expr, .. } => self.call(&format!("extract {field}"), [&**expr]),
            E::Ceil { expr, .. } => self.call("ceil", [&**expr]),
            E::Floor { expr, .. } => self.call("floor", [&**expr]),
            E::Position { expr, r#in } => self.call("position", [&**r#in, &**expr]),
            E::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                let more = [substring_from, substring_for].into_iter().flatten();
                let parts = std::iter::once(expr).chain(more).map(|part| &**part);
                self.call("substring", parts)
            }
            E::Trim {
                expr, trim_what, ..
            } => {
                let parts = std::iter::once(expr).chain(trim_what).map(|part| &**part);
                self.call("trim", parts)
            }
            E::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                let parts = [expr, overlay_what, overlay_from]
                    .into_iter()
                    .chain(overlay_for);
                self.call("overlay", parts.map(|part| &**part))
            }
            E::Collate { expr, .. } => self.operation(Operator::Collate, [&**expr]),
            E::Prefixed { value, .. } => self.expr(value).kind,
            E::Named { expr, .. } | E::Prior(expr) | E::OuterJoin(expr) => self.expr(expr).kind,
            E::Function(function) => self.function_call(function),
            E::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                let branches = conditions.iter().map(|branch| {
                    let when = self.expr(&branch.condition);
                    let when = match operand {
                        None => when,
                        Some(operand) => {
                            let at = when.at;
                            let kind = ExprKind::Comparison {
                                operator: "=",
                                left: self.boxed(operand),
                                right: Box::new(when),
                            };
                            Expr::new(kind, at)
                        }
                    };
                    (when, self.expr(&branch.result))
                });
                ExprKind::Case {
                    branches: branches.collect(),
                    otherwise: else_result.as_ref().map(|expr| self.boxed(expr)),
                }
            }
            E::Exists { subquery, negated } => {
                let kind = if *negated {
                    SubqueryKind::NotExists
                } else {
                    SubqueryKind::Exists
                };
                self.subquery(kind, None, subquery)
            }
            E::Subquery(query) => self.subquery(SubqueryKind::Scalar, None, query),
            E::Tuple(parts) => self.call("row", parts),
            E::Array(array) => self.operation(Operator::List, &array.elem),
            E::Struct { values, .. } => self.call("struct", values),
            E::Dictionary(fields) => {
                let arguments = fields.iter().map(|field| Expr {
                    alias: Some(field.key.value.as_str().into()),
                    ..self.expr(&field.value)
                });
                called("struct_pack", arguments.collect())
            }
            E::Map(map) => {
                let entries = map.entries.iter();
                self.call(
                    "map",
                    entries.flat_map(|entry| [&*entry.key, &*entry.value]),
                )
            }
            _ => ExprKind::Unknown,
        }
    }

    fn call<'e>(&self, name: &str, parts: impl IntoIterator<Item = &'e ast::Expr>) -> ExprKind {
        called(
            name,
            parts.into_iter().map(|part| self.expr(part)).collect(),
        )
    }

    fn operation<'e>(
        &self,
        operator: Operator,
        parts: impl IntoIterator<Item = &'e ast::Expr>,
    ) -> ExprKind {
        ExprKind::Operator {
            operator,
            operands: parts.into_iter().map(|part| self.expr(part)).collect(),
        }
    }

    fn comparison(&self, operator: &'static str, left: &ast::Expr, right: &ast::Expr) -> ExprKind {
        ExprKind::Comparison {
            operator,
            left: self.boxed(left),
            right: self.boxed(right),
        }
    }

    fn binary(&self, left: &ast::Expr, op: &BinaryOperator, right: &ast::Expr) -> ExprKind {
        let operator = match op {
            BinaryOperator::And => return self.operation(Operator::And, [left, right]),
            BinaryOperator::Or => return self.operation(Operator::Or, [left, right]),
            BinaryOperator::Eq => "=",
            BinaryOperator::NotEq => "<>",
            BinaryOperator::Lt => "<",
            BinaryOperator::Gt => ">",
            BinaryOperator::LtEq => "<=",
            BinaryOperator::GtEq => ">=",
            op => {
                let ExprKind::Function(mut function) = self.call(&op.to_string(), [left, right])
                else {
                    return ExprKind::Unknown;
                };
                function.is_operator = true;
                return ExprKind::Function(function);
            }
        };
        self.comparison(operator, left, right)
    }

    fn access(&self, of: Expr, access: &AccessExpr) -> Expr {
        let at = of.at;
        let (operator, operands) = match access {
            AccessExpr::Dot(ast::Expr::Identifier(field)) => {
                let field = Literal::Text(field.value.as_str().into());
                let field = Expr::new(ExprKind::Literal(field), At(None));
                (Operator::Field, vec![of, field])
            }
            AccessExpr::Dot(_) => return Expr::new(ExprKind::Unknown, at),
            AccessExpr::Subscript(Subscript::Index { index }) => {
                (Operator::Element, vec![of, self.expr(index)])
            }
            AccessExpr::Subscript(Subscript::Slice {
                lower_bound,
                upper_bound,
                stride,
            }) => {
                let bounds = [lower_bound, upper_bound, stride].into_iter().flatten();
                let bounds = bounds.map(|bound| self.expr(bound));
                (Operator::Slice, std::iter::once(of).chain(bounds).collect())
            }
        };
        Expr::new(ExprKind::Operator { operator, operands }, at)
    }

    fn subquery(
        &self,
        kind: SubqueryKind,
        operand: Option<&ast::Expr>,
        query: &ast::Query,
    ) -> ExprKind {
        ExprKind::Subquery(Box::new(Subquery {
            kind,
            operand: operand.map(|operand| self.expr(operand)),
            operator: "=",
            query: self.query(query),
        }))
    }

    fn function_call(&self, call: &ast::Function) -> ExprKind {
        let mut function = Function {
            catalog: None,
            schema: None,
            name: super::table::last_part(&call.name)
                .unwrap_or_default()
                .to_lowercase()
                .into(),
            arguments: Vec::new(),
            is_operator: false,
            is_distinct: false,
            filter: call.filter.as_ref().map(|filter| self.boxed(filter)),
            order: self.order(&call.within_group),
        };
        match &call.args {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(query) => {
                let kind = self.subquery(SubqueryKind::Scalar, None, query);
                function.arguments.push(Expr::new(kind, At(None)));
            }
            FunctionArguments::List(list) => {
                function.arguments = self.arguments(&list.args);
                function.is_distinct =
                    list.duplicate_treatment == Some(ast::DuplicateTreatment::Distinct);
                for clause in &list.clauses {
                    match clause {
                        FunctionArgumentClause::OrderBy(items) => {
                            function.order.extend(self.order(items));
                        }
                        FunctionArgumentClause::Where(filter) => {
                            function.filter = Some(self.boxed(filter));
                        }
                        _ => {}
                    }
                }
            }
        }
        if &*function.name == "count" && function.arguments.is_empty() {
            function.name = "count_star".into();
        }
        let spec = match &call.over {
            None => return ExprKind::Function(Box::new(function)),
            Some(WindowType::WindowSpec(spec)) => spec.clone(),
            Some(WindowType::NamedWindow(name)) => ast::WindowSpec {
                window_name: Some(name.clone()),
                partition_by: Vec::new(),
                order_by: Vec::new(),
                window_frame: None,
            },
        };
        let mut window = self.window(function, &spec);
        if let Some(named) = spec
            .window_name
            .and_then(|name| self.named_window(&name.value))
        {
            // `over (w order by a)` adds to what the name stands for.
            let named = self.window(window.function.clone(), &named);
            window.partition.extend(named.partition);
            window.order.extend(named.order);
        }
        ExprKind::Window(Box::new(window))
    }

    fn window(&self, function: Function, spec: &ast::WindowSpec) -> Window {
        let frame = spec.window_frame.as_ref();
        Window {
            function,
            ignores_nulls: false,
            partition: spec
                .partition_by
                .iter()
                .map(|expr| self.expr(expr))
                .collect(),
            order: self.order(&spec.order_by),
            frame: frame
                .map(|frame| format!("{frame:?}"))
                .unwrap_or_default()
                .into(),
            bounds: Vec::new(),
        }
    }

    pub(super) fn arguments(&self, arguments: &[FunctionArg]) -> Vec<Expr> {
        let arguments = arguments.iter().filter_map(|argument| {
            let (name, argument) = match argument {
                FunctionArg::Named { name, arg, .. } => (Some(name.value.as_str().into()), arg),
                FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg) => (None, arg),
            };
            match argument {
                FunctionArgExpr::Expr(expr) => Some(Expr {
                    alias: name,
                    ..self.expr(expr)
                }),
                // `count(*)` takes no column.
                FunctionArgExpr::QualifiedWildcard(_)
                | FunctionArgExpr::Wildcard
                | FunctionArgExpr::WildcardWithOptions(_) => None,
            }
        });
        arguments.collect()
    }

    pub(super) fn order(&self, items: &[ast::OrderByExpr]) -> Vec<OrderItem> {
        let items = items.iter().map(|item| OrderItem {
            expr: self.expr(&item.expr),
            is_descending: is_descending(&item.options),
            nulls_first: item.options.nulls_first,
        });
        items.collect()
    }
}

pub(super) fn is_descending(options: &ast::OrderByOptions) -> Option<bool> {
    Some(match options.sort.as_ref()? {
        OrderBySort::Asc => false,
        OrderBySort::Desc => true,
        OrderBySort::Using(_) => return None,
    })
}

fn called(name: &str, arguments: Vec<Expr>) -> ExprKind {
    ExprKind::Function(Box::new(Function {
        catalog: None,
        schema: None,
        name: name.into(),
        arguments,
        is_operator: false,
        is_distinct: false,
        filter: None,
        order: Vec::new(),
    }))
}

fn literal(value: &ast::Value) -> Literal {
    match value {
        ast::Value::Null => Literal::Null,
        ast::Value::Boolean(truth) => Literal::Bool(*truth),
        ast::Value::Number(digits, _) => Literal::Number(digits.as_str().into()),
        ast::Value::SingleQuotedString(text) => Literal::Text(text.as_str().into()),
        other => Literal::Other(other.to_string().into()),
    }
}
