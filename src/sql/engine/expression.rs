//! Expressions.

use serde::{Deserialize, Deserializer};

use super::literal::{RawType, RawValue};
use super::query::RawStatement;
use super::{name, names, place, with_stack};
use crate::sql::tree::{
    At, Expr, ExprKind, Function, Literal, Operator, OrderItem, Star, Subquery, SubqueryKind,
    Window,
};

#[derive(Deserialize, Default, Clone, Copy)]
enum Class {
    #[serde(rename = "COLUMN_REF")]
    Column,
    #[serde(rename = "STAR")]
    Star,
    #[serde(rename = "CONSTANT")]
    Constant,
    #[serde(rename = "FUNCTION")]
    Function,
    #[serde(rename = "WINDOW")]
    Window,
    #[serde(rename = "CAST")]
    Cast,
    #[serde(rename = "CASE")]
    Case,
    #[serde(rename = "COMPARISON")]
    Comparison,
    #[serde(rename = "CONJUNCTION")]
    Conjunction,
    #[serde(rename = "BETWEEN")]
    Between,
    #[serde(rename = "OPERATOR")]
    Operator,
    #[serde(rename = "SUBQUERY")]
    Subquery,
    #[serde(rename = "LAMBDA")]
    Lambda,
    #[serde(rename = "POSITIONAL_REFERENCE")]
    Position,
    #[serde(rename = "PARAMETER")]
    Parameter,
    #[serde(rename = "COLLATE")]
    Collate,
    #[default]
    #[serde(other)]
    Other,
}

/// Any of the engine's expressions. What few of them have is kept elsewhere: there are many, and each is
/// moved several times while it is read.
#[derive(Deserialize)]
struct RawExpr {
    #[serde(default)]
    class: Class,
    #[serde(rename = "type", default)]
    expr_type: String,
    #[serde(default)]
    alias: Option<String>,
    #[serde(default, deserialize_with = "place")]
    query_location: At,
    #[serde(default)]
    children: Vec<Expr>,
    #[serde(default)]
    child: Option<Box<Expr>>,
    #[serde(default)]
    left: Option<Box<Expr>>,
    #[serde(default)]
    right: Option<Box<Expr>>,
    #[serde(default)]
    expr: Option<Box<Expr>>,
    #[serde(default)]
    column_names: Vec<String>,
    #[serde(default)]
    value: Option<Box<RawValue>>,
    #[serde(default)]
    index: usize,
    // Of a star.
    #[serde(default)]
    relation_name: Option<String>,
    #[serde(default)]
    exclude_list: Vec<String>,
    #[serde(default)]
    qualified_exclude_list: Vec<RawName>,
    #[serde(default)]
    replace_list: Vec<Pair<String, Expr>>,
    #[serde(default)]
    rename_list: Vec<Pair<RawName, String>>,
    #[serde(default)]
    columns: bool,
    // Of a call.
    #[serde(default)]
    catalog: Option<String>,
    #[serde(default)]
    schema: Option<String>,
    #[serde(default)]
    function_name: String,
    #[serde(default)]
    is_operator: bool,
    #[serde(default)]
    distinct: bool,
    #[serde(default)]
    filter: Option<Box<Expr>>,
    #[serde(default)]
    order_bys: Option<Orders>,
    // Of a window.
    #[serde(default)]
    partitions: Vec<Expr>,
    #[serde(default)]
    orders: Vec<RawOrder>,
    #[serde(default)]
    arg_orders: Vec<RawOrder>,
    #[serde(default)]
    filter_expr: Option<Box<Expr>>,
    #[serde(default)]
    ignore_nulls: bool,
    #[serde(default)]
    start: String,
    #[serde(default)]
    end: String,
    #[serde(default)]
    exclude_clause: String,
    #[serde(default)]
    start_expr: Option<Box<Expr>>,
    #[serde(default)]
    end_expr: Option<Box<Expr>>,
    #[serde(default)]
    offset_expr: Option<Box<Expr>>,
    #[serde(default)]
    default_expr: Option<Box<Expr>>,
    // Of a cast, a case, a between, a lambda, a collation.
    #[serde(default)]
    cast_type: Option<Box<RawType>>,
    #[serde(default)]
    try_cast: bool,
    #[serde(default)]
    case_checks: Vec<Check>,
    #[serde(default)]
    else_expr: Option<Box<Expr>>,
    #[serde(default)]
    input: Option<Box<Expr>>,
    #[serde(default)]
    lower: Option<Box<Expr>>,
    #[serde(default)]
    upper: Option<Box<Expr>>,
    #[serde(default)]
    lhs: Option<Box<Expr>>,
    #[serde(default)]
    collation: String,
    // Of a subquery.
    #[serde(default)]
    subquery: Option<Box<RawStatement>>,
    #[serde(default)]
    subquery_type: String,
    #[serde(default)]
    comparison_type: String,
}

