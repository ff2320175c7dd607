//! What stands in a `from`.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::literal::RawValue;
use super::query::RawStatement;
use super::{name, names, place, with_stack};
use crate::sql::pivot::VALUES_OF_ROWS;
use crate::sql::tree::{
    At, Expr, Join, JoinForm, JoinKind, Literal, Pivot, PivotColumn, PivotEntry, TableKind,
    TableName, TableRef, Unpivot, UnpivotEntry,
};

#[derive(Deserialize, Default)]
enum RefType {
    #[serde(rename = "EMPTY")]
    Empty,
    #[serde(rename = "BASE_TABLE")]
    Table,
    #[serde(rename = "SUBQUERY")]
    Subquery,
    #[serde(rename = "JOIN")]
    Join,
    #[serde(rename = "TABLE_FUNCTION")]
    Function,
    #[serde(rename = "EXPRESSION_LIST")]
    Values,
    #[serde(rename = "PIVOT")]
    Pivot,
    #[serde(rename = "SHOW_REF")]
    Show,
    #[default]
    #[serde(other)]
    Other,
}

/// Any of the engine's table references.
#[derive(Deserialize)]
struct RawTable {
    #[serde(rename = "type", default)]
    ref_type: RefType,
    #[serde(default)]
    alias: Option<String>,
    #[serde(default)]
    column_name_alias: Vec<String>,
    #[serde(default)]
    sample: Option<Value>,
    #[serde(default, deserialize_with = "place")]
    query_location: At,
    // Of a table.
    #[serde(default)]
    catalog_name: Option<String>,
    #[serde(default)]
    schema_name: Option<String>,
    #[serde(default)]
    table_name: Option<String>,
    #[serde(default)]
    at_clause: Option<AtClause>,
    // Of a subquery.
    #[serde(default)]
    subquery: Option<RawStatement>,
    // Of a function.
    #[serde(default)]
    function: Option<Box<Expr>>,
    #[serde(default)]
    with_ordinality: Option<String>,
    #[serde(default)]
    values: Vec<Vec<Expr>>,
    // Of a join.
    #[serde(default)]
    left: Option<Box<TableRef>>,
    #[serde(default)]
    right: Option<Box<TableRef>>,
    #[serde(default)]
    condition: Option<Expr>,
    #[serde(default)]
    join_type: Option<String>,
    #[serde(rename = "ref_type", default)]
    join_form: Option<String>,
    #[serde(default)]
    using_columns: Vec<String>,
    // Of a pivot, and of its opposite.
    #[serde(default)]
    source: Option<Box<TableRef>>,
    #[serde(default)]
    aggregates: Vec<Expr>,
    #[serde(default)]
    unpivot_names: Vec<String>,
    #[serde(default)]
    pivots: Vec<RawPivot>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    include_nulls: bool,
}

#[derive(Deserialize)]
struct AtClause {
    #[serde(default)]
    unit: String,
    expr: Expr,
}

#[derive(Deserialize)]
struct RawPivot {
    #[serde(default)]
    pivot_expressions: Vec<Expr>,
    #[serde(default)]
    unpivot_names: Vec<String>,
    #[serde(default)]
    entries: Vec<RawEntry>,
    #[serde(default)]
    pivot_enum: Option<String>,
}

#[derive(Deserialize)]
struct RawEntry {
    #[serde(default)]
    values: Vec<RawValue>,
    #[serde(default)]
    star_expr: Option<Expr>,
    #[serde(default)]
    alias: Option<String>,
}

impl<'de> Deserialize<'de> for TableRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        with_stack(|| RawTable::deserialize(deserializer).map(TableRef::from))
    }
}

impl From<RawTable> for TableRef {
    fn from(mut raw: RawTable) -> Self {
        Self {
            alias: name(raw.alias.take()),
            column_aliases: names(std::mem::take(&mut raw.column_name_alias)),
            sample: raw.sample.take().map(|sample| sample.to_string().into()),
            at: raw.query_location,
            kind: kind(raw),
        }
    }
}

