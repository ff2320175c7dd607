//! Items of a select list that give several columns: `*`, `columns(...)`, and
//! `unnest` of a struct.

use std::rc::Rc;

use foldhash::HashSet;

use super::choose::{Choice, choice};
use super::{Context, Resolver};
use crate::lineage::relation::{Column, Open};
use crate::lineage::value::Value;
use crate::sql::tree::{Expr, ExprKind, Function, Name, Star};

/// Columns that a star stands for, and tables whose columns are not known.
type Columns = (Vec<Column>, Vec<Open>);

impl Resolver<'_> {
    /// Adds the columns of an item that may give several, and tells whether it
    /// was such an item.
    pub(super) fn expanded(
        &self,
        item: &Expr,
        cx: Context<'_>,
        columns: &mut Vec<Column>,
        open: &mut Vec<Open>,
    ) -> bool {
        if let Some(mut found) = self.plain_star(item, cx) {
            columns.append(&mut found.0);
            open.append(&mut found.1);
            return true;
        }
        if let ExprKind::Function(function) = &item.kind
            && &*function.name == "unnest"
            && let Some(fields) = self.unnested_fields(function, cx)
        {
            let at = item.start();
            columns.extend(fields.into_iter().map(|mut field| {
                field.value = field.value.finished(at);
                field
            }));
            return true;
        }
        let Some(star) = columns_within(item) else {
            return false;
        };
        let (chosen, tables) = self.star_columns(star, cx);
        for column in &chosen {
            let inner = Context {
                chosen: Some(column),
                ..cx
            };
            let value = self.value(item, inner).finished(item.start());
            let name = match &item.alias {
                Some(alias) => renamed_by(alias, star, &column.name),
                None => column.name.clone(),
            };
            columns.push(Column::new(name, value));
        }
        let is_bare = matches!(item.kind, ExprKind::Star(_));
        open.extend(tables.into_iter().map(|table| {
            if is_bare {
                return table;
            }
            Open {
                dataset: None,
                hidden: Rc::default(),
                why: Some("an expression for columns that are not known".into()),
                made: None,
            }
        }));
        true
    }

    /// Returns the columns of `*`, `t.*`, or `* like '...'`.
    fn plain_star(&self, item: &Expr, cx: Context<'_>) -> Option<Columns> {
        match &item.kind {
            ExprKind::Star(star) if !star.is_columns => Some(self.star_columns(star, cx)),
            ExprKind::Function(function) => {
                let (first, pattern) = function.arguments.split_first()?;
                let ExprKind::Star(star) = &first.kind else {
                    return None;
                };
                if star.is_columns {
                    return None;
                }
                let choice = Choice::of_operator(&function.name, pattern)?;
                Some(chosen(self.star_columns(star, cx), &choice))
            }
            _ => None,
        }
    }

    /// Returns the values of all columns that a star stands for.
    pub(super) fn star_values(&self, star: &Star, cx: Context<'_>) -> Vec<Value> {
        let (columns, open) = self.star_columns(star, cx);
        let values = columns.into_iter().map(|column| column.value);
        let unknown = open.iter().map(|open| {
            let why = open.why.as_deref();
            Value::unknown(why.unwrap_or("the columns of a table are not known"), "*")
        });
        values.chain(unknown).collect()
    }

    fn star_columns(&self, star: &Star, cx: Context<'_>) -> Columns {
        let (columns, open) = match &star.relation {
            None => {
                let (columns, open) = cx.scope.all_columns();
                (columns, open)
            }
            Some(name) => match cx.scope.binding(std::slice::from_ref(name)) {
                Some(binding) => {
                    let columns = binding.relation.columns.iter();
                    let columns = columns.map(|column| (usize::MAX, column.clone()));
                    (columns.collect(), binding.relation.open.clone())
                }
                None => return self.struct_columns(name, star, cx),
            },
        };
        let found = self.without_excluded(star, columns, open, cx);
        let found = self.replaced(star, found, cx);
        let found = self.renamed(star, found);
        match &star.chooser {
            None => found,
            Some(chooser) => chosen(found, &choice(chooser)),
        }
    }

    fn without_excluded(
        &self,
        star: &Star,
        columns: Vec<(usize, Column)>,
        open: Vec<Open>,
        cx: Context<'_>,
    ) -> Columns {
        let is_excluded = |binding: usize, column: &Column| {
            star.exclude.iter().any(|(table, name)| {
                let is_of_table = table.as_ref().is_none_or(|table| {
                    let bindings = cx.scope.bindings.get(binding);
                    bindings
                        .and_then(|b| b.name.as_ref())
                        .is_some_and(|own| own.eq_ignore_ascii_case(table))
                });
                is_of_table && column.name.eq_ignore_ascii_case(name)
            })
        };
        let columns = columns.into_iter();
        let kept = columns.filter(|(binding, column)| !is_excluded(*binding, column));
        let kept = kept.map(|(_, column)| column).collect();
        let hidden = star.exclude.iter().map(|(_, name)| name);
        (kept, hiding(open, hidden))
    }

    fn replaced(&self, star: &Star, found: Columns, cx: Context<'_>) -> Columns {
        let (mut columns, open) = found;
        for (name, expr) in &star.replace {
            let value = self.value(expr, cx).finished(expr.start());
            let place = columns
                .iter()
                .position(|column| column.name.eq_ignore_ascii_case(name));
            match place {
                Some(place) => columns[place].value = value,
                None => columns.push(Column::new(name.clone(), value)),
            }
        }
        let hidden = star.replace.iter().map(|(name, _)| name);
        (columns, hiding(open, hidden))
    }

    fn renamed(&self, star: &Star, found: Columns) -> Columns {
        let (mut columns, open) = found;
        for (name, new_name) in &star.rename {
            let mut known = columns.iter_mut();
            match known.find(|column| column.name.eq_ignore_ascii_case(name)) {
                Some(column) => column.name = new_name.clone(),
                None => {
                    let value = match open.as_slice() {
                        [open] => self.open_value(open, name),
                        _ => Value::unknown("it may be a column of several tables", &**name),
                    };
                    columns.push(Column::new(new_name.clone(), value));
                }
            }
        }
        let hidden = star.rename.iter().map(|(name, _)| name);
        (columns, hiding(open, hidden))
    }

    /// Returns the columns of `s.*` where `s` is a struct.
    fn struct_columns(&self, name: &Name, star: &Star, cx: Context<'_>) -> Columns {
        let value = self.column(std::slice::from_ref(name), cx);
        let data_type = self.data_type(name, cx);
        match fields_of(&value, data_type.as_deref()) {
            Some(fields) => {
                let columns = fields.into_iter().map(|column| (usize::MAX, column));
                self.without_excluded(star, columns.collect(), Vec::new(), cx)
            }
            None => {
                let open = Open {
                    dataset: None,
                    hidden: Rc::default(),
                    why: Some(format!("the fields of `{name}` are not known").into()),
                    made: None,
                };
                (Vec::new(), vec![open])
            }
        }
    }

    pub(super) fn unnested_fields(
        &self,
        function: &Function,
        cx: Context<'_>,
    ) -> Option<Vec<Column>> {
        let first = function.arguments.first()?;
        let value = self.value(first, cx);
        let data_type = match &first.kind {
            ExprKind::Column(parts) => self.data_type(parts.last()?, cx),
            _ => None,
        };
        let fields = fields_of(&value, data_type.as_deref())?;
        let is_deep = function.arguments.len() > 1;
        Some(if is_deep { flattened(fields) } else { fields })
    }

    /// Returns the type of a column, when it is a struct of a table.
    fn data_type(&self, name: &str, cx: Context<'_>) -> Option<Rc<str>> {
        let mut scope = Some(cx.scope);
        while let Some(here) = scope {
            let mut bindings = here.bindings.iter();
            let found = bindings.find_map(|binding| binding.relation.column(name));
            if let Some(column) = found {
                return column.data_type.clone();
            }
            scope = here.around;
        }
        None
    }
}