#[derive(Deserialize)]
struct RawName {
    #[serde(default)]
    table: Option<String>,
    column: String,
}

#[derive(Deserialize)]
struct Pair<K, V> {
    key: K,
    value: V,
}

#[derive(Deserialize, Default)]
struct Orders {
    #[serde(default)]
    orders: Vec<RawOrder>,
}

#[derive(Deserialize)]
pub struct RawOrder {
    #[serde(rename = "type", default)]
    direction: String,
    #[serde(default)]
    null_order: String,
    expression: Expr,
}

#[derive(Deserialize)]
struct Check {
    when_expr: Expr,
    then_expr: Expr,
}

impl From<RawOrder> for OrderItem {
    fn from(raw: RawOrder) -> Self {
        Self {
            expr: raw.expression,
            is_descending: match raw.direction.as_str() {
                "ASCENDING" => Some(false),
                "DESCENDING" => Some(true),
                _ => None,
            },
            nulls_first: match raw.null_order.as_str() {
                "NULLS FIRST" | "NULLS_FIRST" => Some(true),
                "NULLS LAST" | "NULLS_LAST" => Some(false),
                _ => None,
            },
        }
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        with_stack(|| RawExpr::deserialize(deserializer).map(|raw| Expr::from(Box::new(raw))))
    }
}

impl From<Box<RawExpr>> for Expr {
    fn from(mut raw: Box<RawExpr>) -> Self {
        let alias = name(raw.alias.take());
        let at = raw.query_location;
        let kind = kind(*raw).unwrap_or(ExprKind::Unknown);
        if at.0.is_none()
            && let Some((truth, at)) = truth(&kind)
        {
            let kind = ExprKind::Literal(Literal::Bool(truth));
            return Self { kind, alias, at };
        }
        Self { kind, alias, at }
    }
}

/// Returns what `true` and `false` stand for, which come as casts of texts that
/// stand nowhere themselves.
fn truth(kind: &ExprKind) -> Option<(bool, At)> {
    let ExprKind::Cast {
        expr,
        data_type,
        is_try: false,
    } = kind
    else {
        return None;
    };
    match (&expr.kind, &**data_type) {
        (ExprKind::Literal(Literal::Text(text)), "BOOLEAN") => match &**text {
            "t" => Some((true, expr.at)),
            "f" => Some((false, expr.at)),
            _ => None,
        },
        _ => None,
    }
}

/// Returns what an expression is, none when it is not what its class has.
fn kind(mut raw: RawExpr) -> Option<ExprKind> {
    Some(match raw.class {
        Class::Column => ExprKind::Column(names(raw.column_names)),
        Class::Star => ExprKind::Star(Box::new(star(raw))),
        // `t.columns('x')` comes as a function of the schema `t`.
        Class::Function if raw.function_name == "columns" => ExprKind::Star(Box::new(Star {
            relation: name(raw.schema),
            is_columns: true,
            chooser: raw.children.into_iter().next().map(Box::new),
            ..Star::default()
        })),
        Class::Constant => ExprKind::Literal(Literal::from(*raw.value?)),
        Class::Function => ExprKind::Function(Box::new(Function {
            order: orders(raw.order_bys.take().unwrap_or_default().orders),
            filter: raw.filter.take(),
            ..call(&mut raw)
        })),
        Class::Window => ExprKind::Window(Box::new(window(raw))),
        Class::Cast => ExprKind::Cast {
            expr: raw.child?,
            data_type: raw.cast_type?.text().into(),
            is_try: raw.try_cast,
        },
        Class::Case => {
            let checks = raw.case_checks.into_iter();
            ExprKind::Case {
                branches: checks
                    .map(|check| (check.when_expr, check.then_expr))
                    .collect(),
                otherwise: raw.else_expr,
            }
        }
        Class::Comparison => ExprKind::Comparison {
            operator: comparison(&raw.expr_type)?,
            left: raw.left?,
            right: raw.right?,
        },
        Class::Between => ExprKind::Operator {
            operator: Operator::Between,
            operands: vec![*raw.input?, *raw.lower?, *raw.upper?],
        },
        Class::Conjunction | Class::Operator => ExprKind::Operator {
            operator: operator(&raw.expr_type)?,
            operands: raw.children,
        },
        Class::Collate => {
            let collation = ExprKind::Literal(Literal::Text(raw.collation.into()));
            ExprKind::Operator {
                operator: Operator::Collate,
                operands: vec![*raw.child?, Expr::new(collation, At(None))],
            }
        }
        Class::Subquery => subquery(raw)?,
        Class::Lambda => ExprKind::Lambda {
            left: raw.lhs?,
            body: raw.expr?,
        },
        Class::Position => ExprKind::Position(raw.index),
        Class::Parameter => ExprKind::Parameter,
        Class::Other => return None,
    })
}