fn kind(raw: RawTable) -> TableKind {
    match raw.ref_type {
        RefType::Empty => TableKind::Nothing,
        RefType::Show => TableKind::Show,
        RefType::Values => TableKind::Values(raw.values),
        RefType::Table => TableKind::Table(TableName {
            catalog: name(raw.catalog_name),
            schema: name(raw.schema_name),
            name: raw.table_name.unwrap_or_default().into(),
            version: raw.at_clause.map(|at| at.text()),
        }),
        RefType::Subquery => match raw.subquery {
            Some(subquery) => TableKind::Subquery(Box::new(subquery.node)),
            None => TableKind::Unknown,
        },
        RefType::Function => match raw.function {
            Some(call) => TableKind::Function {
                call,
                has_ordinality: raw.with_ordinality.as_deref() == Some("WITH_ORDINALITY"),
            },
            None => TableKind::Unknown,
        },
        RefType::Join => {
            join(raw).map_or(TableKind::Unknown, |join| TableKind::Join(Box::new(join)))
        }
        RefType::Pivot if raw.unpivot_names.is_empty() => pivot(raw),
        RefType::Pivot => unpivot(raw),
        RefType::Other => TableKind::Unknown,
    }
}

impl AtClause {
    fn text(&self) -> Box<str> {
        format!("{} {:?}", self.unit, self.expr.kind).into()
    }
}

fn join(raw: RawTable) -> Option<Join> {
    let kind = match raw.join_type.as_deref() {
        None | Some("INNER") => JoinKind::Inner,
        Some("LEFT") => JoinKind::Left,
        Some("RIGHT") => JoinKind::Right,
        Some("FULL" | "OUTER") => JoinKind::Full,
        Some("SEMI") => JoinKind::Semi,
        Some("ANTI") => JoinKind::Anti,
        Some(_) => return None,
    };
    let form = match raw.join_form.as_deref() {
        None | Some("REGULAR") => JoinForm::Regular,
        Some("NATURAL") => JoinForm::Natural,
        Some("CROSS" | "DEPENDENT") => JoinForm::Cross,
        Some("POSITIONAL") => JoinForm::Positional,
        Some("ASOF") => JoinForm::Asof,
        Some(_) => return None,
    };
    Some(Join {
        left: *raw.left?,
        right: *raw.right?,
        kind,
        form,
        using: names(raw.using_columns),
        condition: raw.condition,
    })
}

fn pivot(raw: RawTable) -> TableKind {
    let Some(source) = raw.source else {
        return TableKind::Unknown;
    };
    let columns = raw.pivots.into_iter().map(|pivot| {
        let entries: Vec<PivotEntry> = pivot.entries.into_iter().map(entry).collect();
        let is_told = name(pivot.pivot_enum).is_none() && !entries.iter().any(is_of_rows);
        PivotColumn {
            expressions: pivot.pivot_expressions,
            entries: is_told.then_some(entries),
        }
    });
    TableKind::Pivot(Box::new(Pivot {
        source: *source,
        aggregates: raw.aggregates,
        columns: columns.collect(),
        groups: names(raw.groups),
    }))
}

/// Tells whether an entry stands for what only the rows tell.
fn is_of_rows(entry: &PivotEntry) -> bool {
    let is_it = |value: &Literal| matches!(value, Literal::Text(text) if **text == *VALUES_OF_ROWS);
    entry.values.iter().any(is_it)
}

fn entry(raw: RawEntry) -> PivotEntry {
    PivotEntry {
        values: raw.values.into_iter().map(Literal::from).collect(),
        alias: name(raw.alias),
    }
}

fn unpivot(raw: RawTable) -> TableKind {
    let mut pivots = raw.pivots;
    let (Some(source), Some(pivot)) = (raw.source, pivots.pop()) else {
        return TableKind::Unknown;
    };
    let entries = pivot.entries.into_iter().map(|entry| UnpivotEntry {
        columns: entry.values.into_iter().map(column_name).collect(),
        star: entry.star_expr,
        alias: name(entry.alias),
    });
    TableKind::Unpivot(Box::new(Unpivot {
        source: *source,
        values: names(raw.unpivot_names),
        name: pivot
            .unpivot_names
            .into_iter()
            .next()
            .unwrap_or_default()
            .into(),
        entries: entries.collect(),
        keeps_nulls: raw.include_nulls,
    }))
}

/// The engine gives the columns of an unpivot as texts.
fn column_name(raw: RawValue) -> Box<str> {
    match Literal::from(raw) {
        Literal::Text(text) | Literal::Number(text) | Literal::Other(text) => text,
        Literal::Null | Literal::Bool(_) => Box::default(),
    }
}