/// Returns the fields of a struct: as the query puts it together, or as its
/// type says.
fn fields_of(value: &Value, data_type: Option<&str>) -> Option<Vec<Column>> {
    if let Some(fields) = value.fields() {
        let fields = fields.iter();
        return Some(
            fields
                .map(|(name, value)| Column::new(name.clone(), value.clone()))
                .collect(),
        );
    }
    let names = field_names(data_type?);
    let columns = names.into_iter().map(|(name, data_type)| Column {
        value: Resolver::field(value, &name),
        name,
        data_type,
    });
    Some(columns.collect())
}

fn flattened(fields: Vec<Column>) -> Vec<Column> {
    let mut flat = Vec::new();
    for field in fields {
        match fields_of(&field.value, field.data_type.as_deref()) {
            Some(inner) => flat.extend(flattened(inner)),
            None => flat.push(field),
        }
    }
    flat
}

/// Reads the fields of `STRUCT(a INTEGER, "b c" STRUCT(d DATE))`.
fn field_names(data_type: &str) -> Vec<(Name, Option<Rc<str>>)> {
    let inner = data_type.strip_prefix("STRUCT(");
    let inner = inner
        .and_then(|inner| inner.strip_suffix(')'))
        .unwrap_or_default();
    let mut fields = Vec::new();
    let (mut depth, mut is_quoted, mut start) = (0_usize, false, 0);
    for (i, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth = depth.saturating_sub(1),
            ',' if !is_quoted && depth == 0 => {
                fields.extend(field(inner[start..i].trim()));
                start = i + 1;
            }
            _ => {}
        }
    }
    fields
}