fn star(raw: RawExpr) -> Star {
    let exclude = raw.exclude_list.into_iter().map(|name| (None, name.into()));
    let qualified = raw.qualified_exclude_list.into_iter();
    let qualified = qualified.map(|excluded| (name(excluded.table), excluded.column.into()));
    let replace = raw.replace_list.into_iter();
    let rename = raw.rename_list.into_iter();
    Star {
        relation: name(raw.relation_name),
        exclude: exclude.chain(qualified).collect(),
        replace: replace.map(|pair| (pair.key.into(), pair.value)).collect(),
        rename: rename
            .map(|pair| (pair.key.column.into(), pair.value.into()))
            .collect(),
        is_columns: raw.columns,
        chooser: raw.expr,
    }
}

/// Takes the parts of a call that functions and windows share.
fn call(raw: &mut RawExpr) -> Function {
    Function {
        catalog: name(raw.catalog.take()),
        schema: name(raw.schema.take()).filter(|schema| **schema != *"main"),
        name: raw.function_name.to_lowercase().into(),
        arguments: std::mem::take(&mut raw.children),
        is_operator: raw.is_operator,
        is_distinct: raw.distinct,
        filter: None,
        order: Vec::new(),
    }
}

fn window(mut raw: RawExpr) -> Window {
    let mut function = Function {
        order: orders(std::mem::take(&mut raw.arg_orders)),
        filter: raw.filter_expr.take(),
        ..call(&mut raw)
    };
    // `lag(x, 2, 'none')`: the engine keeps the last two apart.
    let more = [raw.offset_expr, raw.default_expr];
    function
        .arguments
        .extend(more.into_iter().flatten().map(|more| *more));
    let bounds = [raw.start_expr, raw.end_expr];
    Window {
        function,
        ignores_nulls: raw.ignore_nulls,
        partition: raw.partitions,
        order: orders(raw.orders),
        frame: format!("{} {} {}", raw.start, raw.end, raw.exclude_clause).into(),
        bounds: bounds.into_iter().flatten().map(|bound| *bound).collect(),
    }
}

fn orders(raw: Vec<RawOrder>) -> Vec<OrderItem> {
    raw.into_iter().map(OrderItem::from).collect()
}

fn subquery(raw: RawExpr) -> Option<ExprKind> {
    let kind = match raw.subquery_type.as_str() {
        "SCALAR" => SubqueryKind::Scalar,
        "EXISTS" => SubqueryKind::Exists,
        "NOT_EXISTS" => SubqueryKind::NotExists,
        "ANY" => SubqueryKind::Any,
        _ => return None,
    };
    Some(ExprKind::Subquery(Box::new(Subquery {
        kind,
        operand: raw.child.map(|operand| *operand),
        operator: comparison(&raw.comparison_type).unwrap_or_default(),
        query: raw.subquery?.node,
    })))
}

fn comparison(expr_type: &str) -> Option<&'static str> {
    Some(match expr_type {
        "COMPARE_EQUAL" => "=",
        "COMPARE_NOTEQUAL" => "<>",
        "COMPARE_LESSTHAN" => "<",
        "COMPARE_GREATERTHAN" => ">",
        "COMPARE_LESSTHANOREQUALTO" => "<=",
        "COMPARE_GREATERTHANOREQUALTO" => ">=",
        "COMPARE_DISTINCT_FROM" => "is distinct from",
        "COMPARE_NOT_DISTINCT_FROM" => "is not distinct from",
        _ => return None,
    })
}

fn operator(expr_type: &str) -> Option<Operator> {
    Some(match expr_type {
        "CONJUNCTION_AND" => Operator::And,
        "CONJUNCTION_OR" => Operator::Or,
        "OPERATOR_NOT" => Operator::Not,
        "COMPARE_BETWEEN" => Operator::Between,
        "COMPARE_IN" => Operator::In,
        "COMPARE_NOT_IN" => Operator::NotIn,
        "OPERATOR_IS_NULL" => Operator::IsNull,
        "OPERATOR_IS_NOT_NULL" => Operator::IsNotNull,
        "OPERATOR_COALESCE" => Operator::Coalesce,
        "ARRAY_EXTRACT" => Operator::Element,
        "ARRAY_SLICE" => Operator::Slice,
        "STRUCT_EXTRACT" => Operator::Field,
        "OPERATOR_TRY" => Operator::Try,
        "GROUPING_FUNCTION" => Operator::Grouping,
        "ARRAY_CONSTRUCTOR" => Operator::List,
        "OPERATOR_UNPACK" => Operator::Unpack,
        _ => return None,
    })
}
