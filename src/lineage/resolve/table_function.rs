//! Functions that stand in a `from`.

use std::rc::Rc;
use std::sync::Arc;

use super::{Context, Env, Resolver};
use crate::lineage::edge::EdgeKind;
use crate::lineage::known::{Dataset, FunctionBody};
use crate::lineage::relation::{Column, Relation};
use crate::lineage::scope::Scope;
use crate::lineage::value::{Rows, Value, meaning_of, meanings};
use crate::sql::tree::{Expr, ExprKind, Function, Literal, TableName, TableRef};

/// The columns of functions that read no tables: all are made of the arguments.
fn own_columns(function: &str) -> Option<&'static [&'static str]> {
    Some(match function {
        "range" => &["range"],
        "generate_series" => &["generate_series"],
        "unnest" => &["unnest"],
        "json_each" | "json_tree" => &[
            "key", "value", "type", "atom", "id", "parent", "fullkey", "path",
        ],
        "regexp_split_to_table" => &["regexp_split_to_table"],
        "generate_subscripts" => &["generate_subscripts"],
        "glob" => &["file"],
        _ => return None,
    })
}

impl Resolver<'_> {
    pub(super) fn table_function<'a>(
        &self,
        call: &'a Expr,
        table: &'a TableRef,
        has_ordinality: bool,
        env: &Env<'a>,
        scope: &Scope<'a>,
    ) -> Rc<Relation> {
        if let Some(dataset) = self.written_at(table) {
            return self.table(dataset);
        }
        let ExprKind::Function(function) = &call.kind else {
            return Self::unknown_relation("this table function cannot be followed");
        };
        let cx = Context {
            env,
            scope,
            chosen: None,
        };
        if &*function.name == "query_table"
            && let [
                Expr {
                    kind: ExprKind::Literal(Literal::Text(name)),
                    ..
                },
            ] = &function.arguments[..]
        {
            let name = TableName {
                name: name.clone(),
                ..TableName::default()
            };
            let cte = self.cte(&name.name, env);
            let dataset = self.known.table(&name);
            if let Some(relation) = cte.or_else(|| dataset.map(|dataset| self.table(dataset))) {
                return relation;
            }
        }
        let arguments = self.arguments(function, cx);
        let relation = self.function_relation(function, table, &arguments);
        if !has_ordinality {
            return relation;
        }
        let mut columns = relation.columns.clone();
        columns.push(Column::new(
            "ordinality".into(),
            Value::constant("ordinality"),
        ));
        let rows = relation.rows.clone();
        Rc::new(Relation::open(columns, relation.open.clone(), rows))
    }

    fn function_relation(
        &self,
        function: &Function,
        table: &TableRef,
        arguments: &[Value],
    ) -> Rc<Relation> {
        if let Some(known) = self.known.function(&function.name) {
            let scope = Scope::of_function(known, arguments);
            return match &known.body {
                FunctionBody::Table(query) => self.query(query, &None, Some(&scope)),
                FunctionBody::Scalar(_) | FunctionBody::Opaque => {
                    Self::unknown_relation("a function whose text is not known")
                }
            };
        }
        let meaning = meaning_of((&function.name, meanings(arguments)));
        let value = Value::made_of(EdgeKind::Compute, arguments, meaning).finished(table.at.0);
        if let Some(names) = own_columns(&function.name) {
            let columns = names.iter().map(|name| {
                let value = value.with(&[], None, meaning_of(name));
                Column::new((*name).into(), value)
            });
            let mut columns: Vec<Column> = columns.collect();
            // `range(3) as r`: the column is called `range`, or as the list of
            // names after the alias says.
            if let Some(fields) = unnested(function, arguments) {
                columns = fields;
            }
            // How many rows there are, and whether any, the arguments say.
            let mut rows = Rows::plain(meaning);
            for argument in arguments {
                rows = rows.decided_by(argument, EdgeKind::Filter, table.at.0);
            }
            return Rc::new(Relation::new(columns, rows));
        }
        if matches!(&*function.name, "query" | "query_table") {
            return Self::unknown_relation("SQL that is made while it runs cannot be followed");
        }
        if arguments.iter().all(|argument| argument.links().is_empty()) {
            // `read_parquet('...')`, `postgres_scan('...', ...)`: something outside.
            return self.table(&Arc::new(Dataset {
                id: self.call_text(function, table).into(),
                schema: None,
            }));
        }
        Self::unknown_relation("the columns of this table function are not known")
    }

    /// Follows the arguments; `header = true` is a named one, not a comparison.
    fn arguments(&self, function: &Function, cx: Context<'_>) -> Vec<Value> {
        let arguments = function.arguments.iter().map(|argument| {
            let argument = match &argument.kind {
                ExprKind::Comparison {
                    operator: "=",
                    left,
                    right,
                } if matches!(left.kind, ExprKind::Column(_)) => right,
                _ => argument,
            };
            self.value(argument, cx)
        });
        arguments.collect()
    }

    /// Returns a call as it is written: what is read is known by it.
    fn call_text(&self, function: &Function, table: &TableRef) -> String {
        let text = table.at.0.and_then(|at| self.sql.get(at as usize..));
        let end = text.and_then(crate::sql::end_of_call);
        match (text, end) {
            (Some(text), Some(end)) => text[..end].to_owned(),
            _ => function.name.to_string(),
        }
    }
}

/// The columns of `unnest(struct, recursive := true)`.
fn unnested(function: &Function, arguments: &[Value]) -> Option<Vec<Column>> {
    if &*function.name != "unnest" || arguments.len() < 2 {
        return None;
    }
    let fields = arguments[0].fields()?.iter();
    Some(
        fields
            .map(|(name, value)| Column::new(name.clone(), value.clone()))
            .collect(),
    )
}
