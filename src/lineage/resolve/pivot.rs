//! `pivot` and `unpivot`.

use std::rc::Rc;

use foldhash::{HashSet, HashSetExt};

use super::{Context, Env, Resolver};
use crate::lineage::edge::EdgeKind;
use crate::lineage::relation::{Column, Open, Relation};
use crate::lineage::scope::Scope;
use crate::lineage::value::{Rows, Value};
use crate::sql::tree::{
    Expr, ExprKind, Literal, Name, Pivot, PivotColumn, TableRef, Unpivot, UnpivotEntry,
};

impl Resolver<'_> {
    /// Follows the table that a pivot turns, and returns it with its rows.
    fn turned<'a>(
        &self,
        source: &'a TableRef,
        env: &Env<'a>,
        around: &'a Scope<'a>,
    ) -> (Scope<'a>, Vec<Column>, Vec<Open>, Rows) {
        let mut scope = Scope {
            around: Some(around),
            ..Scope::default()
        };
        let rows = self.from(source, env, &mut scope);
        let (columns, open) = scope.all_columns();
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        (scope, columns, open, rows)
    }

    pub(super) fn pivot<'a>(
        &self,
        pivot: &'a Pivot,
        env: &Env<'a>,
        around: &'a Scope<'a>,
    ) -> Rc<Relation> {
        let (scope, columns, open, mut rows) = self.turned(&pivot.source, env, around);
        let cx = Context {
            env,
            scope: &scope,
            chosen: None,
        };
        let mut used = HashSet::new();
        let by = pivot.columns.iter().flat_map(|column| &column.expressions);
        for expr in pivot.aggregates.iter().chain(by.clone()) {
            names_used(expr, &mut used);
        }
        let is_group = |column: &Column| {
            if pivot.groups.is_empty() {
                !used.contains(&column.name.to_ascii_lowercase())
            } else {
                let mut groups = pivot.groups.iter();
                groups.any(|group| group.eq_ignore_ascii_case(&column.name))
            }
        };
        let mut outputs: Vec<Column> = columns.iter().filter(|c| is_group(c)).cloned().collect();
        let mut more = Vec::new();
        if pivot.groups.is_empty() {
            more = open.into_iter().collect();
            for open in &mut more {
                Rc::make_mut(&mut open.hidden).extend(used.iter().cloned());
            }
        } else {
            for group in &pivot.groups {
                let is_known = outputs.iter().any(|c| c.name.eq_ignore_ascii_case(group));
                if !is_known {
                    let value = self.column(std::slice::from_ref(group), cx);
                    outputs.push(Column::new(group.clone(), value));
                }
            }
        }
        for column in &outputs {
            rows = rows.decided_by(&column.value, EdgeKind::GroupKey, None);
        }
        rows = rows.meaning_also("pivot");
        match entry_names(&pivot.columns) {
            Some(names) => {
                for name in names {
                    for aggregate in &pivot.aggregates {
                        let value = self.pivoted(aggregate, by.clone(), &name, cx);
                        let name = pivoted_name(&name, aggregate, pivot, self);
                        outputs.push(Column::new(name, value));
                    }
                }
            }
            // Which columns there are, only the rows tell; all are made alike.
            None => {
                let aggregates = pivot.aggregates.iter();
                let made = aggregates.map(|aggregate| self.pivoted(aggregate, by.clone(), "", cx));
                more.push(Open {
                    dataset: None,
                    hidden: Rc::default(),
                    why: Some("the columns of a pivot are made of the values in the data".into()),
                    made: made.reduce(|one, other| one.or(&other)),
                });
            }
        }
        Rc::new(Relation::open(outputs, more, rows))
    }

    /// An aggregate over the rows that have one value.
    fn pivoted<'e>(
        &self,
        aggregate: &Expr,
        by: impl Iterator<Item = &'e Expr>,
        entry: &str,
        cx: Context<'_>,
    ) -> Value {
        let at = aggregate.start();
        let mut value = self.value(aggregate, cx).finished(at);
        for expr in by {
            let deciding = self.value(expr, cx);
            let links = deciding.deciding(EdgeKind::Filter, expr.start());
            value = value.with(&links, deciding.gap(), deciding.meaning());
        }
        value.with(&[], None, crate::lineage::value::meaning_of(entry))
    }

    pub(super) fn unpivot<'a>(
        &self,
        unpivot: &'a Unpivot,
        env: &Env<'a>,
        around: &'a Scope<'a>,
    ) -> Rc<Relation> {
        let (scope, columns, mut open, rows) = self.turned(&unpivot.source, env, around);
        let cx = Context {
            env,
            scope: &scope,
            chosen: None,
        };
        let mut turned = HashSet::new();
        let mut values: Vec<Option<Value>> = vec![None; unpivot.values.len()];
        for entry in &unpivot.entries {
            let groups = self.entry_values(entry, &columns, &open, cx);
            for (names, of_entry) in groups {
                turned.extend(names);
                for (value, found) in values.iter_mut().zip(of_entry) {
                    *value = Some(match value.take() {
                        Some(value) => value.or(&found),
                        None => found,
                    });
                }
            }
        }
        let mut outputs: Vec<Column> = columns
            .into_iter()
            .filter(|column| !turned.contains(&column.name.to_ascii_lowercase()))
            .collect();
        for table in &mut open {
            Rc::make_mut(&mut table.hidden).extend(turned.iter().cloned());
        }
        let name = Value::constant(("unpivot", &unpivot.name));
        outputs.push(Column::new(unpivot.name.clone(), name));
        let mut rows = rows.meaning_also(("unpivot", unpivot.keeps_nulls));
        for (name, value) in unpivot.values.iter().zip(values) {
            let value = value.unwrap_or_else(|| Value::unknown("an unpivot of nothing", name));
            if !unpivot.keeps_nulls {
                rows = rows.decided_by(&value, EdgeKind::Filter, None);
            }
            outputs.push(Column::new(name.clone(), value));
        }
        Rc::new(Relation::open(outputs, open, rows))
    }

    /// Returns the values of an entry, with the names of the columns that they
    /// are; a star is as many entries as it has columns.
    fn entry_values(
        &self,
        entry: &UnpivotEntry,
        columns: &[Column],
        open: &[Open],
        cx: Context<'_>,
    ) -> Vec<(Vec<String>, Vec<Value>)> {
        if let Some(star) = &entry.star {
            let mut chosen = Vec::new();
            let mut more = Vec::new();
            self.expanded(star, cx, &mut chosen, &mut more);
            return chosen
                .into_iter()
                .map(|column| (vec![column.name.to_ascii_lowercase()], vec![column.value]))
                .collect();
        }
        let values = entry.columns.iter().map(|name| {
            let mut known = columns.iter();
            match known.find(|column| column.name.eq_ignore_ascii_case(name)) {
                Some(column) => column.value.clone(),
                None => match open {
                    [open] => self.open_value(open, name),
                    _ => Value::unknown("it may be a column of several tables", name),
                },
            }
        });
        let names = entry.columns.iter().map(|name| name.to_ascii_lowercase());
        vec![(names.collect(), values.collect())]
    }
}

