//! What stands in a `from`: tables, subqueries and joins, from left to right.
//!
//! What stands further to the right may use the columns of what stands to its
//! left, whether `lateral` is written or not.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::{Context, Env, Resolver, with_stack};
use crate::lineage::edge::EdgeKind;
use crate::lineage::known::Dataset;
use crate::lineage::relation::{Column, Found, Relation};
use crate::lineage::scope::{Binding, Merged, Scope};
use crate::lineage::value::{Rows, Value, meaning_of};
use crate::sql::tree::{Expr, Join, JoinForm, JoinKind, Name, TableKind, TableName, TableRef};

impl Resolver<'_> {
    /// Adds what a `from` names to the scope, and returns what its rows depend
    /// on.
    pub(super) fn from<'a>(
        &self,
        table: &'a TableRef,
        env: &Env<'a>,
        scope: &mut Scope<'a>,
    ) -> Rows {
        with_stack(|| {
            let relation = match &table.kind {
                TableKind::Nothing => return Rows::default(),
                TableKind::Join(join) => return self.join(join, table, env, scope),
                TableKind::Table(name) => self.named_table(name, table, env),
                TableKind::Subquery(query) => self.query(query, env, Some(&*scope)),
                TableKind::Function {
                    call,
                    has_ordinality,
                } => self.table_function(call, table, *has_ordinality, env, scope),
                TableKind::Values(rows) => self.values(rows, env, scope),
                TableKind::Pivot(pivot) => self.pivot(pivot, env, scope),
                TableKind::Unpivot(unpivot) => self.unpivot(unpivot, env, scope),
                TableKind::Show => Self::unknown_relation("facts about a table are not traced"),
                TableKind::Unknown => {
                    Self::unknown_relation("this part of the `from` cannot be followed")
                }
            };
            let relation = relation.renamed(&table.column_aliases);
            let mut rows = relation.rows.clone();
            if let Some(sample) = &table.sample {
                rows = rows.meaning_also(("sample", sample));
            }
            scope.bindings.push(binding(table, relation));
            rows
        })
    }

    fn named_table(&self, name: &TableName, table: &TableRef, env: &Env<'_>) -> Rc<Relation> {
        let is_alone = name.catalog.is_none() && name.schema.is_none();
        if is_alone && let Some(ephemeral) = self.known.ephemeral(&name.name) {
            return self.table(ephemeral);
        }
        // `recurring.t` is what a recursive query with `using key` has so far.
        let is_recurring = name.schema.as_deref() == Some("recurring");
        if (is_alone || is_recurring)
            && let Some(relation) = self.cte(&name.name, env)
        {
            return relation;
        }
        if let Some(dataset) = self.known.table(name).or_else(|| self.written_at(table)) {
            return self.table(dataset);
        }
        self.table(&Arc::new(Dataset {
            id: written(name).into(),
            schema: None,
        }))
    }

    /// Finds what is known by what is written at a place.
    pub(super) fn written_at(&self, table: &TableRef) -> Option<&Arc<Dataset>> {
        let text = self.sql.get(table.at.0? as usize..)?;
        self.known.place(text)
    }

    fn join<'a>(
        &self,
        join: &'a Join,
        table: &'a TableRef,
        env: &Env<'a>,
        scope: &mut Scope<'a>,
    ) -> Rows {
        let first = scope.bindings.len();
        let mut rows = self.from(&join.left, env, scope);
        let middle = scope.bindings.len();
        rows = rows.and(&self.from(&join.right, env, scope));
        let sides = Sides {
            left: first..middle,
            right: middle..scope.bindings.len(),
        };
        if (join.kind, join.form) != (JoinKind::Inner, JoinForm::Regular) {
            rows = rows.meaning_also((join.kind, join.form));
        }
        let natural;
        let using = if join.form == JoinForm::Natural {
            natural = common_names(scope, &sides);
            if is_open(scope, &sides) {
                let why = "a natural join of tables whose columns are not known";
                rows = rows.and(&Rows::unknown(why, why));
            }
            &natural
        } else {
            &join.using
        };
        for name in using {
            rows = self.merge(scope, &sides, name, join.kind, rows, table.at.0);
        }
        let cx = Context {
            env,
            scope,
            chosen: None,
        };
        rows = self.conditions(join.condition.as_ref(), EdgeKind::JoinKey, rows, cx);
        if matches!(join.kind, JoinKind::Semi | JoinKind::Anti) {
            scope.bindings.truncate(middle);
        }
        if let Some(alias) = &table.alias {
            // `(a join b) as c`: one relation with the columns of both.
            let (columns, open) = Scope {
                bindings: scope.bindings.split_off(first),
                merged: scope.merged.clone(),
                ..Scope::default()
            }
            .all_columns();
            let columns = columns.into_iter().map(|(_, column)| column).collect();
            let relation = Rc::new(Relation::open(columns, open, Rows::default()));
            scope.bindings.push(Binding {
                name: Some(alias.clone()),
                schema: None,
                catalog: None,
                relation: relation.renamed(&table.column_aliases),
            });
        }
        rows
    }

    /// Makes one column of those of both sides that `using` names.
    fn merge(
        &self,
        scope: &mut Scope<'_>,
        sides: &Sides,
        name: &Name,
        kind: JoinKind,
        mut rows: Rows,
        at: Option<u32>,
    ) -> Rows {
        let meaning = rows.meaning();
        let (left, mut members) = self.side(scope, &sides.left, name);
        let (right, of_right) = self.side(scope, &sides.right, name);
        members.extend(of_right);
        rows = rows.decided_by(&left, EdgeKind::JoinKey, at);
        rows = rows.decided_by(&right, EdgeKind::JoinKey, at);
        let mut keys = [left.meaning(), right.meaning()];
        keys.sort_unstable();
        let part = meaning_of((operator_meaning("="), keys));
        rows = rows
            .means(meaning)
            .meaning_also((EdgeKind::JoinKey, vec![part]));
        let value = match kind {
            JoinKind::Right => right,
            JoinKind::Full => {
                let meaning = meaning_of(("coalesce", left.meaning(), right.meaning()));
                Value::made_of(EdgeKind::Compute, [&left, &right], meaning).finished(at)
            }
            _ => left,
        };
        scope.merged.push(Merged {
            name: name.clone(),
            value,
            members,
        });
        rows
    }

    /// Finds the column of one side of a join, and which bindings have it.
    fn side(&self, scope: &Scope<'_>, side: &Range<usize>, name: &str) -> (Value, Vec<usize>) {
        let mut merged = scope.merged.iter().rev();
        let merged = merged.find(|merged| {
            merged.name.eq_ignore_ascii_case(name)
                && merged.members.iter().all(|member| side.contains(member))
        });
        if let Some(merged) = merged {
            return (merged.value.clone(), merged.members.clone());
        }
        let mut open = Vec::new();
        for i in side.clone() {
            match scope.bindings[i].relation.find(name) {
                Found::Column(column) => return (column.value.clone(), vec![i]),
                Found::Open(tables) => open.extend(tables.into_iter().map(|table| (i, table))),
                Found::Nothing => {}
            }
        }
        match open.as_slice() {
            [(i, table)] => (self.open_value(table, name), vec![*i]),
            _ => {
                let why = format!("`{name}` may be a column of several tables");
                (Value::unknown(&why, name), Vec::new())
            }
        }
    }

    fn values<'a>(&self, rows: &'a [Vec<Expr>], env: &Env<'a>, scope: &Scope<'a>) -> Rc<Relation> {
        let cx = Context {
            env,
            scope,
            chosen: None,
        };
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut columns: Vec<Column> = Vec::with_capacity(width);
        for row in rows {
            for (i, expr) in row.iter().enumerate() {
                let value = self.value(expr, cx).finished(expr.start());
                match columns.get_mut(i) {
                    Some(column) => column.value = column.value.or(&value),
                    None => columns.push(Column::new(format!("col{i}").into(), value)),
                }
            }
        }
        Rc::new(Relation::new(columns, Rows::plain(("values", rows.len()))))
    }
}