fn field(text: &str) -> Option<(Name, Option<Rc<str>>)> {
    let (name, data_type) = match text.strip_prefix('"') {
        Some(rest) => {
            let end = rest.replace("\"\"", "__").find('"')?;
            (rest[..end].replace("\"\"", "\""), rest[end + 1..].trim())
        }
        None => {
            let (name, data_type) = text.split_once(' ')?;
            (name.to_owned(), data_type.trim())
        }
    };
    Some((name.into(), super::struct_type(data_type)))
}

/// Keeps the columns that something chooses.
fn chosen((columns, open): Columns, choice: &Choice) -> Columns {
    let columns = columns.into_iter();
    let kept = columns.filter_map(|column| match choice.takes(&column.name) {
        Some(true) => Some(column),
        Some(false) => None,
        None => Some(Column {
            value: column
                .value
                .with_gap("it is not known which columns are chosen"),
            ..column
        }),
    });
    let open = open.into_iter().map(|open| Open {
        why: open
            .why
            .or_else(|| Some("it is not known which columns are chosen".into())),
        ..open
    });
    (kept.collect(), open.collect())
}

fn hiding<'n>(open: Vec<Open>, names: impl Iterator<Item = &'n Name>) -> Vec<Open> {
    let names: HashSet<String> = names.map(|name| name.to_ascii_lowercase()).collect();
    if names.is_empty() {
        return open;
    }
    let open = open.into_iter().map(|mut open| {
        Rc::make_mut(&mut open.hidden).extend(names.iter().cloned());
        open
    });
    open.collect()
}

/// Finds the `columns(...)` that an expression is to be made for each column
/// of.
fn columns_within(expr: &Expr) -> Option<&Star> {
    match &expr.kind {
        ExprKind::Star(star) if star.is_columns => Some(star),
        // `*columns(...)`: all of them are arguments of one call.
        ExprKind::Operator {
            operator: crate::sql::tree::Operator::Unpack,
            ..
        } => None,
        _ => {
            let mut found = None;
            expr.for_each_child(|child| {
                if found.is_none() {
                    found = super::with_stack(|| columns_within(child));
                }
            });
            found
        }
    }
}

/// Makes the name of a column that `columns('...') as 'x_\1'` gives.
fn renamed_by(alias: &Name, star: &Star, column: &str) -> Name {
    if !alias.contains('\\') {
        return alias.clone();
    }
    let choice = star.chooser.as_ref().map(|chooser| choice(chooser));
    match choice {
        Some(Choice::Pattern(pattern)) => {
            let groups = pattern.captures(column).ok().flatten();
            let mut name = alias.to_string();
            for i in 0..10 {
                let group = groups.as_ref().and_then(|groups| groups.get(i));
                let text = group.map_or("", |group| group.as_str());
                name = name.replace(&format!("\\{i}"), text);
            }
            name.into()
        }
        _ => alias.clone(),
    }
}