/// Collects the columns that an expression names.
fn names_used(expr: &Expr, used: &mut HashSet<String>) {
    if let ExprKind::Column(parts) = &expr.kind
        && let Some(name) = parts.last()
    {
        used.insert(name.to_ascii_lowercase());
    }
    expr.for_each_child(|child| names_used(child, used));
}

/// Returns the names of all combinations of values, as far as they are known
/// beforehand.
fn entry_names(columns: &[PivotColumn]) -> Option<Vec<String>> {
    let mut names = vec![String::new()];
    for column in columns {
        let entries = column.entries.as_ref()?;
        if entries.is_empty() {
            return None;
        }
        let mut longer = Vec::with_capacity(names.len() * entries.len());
        for name in &names {
            for entry in entries {
                let own = match &entry.alias {
                    Some(alias) => alias.to_string(),
                    None => {
                        let values: Vec<String> = entry.values.iter().map(value_name).collect();
                        values.join("_")
                    }
                };
                longer.push(if name.is_empty() {
                    own
                } else {
                    format!("{name}_{own}")
                });
            }
        }
        names = longer;
    }
    Some(names)
}

fn value_name(value: &Literal) -> String {
    match value {
        Literal::Null => "NULL".to_owned(),
        Literal::Bool(truth) => truth.to_string(),
        Literal::Text(text) | Literal::Number(text) | Literal::Other(text) => text.to_string(),
    }
}

fn pivoted_name(entry: &str, aggregate: &Expr, pivot: &Pivot, resolver: &Resolver<'_>) -> Name {
    if pivot.aggregates.len() == 1 && aggregate.alias.is_none() {
        return entry.into();
    }
    format!("{entry}_{}", resolver.item_name(aggregate)).into()
}
