//! Statements, queries and what stands around a select.

use serde::{Deserialize, Deserializer};

use super::expression::RawOrder;
use super::{names, with_stack};
use crate::sql::tree::{
    Body, Cte, Expr, OrderItem, Query, Recursive, Select, SetOperation, SetOperator, TableRef,
};

#[derive(Deserialize)]
pub struct RawStatement {
    pub node: Query,
}

#[derive(Deserialize, Default)]
enum NodeType {
    #[serde(rename = "SELECT_NODE")]
    Select,
    #[serde(rename = "SET_OPERATION_NODE")]
    SetOperation,
    #[serde(rename = "RECURSIVE_CTE_NODE")]
    Recursive,
    #[serde(rename = "CTE_NODE")]
    Cte,
    #[default]
    #[serde(other)]
    Other,
}

/// Any of the engine's query nodes.
#[derive(Deserialize)]
struct RawQuery {
    #[serde(rename = "type", default)]
    node_type: NodeType,
    #[serde(default)]
    modifiers: Vec<RawModifier>,
    #[serde(default)]
    cte_map: CteMap,
    // Of a select.
    #[serde(default)]
    select_list: Vec<Expr>,
    #[serde(default)]
    from_table: Option<TableRef>,
    #[serde(default)]
    where_clause: Option<Expr>,
    #[serde(default)]
    group_expressions: Vec<Expr>,
    #[serde(default)]
    group_sets: Vec<Vec<usize>>,
    #[serde(default)]
    aggregate_handling: String,
    #[serde(default)]
    having: Option<Expr>,
    #[serde(default)]
    sample: Option<serde_json::Value>,
    #[serde(default)]
    qualify: Option<Expr>,
    // Of a set operation, and of a recursive one.
    #[serde(default)]
    setop_type: String,
    /// Left out when it is so.
    #[serde(default = "yes")]
    setop_all: bool,
    #[serde(default)]
    left: Option<Box<Query>>,
    #[serde(default)]
    right: Option<Box<Query>>,
    #[serde(default)]
    children: Vec<Query>,
    #[serde(default)]
    cte_name: String,
    #[serde(default)]
    union_all: bool,
    #[serde(default)]
    aliases: Vec<String>,
    // Of a materialized common table expression, in older trees.
    #[serde(default)]
    ctename: String,
    #[serde(default)]
    query: Option<Box<Query>>,
    #[serde(default)]
    child: Option<Box<Query>>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize, Default)]
struct CteMap {
    #[serde(default)]
    map: Vec<CteEntry>,
}

#[derive(Deserialize)]
struct CteEntry {
    key: String,
    value: CteValue,
}

#[derive(Deserialize)]
struct CteValue {
    #[serde(default)]
    aliases: Vec<String>,
    query: RawStatement,
    #[serde(default)]
    key_targets: Vec<Expr>,
}

#[derive(Deserialize)]
struct RawModifier {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    distinct_on_targets: Vec<Expr>,
    #[serde(default)]
    orders: Vec<RawOrder>,
    #[serde(default)]
    limit: Option<Expr>,
    #[serde(default)]
    offset: Option<Expr>,
}

impl<'de> Deserialize<'de> for Query {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        with_stack(|| RawQuery::deserialize(deserializer).map(Query::from))
    }
}

impl From<RawQuery> for Query {
    fn from(mut raw: RawQuery) -> Self {
        let modifiers = std::mem::take(&mut raw.modifiers);
        let ctes = std::mem::take(&mut raw.cte_map.map);
        let mut query = match raw.node_type {
            NodeType::Cte => cte_node(raw),
            _ => Self {
                body: body(raw),
                ..Self::default()
            },
        };
        let own = ctes.into_iter().map(|entry| Cte {
            name: entry.key.into(),
            columns: names(entry.value.aliases),
            query: entry.value.query.node,
            key: entry.value.key_targets,
        });
        query.ctes = own.chain(std::mem::take(&mut query.ctes)).collect();
        for modifier in modifiers {
            match modifier.kind.as_str() {
                "DISTINCT_MODIFIER" => {
                    query.is_distinct = true;
                    query.distinct_on = modifier.distinct_on_targets;
                }
                "ORDER_MODIFIER" => {
                    query.order = modifier.orders.into_iter().map(OrderItem::from).collect();
                }
                _ => query
                    .limit
                    .extend(modifier.limit.into_iter().chain(modifier.offset)),
            }
        }
        query
    }
}

/// `with name as materialized (query) child`, as older trees have it.
fn cte_node(raw: RawQuery) -> Query {
    let mut child = raw.child.map(|child| *child).unwrap_or_default();
    let known = child.ctes.iter().any(|cte| *cte.name == *raw.ctename);
    if let Some(query) = raw.query.filter(|_| !known) {
        let cte = Cte {
            name: raw.ctename.into(),
            columns: names(raw.aliases),
            query: *query,
            key: Vec::new(),
        };
        child.ctes.insert(0, cte);
    }
    child
}

fn body(raw: RawQuery) -> Body {
    match raw.node_type {
        NodeType::Select => Body::Select(Box::new(select(raw))),
        NodeType::SetOperation => set_operation(raw),
        NodeType::Recursive => match (raw.left, raw.right) {
            (Some(first), Some(then)) => Body::Recursive(Box::new(Recursive {
                name: raw.cte_name.into(),
                is_all: raw.union_all,
                columns: names(raw.aliases),
                first: *first,
                then: *then,
            })),
            _ => Body::Unknown,
        },
        NodeType::Cte | NodeType::Other => Body::Unknown,
    }
}

fn select(raw: RawQuery) -> Select {
    let mut from = raw.from_table.unwrap_or_default();
    if let Some(sample) = raw.sample {
        from.sample.get_or_insert_with(|| sample.to_string().into());
    }
    Select {
        items: raw.select_list,
        from,
        filter: raw.where_clause,
        group: raw.group_expressions,
        group_sets: raw.group_sets,
        is_grouped_by_all: raw.aggregate_handling == "FORCE_AGGREGATES",
        having: raw.having,
        qualify: raw.qualify,
    }
}

fn set_operation(raw: RawQuery) -> Body {
    let (kind, is_by_name) = match raw.setop_type.as_str() {
        "UNION" => (SetOperator::Union, false),
        "UNION_BY_NAME" => (SetOperator::Union, true),
        "INTERSECT" => (SetOperator::Intersect, false),
        "EXCEPT" => (SetOperator::Except, false),
        _ => return Body::Unknown,
    };
    let branches = raw.left.into_iter().chain(raw.right).map(|query| *query);
    let mut branches = branches.chain(raw.children);
    let Some(first) = branches.next() else {
        return Body::Unknown;
    };
    let joined = branches.fold(first, |left, right| Query {
        body: Body::SetOperation(Box::new(SetOperation {
            kind,
            is_all: raw.setop_all,
            is_by_name,
            left,
            right,
        })),
        ..Query::default()
    });
    joined.body
}
