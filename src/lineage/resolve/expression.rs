//! Where the value of an expression comes from.

use super::{Context, Resolver, function, with_stack};
use crate::lineage::edge::EdgeKind;
use crate::lineage::known::{FunctionBody, KnownFunction};
use crate::lineage::passage::{Passage, Piece, Told};
use crate::lineage::scope::Scope;
use crate::lineage::value::{Value, meaning_of, meanings};
use crate::sql::tree::{
    Expr, ExprKind, Function, Literal, Name, Operator, OrderItem, Subquery, SubqueryKind, Window,
};

impl Resolver<'_> {
    /// Follows an expression.
    pub(super) fn value(&self, expr: &Expr, cx: Context<'_>) -> Value {
        with_stack(|| self.value_here(expr, cx))
    }

    fn value_here(&self, expr: &Expr, cx: Context<'_>) -> Value {
        if let Some(passage) = self.recognised(Piece::Expr(expr)) {
            return self.passed(&passage, EdgeKind::Compute, cx);
        }
        match &expr.kind {
            ExprKind::Column(parts) => self.column(parts, cx),
            ExprKind::Literal(literal) => Value::constant(("literal", literal)),
            ExprKind::Parameter => Value::constant("parameter"),
            ExprKind::Unknown => {
                let why = "this expression cannot be followed";
                Value::unknown(why, (why, expr.at.0))
            }
            ExprKind::Function(function) => self.call(function, cx),
            ExprKind::Window(window) => self.window(window, cx),
            ExprKind::Cast {
                expr,
                data_type,
                is_try,
            } => {
                let value = self.value(expr, cx);
                let meaning = meaning_of(("cast", data_type, is_try, value.meaning()));
                Value::made_of(EdgeKind::Cast, [&value], meaning)
            }
            ExprKind::Case {
                branches,
                otherwise,
            } => {
                let branches = branches.iter().flat_map(|(when, then)| [when, then]);
                let parts = branches.chain(otherwise.as_deref());
                self.made_of("case", parts, cx)
            }
            ExprKind::Comparison {
                operator,
                left,
                right,
            } => {
                let mut values = [self.value(left, cx), self.value(right, cx)];
                self.compare(&mut values, told_by(operator));
                let mut told = meanings(&values);
                if function::is_commutative(operator) {
                    told.sort_unstable();
                }
                let meaning = meaning_of((super::from::operator_meaning(operator), told));
                Value::made_of(EdgeKind::Compute, &values, meaning)
            }
            ExprKind::Operator { operator, operands } => self.operation(*operator, operands, cx),
            ExprKind::Subquery(subquery) => self.subquery(subquery, cx),
            ExprKind::Lambda { left, body } => self.made_of("->", [&**left, &**body], cx),
            ExprKind::Position(place) => {
                let (columns, _) = cx.scope.all_columns();
                let column = place.checked_sub(1).and_then(|place| columns.get(place));
                match column {
                    Some((_, column)) => column.value.clone(),
                    None => Value::unknown("there is no column at this place", place),
                }
            }
            ExprKind::Star(star) => match cx.chosen {
                Some(column) if star.is_columns => column.value.clone(),
                _ => {
                    // `struct_pack(*)` and the like: all columns go in.
                    let values = self.star_values(star, cx);
                    Value::made_of(EdgeKind::Compute, &values, meaning_of(meanings(&values)))
                }
            },
        }
    }

    /// A value made of several expressions by something with a name.
    pub(super) fn made_of<'e>(
        &self,
        what: &str,
        parts: impl IntoIterator<Item = &'e Expr>,
        cx: Context<'_>,
    ) -> Value {
        let values = parts.into_iter().map(|part| self.value(part, cx));
        let values: Vec<Value> = values.collect();
        let meaning = meaning_of((what, meanings(&values)));
        Value::made_of(EdgeKind::Compute, &values, meaning)
    }

    /// An argument of a function; a lambda's parameters are elements of others.
    fn argument(&self, function: &Function, argument: &Expr, cx: Context<'_>) -> Value {
        let ExprKind::Lambda { left, body } = &argument.kind else {
            return self.value(argument, cx);
        };
        if !function::takes_lambda(&function.name) {
            return self.value(argument, cx);
        }
        let parameters = left.parameters();
        let named = parameters.into_iter().enumerate();
        let scope = Scope {
            named: named
                .map(|(i, name)| (name, Value::constant(("parameter", i))))
                .collect(),
            around: Some(cx.scope),
            ..Scope::default()
        };
        self.value(
            body,
            Context {
                scope: &scope,
                ..cx
            },
        )
    }

    fn operation(&self, operator: Operator, operands: &[Expr], cx: Context<'_>) -> Value {
        if matches!(operator, Operator::Element | Operator::Field)
            && let [of, field] = operands
            && let ExprKind::Literal(Literal::Text(field)) = &field.kind
        {
            return Self::field(&self.value(of, cx), field);
        }
        let mut values: Vec<Value> = operands.iter().map(|part| self.value(part, cx)).collect();
        match operator {
            Operator::In => self.compare(&mut values, Told::Value),
            Operator::Between => self.compare(&mut values, Told::Range),
            _ => {}
        }
        let mut told = meanings(&values);
        match operator {
            Operator::And | Operator::Or => told.sort_unstable(),
            Operator::In | Operator::NotIn if told.len() > 1 => told[1..].sort_unstable(),
            _ => {}
        }
        Value::made_of(EdgeKind::Compute, &values, meaning_of((operator, told)))
    }

    /// A field of a struct.
    pub(super) fn field(of: &Value, name: &str) -> Value {
        if let Some(value) = of.field(name) {
            return value;
        }
        let meaning = meaning_of(("field", name.to_ascii_lowercase(), of.meaning()));
        Value::made_of(EdgeKind::Compute, [of], meaning)
    }

    fn call(&self, function: &Function, cx: Context<'_>) -> Value {
        let passage = self.recognised(Piece::Call(function));
        if passage.is_none()
            && let Some(known) = self.known.function(&function.name)
        {
            let arguments = function.arguments.iter().map(|part| self.value(part, cx));
            let arguments: Vec<Value> = arguments.collect();
            return self.own_function(known, &arguments, cx);
        }
        match &*function.name {
            "struct_pack" if function.arguments.iter().all(|field| field.alias.is_some()) => {
                let fields = function.arguments.iter();
                let fields =
                    fields.filter_map(|field| Some((field.alias.clone()?, self.value(field, cx))));
                return Value::of_fields(fields.collect());
            }
            "struct_extract" => {
                if let [of, field] = &function.arguments[..]
                    && let ExprKind::Literal(Literal::Text(field)) = &field.kind
                {
                    return Self::field(&self.value(of, cx), field);
                }
            }
            _ => {}
        }
        if function::is_of_ordered_set(function) {
            // `quantile_cont(0.5) within group (order by a)` takes what it orders.
            let order = function.order.iter().map(|item| item.expr.clone());
            let arguments = order.chain(function.arguments.iter().cloned());
            let of_values = Function {
                arguments: arguments.collect(),
                order: Vec::new(),
                ..function.clone()
            };
            return self.applied(&of_values, EdgeKind::Aggregate, cx);
        }
        let kind = if function::is_aggregate(&function.name) {
            EdgeKind::Aggregate
        } else {
            EdgeKind::Compute
        };
        self.applied(function, kind, cx)
    }

    /// What a function gives for its arguments, with its filter and order.
    fn applied(&self, function: &Function, kind: EdgeKind, cx: Context<'_>) -> Value {
        let mut value = match self.recognised(Piece::Call(function)) {
            Some(passage) => self.passed(&passage, kind, cx),
            None => self.of_arguments(function, kind, cx),
        };
        if let Some(filter) = &function.filter {
            value = self.decided(&value, filter, EdgeKind::Filter, cx);
        }
        self.in_order(value, &function.order, EdgeKind::Order, cx)
    }

    fn of_arguments(&self, function: &Function, kind: EdgeKind, cx: Context<'_>) -> Value {
        let arguments = function.arguments.iter();
        let mut arguments: Vec<Value> = arguments
            .map(|argument| self.argument(function, argument, cx))
            .collect();
        if function::is_search(&function.name) {
            self.compare(&mut arguments, Told::Value);
        }
        let mut told = meanings(&arguments);
        if function::is_commutative(&function.name) {
            told.sort_unstable();
        }
        // Named arguments are told apart by their names.
        let names: Vec<&Option<Name>> = function.arguments.iter().map(|a| &a.alias).collect();
        let names = names.iter().any(|name| name.is_some()).then_some(names);
        let meaning = meaning_of((&function.name, function.is_distinct, told, names));
        Value::made_of(kind, &arguments, meaning)
    }

    fn recognised<'e>(&self, piece: Piece<'e>) -> Option<Passage<'e>> {
        self.known.passages.as_ref()?.recognise(piece)
    }

    /// The value that a passage gives.
    fn passed(&self, passage: &Passage<'_>, kind: EdgeKind, cx: Context<'_>) -> Value {
        let through = passage.through.iter().map(|part| {
            let value = self.value(part, cx);
            value.passed(kind, passage)
        });
        let through: Vec<Value> = through.collect();
        let beside = passage.beside.iter().map(|part| self.value(part, cx));
        let beside: Vec<Value> = beside.collect();
        let meaning = ("passage", passage.number, meanings(&through));
        let meaning = meaning_of((meaning, meanings(&beside)));
        let beside = Value::made_of(kind, &beside, meaning);
        let value = through
            .into_iter()
            .reduce(|one, other| one.or(&other))
            .unwrap_or_else(|| Value::constant(meaning));
        value.with(beside.links(), beside.gap(), meaning)
    }

    /// Notes on values that they are compared with one that is written out.
    fn compare(&self, values: &mut [Value], told: Told) {
        let is_asked = self.known.passages.is_some() && told != Told::Nothing;
        if is_asked && values.iter().any(Value::is_constant) {
            for value in values {
                *value = value.marked(true, |mark| mark.compared = mark.compared.max(told));
            }
        }
    }

    fn window(&self, window: &Window, cx: Context<'_>) -> Value {
        let kind = if function::is_aggregate(&window.function.name) {
            EdgeKind::Aggregate
        } else {
            EdgeKind::Compute
        };
        let mut value = self.applied(&window.function, kind, cx);
        for expr in window.partition.iter().chain(&window.bounds) {
            value = self.decided(&value, expr, EdgeKind::Window, cx);
        }
        value = self.in_order(value, &window.order, EdgeKind::Window, cx);
        let meaning = ("window", &window.frame, window.ignores_nulls);
        value.with(&[], None, meaning_of(meaning))
    }

    fn in_order(
        &self,
        mut value: Value,
        order: &[OrderItem],
        kind: EdgeKind,
        cx: Context<'_>,
    ) -> Value {
        for item in order {
            let is_order = self.known.passages.is_some();
            value = self.decided_by(&value, &item.expr, (kind, is_order), cx);
            if item.is_descending.is_some() || item.nulls_first.is_some() {
                let directions = meaning_of((item.is_descending, item.nulls_first));
                value = value.with(&[], None, directions);
            }
        }
        value
    }

    /// The value with what an expression decides about it.
    fn decided(&self, value: &Value, by: &Expr, kind: EdgeKind, cx: Context<'_>) -> Value {
        self.decided_by(value, by, (kind, false), cx)
    }

    fn decided_by(
        &self,
        value: &Value,
        by: &Expr,
        (kind, is_order): (EdgeKind, bool),
        cx: Context<'_>,
    ) -> Value {
        let mut deciding = self.value(by, cx);
        if is_order {
            deciding = deciding.marked(true, |mark| mark.is_order = true);
        }
        let links = deciding.deciding(kind, by.start());
        let meaning = meaning_of((kind, deciding.meaning()));
        value.with(&links, deciding.gap(), meaning)
    }

    fn subquery(&self, subquery: &Subquery, cx: Context<'_>) -> Value {
        let relation = self.query(&subquery.query, cx.env, Some(cx.scope));
        if matches!(
            subquery.kind,
            SubqueryKind::Exists | SubqueryKind::NotExists
        ) {
            let meaning = ("exists", subquery.kind == SubqueryKind::NotExists);
            return Value::constant(meaning).with_rows(&relation.rows);
        }
        let columns = relation.columns.iter().map(|column| &column.value);
        let mut value = match (subquery.kind, &relation.columns[..]) {
            (SubqueryKind::Scalar, [column]) => column.value.clone(),
            _ => {
                let operand = subquery.operand.as_ref().map(|expr| self.value(expr, cx));
                let mut parts: Vec<Value> = operand.into_iter().chain(columns.cloned()).collect();
                self.compare(&mut parts, told_by(subquery.operator));
                let meaning = ("subquery", subquery.operator, meanings(&parts));
                Value::made_of(EdgeKind::Compute, &parts, meaning_of(meaning))
            }
        };
        if let Some(open) = relation.open.first() {
            let why = open.why.as_deref();
            value = value.with_gap(why.unwrap_or("the columns of a subquery are not known"));
        }
        value.with_rows(&relation.rows)
    }

    /// What a function of the project gives.
    fn own_function(&self, known: &KnownFunction, arguments: &[Value], cx: Context<'_>) -> Value {
        let told = meaning_of((&*known.id, meanings(arguments)));
        match &known.body {
            FunctionBody::Scalar(body) => {
                let scope = Scope::of_function(known, arguments);
                let env = None;
                let inner = Context {
                    env: &env,
                    scope: &scope,
                    chosen: cx.chosen,
                };
                self.value(body, inner)
            }
            FunctionBody::Table(_) | FunctionBody::Opaque => {
                Value::made_of(EdgeKind::Compute, arguments, told)
            }
        }
    }
}

/// What an operator tells of a value that it compares with a known one.
fn told_by(operator: &str) -> Told {
    match operator {
        "=" | "is not distinct from" => Told::Value,
        "<" | ">" | "<=" | ">=" => Told::Range,
        _ => Told::Nothing,
    }
}