/// The bindings of either side of a join.
struct Sides {
    left: Range<usize>,
    right: Range<usize>,
}

/// What an operator of comparison means, wherever it is written.
pub(super) fn operator_meaning(operator: &str) -> u64 {
    meaning_of(("comparison", operator))
}

fn binding(table: &TableRef, relation: Rc<Relation>) -> Binding {
    let mut binding = Binding {
        name: table.alias.clone(),
        schema: None,
        catalog: None,
        relation,
    };
    if binding.name.is_some() {
        return binding;
    }
    match &table.kind {
        TableKind::Table(name) => {
            binding.name = Some(file_stem(&name.name));
            binding.schema = name.schema.clone();
            binding.catalog = name.catalog.clone();
        }
        TableKind::Function { call, .. } => {
            if let crate::sql::tree::ExprKind::Function(function) = &call.kind {
                binding.name = Some(function.name.clone());
            }
        }
        _ => {}
    }
    binding
}

/// A file that is read by its path goes by its name without folder and ending.
fn file_stem(name: &Name) -> Name {
    let is_file = name.contains('/') || name.rsplit_once('.').is_some();
    if !is_file {
        return name.clone();
    }
    let file = name.rsplit('/').next().unwrap_or(name);
    file.split('.').next().unwrap_or(file).into()
}

/// Writes a table's name as a query may have it.
fn written(name: &TableName) -> String {
    let parts = [
        name.catalog.as_deref(),
        name.schema.as_deref(),
        Some(&*name.name),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    parts.join(".")
}

fn is_open(scope: &Scope<'_>, sides: &Sides) -> bool {
    let bindings = &scope.bindings[sides.left.start..sides.right.end];
    bindings.iter().any(|b| !b.relation.open.is_empty())
}

/// Returns the names that both sides of a natural join have.
fn common_names(scope: &Scope<'_>, sides: &Sides) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for left in &scope.bindings[sides.left.clone()] {
        for column in &left.relation.columns {
            let mut right = scope.bindings[sides.right.clone()].iter();
            let is_common = right.any(|b| b.relation.column(&column.name).is_some());
            let is_new = !names.iter().any(|n| n.eq_ignore_ascii_case(&column.name));
            if is_common && is_new {
                names.push(column.name.clone());
            }
        }
    }
    names
}
