//! `phi suggest`: which columns of sources and seeds may hold patient data.
//!
//! Values are only counted, in the database, and none is printed.

use clap::Args;
use serde_json::{Value, json};

use super::super::CommandContext;
use crate::adapter::{Cell, Connection, quote_identifier};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::event::Level;
use crate::parse::ResourceType;
use crate::phi::{self, Kind, suggest};
use crate::run::RunContext;

#[derive(Debug, Clone, Args)]
pub struct SuggestArgs {
    /// Look at names alone, and ask the database nothing
    #[arg(long)]
    names_only: bool,
    /// How many rows of each table to look at
    #[arg(long, default_value_t = 10_000)]
    rows: u32,
    /// How to print: `text`, `yaml` for property files, or `json`
    #[arg(long, default_value = "text", value_parser = ["text", "yaml", "json"])]
    output: String,
}

/// A source or seed, and the columns that it is known to have.
struct Origin {
    id: std::sync::Arc<str>,
    /// `raw.patients`, `patients`.
    name: String,
    relation: String,
    columns: Vec<String>,
}

/// A kind that a column may hold, and why.
struct Suggestion {
    column: String,
    kind: Kind,
    by_name: bool,
    /// Of so many values that are there, so many have the kind's shape.
    counted: Option<(i64, i64)>,
}

pub fn run(cx: &CommandContext<'_>, args: &SuggestArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "phi",
        ..CommandFlags::default()
    })?;
    session.greet()?;
    let ready = session.read()?;
    let (declared, _) = phi::declared(&ready.graph);
    let origins = origins(&ready.graph);
    let found = super::super::build::with_run_context(&session, &ready, None, |cx| {
        let mut connection = (!args.names_only).then(|| connect(cx)).flatten();
        let mut found: Vec<(String, Vec<Suggestion>)> = Vec::new();
        for origin in origins {
            let mut columns = origin.columns.clone();
            let mut counts = Vec::new();
            if let Some(connection) = &mut connection {
                add_columns(&mut **connection, &origin, &mut columns);
                counts = counted(&mut **connection, &origin, &columns, args.rows);
            }
            let is_new = |column: &str| declared.of_column(&origin.id, column).is_none();
            columns.retain(|column| is_new(column));
            let suggestions = columns.into_iter().filter_map(|column| {
                let own = counts.iter().find(|(name, ..)| *name == column);
                suggested(
                    column,
                    own.map(|(_, all, shapes)| (*all, shapes.as_slice())),
                )
            });
            let suggestions: Vec<Suggestion> = suggestions.collect();
            if !suggestions.is_empty() {
                found.push((origin.name, suggestions));
            }
        }
        found
    })?;
    let count: usize = found.iter().map(|(_, suggestions)| suggestions.len()).sum();
    let text = match args.output.as_str() {
        "json" => as_json(&found),
        "yaml" => as_yaml(&found),
        _ => as_text(&found),
    };
    session.printer.data(&text);
    let noun = if count == 1 { "column" } else { "columns" };
    session.say(
        Level::Info,
        "Note",
        "Z050",
        format!("{count} {noun} without `meta: {{phi: ...}}` may hold patient data"),
    );
    Ok(())
}

fn origins(graph: &crate::graph::Graph) -> Vec<Origin> {
    let project = &graph.project;
    let sources = project.sources.values().map(|source| Origin {
        id: std::sync::Arc::clone(&source.unique_id.0),
        name: format!("{}.{}", source.source_name, source.name),
        relation: source.relation_name.clone(),
        columns: source.columns.keys().cloned().collect(),
    });
    let seeds = project.nodes.values();
    let seeds = seeds.filter(|node| node.resource_type == ResourceType::Seed);
    let seeds = seeds.map(|node| Origin {
        id: std::sync::Arc::clone(&node.unique_id.0),
        name: node.name.clone(),
        relation: node.relation_name.clone().unwrap_or_default(),
        columns: node.columns.keys().cloned().collect(),
    });
    sources.chain(seeds).collect()
}

fn connect(cx: &RunContext) -> Option<Box<dyn Connection>> {
    cx.adapter.connect().ok()
}

/// Adds the columns that the database knows of.
fn add_columns(connection: &mut dyn Connection, origin: &Origin, columns: &mut Vec<String>) {
    // A table that is not there has only the columns that it is said to have.
    let known = connection.describe(&format!("select * from {}", origin.relation));
    for column in known.unwrap_or_default() {
        if !columns
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&column.name))
        {
            columns.push(column.name);
        }
    }
}

type Counts = Vec<(String, i64, Vec<i64>)>;

/// Counts, for each column, the values that are there and those of each shape.
fn counted(
    connection: &mut dyn Connection,
    origin: &Origin,
    columns: &[String],
    rows: u32,
) -> Counts {
    let mut counts = Vec::new();
    for column in columns {
        let name = quote_identifier(column);
        let shapes = suggest::SHAPES.iter().map(|(_, shape)| {
            let shape = shape.replace('\'', "''");
            format!("count(*) filter (regexp_full_match(v, '{shape}'))")
        });
        let shapes: Vec<String> = shapes.collect();
        let sql = format!(
            "select count(v), {} from (select trim(cast({name} as varchar)) as v from {} limit {rows})",
            shapes.join(", "),
            origin.relation
        );
        let Ok((_, table)) = connection.execute(&sql, true, None) else {
            continue;
        };
        let cells = table.rows.into_iter().next().unwrap_or_default();
        let numbers: Vec<i64> = cells.iter().filter_map(number).collect();
        if let Some((all, shapes)) = numbers.split_first() {
            counts.push((column.clone(), *all, shapes.to_vec()));
        }
    }
    counts
}

fn number(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Int(number) => i64::try_from(*number).ok(),
        _ => None,
    }
}

/// Puts together what a column's name and values tell.
fn suggested(column: String, counted: Option<(i64, &[i64])>) -> Option<Suggestion> {
    let of_name = suggest::of_name(&column);
    let of_kind = |kind: Kind| {
        let (all, shapes) = counted?;
        let place = suggest::SHAPES.iter().position(|(of, _)| *of == kind)?;
        Some((*shapes.get(place)?, all))
    };
    let shaped = suggest::SHAPES.iter().map(|(kind, _)| *kind).find(|kind| {
        // Most values, and enough of them to tell.
        of_kind(*kind).is_some_and(|(some, all)| all > 0 && some * 5 >= all * 4)
    });
    let kind = match (of_name, shaped) {
        // A date in a column of any name; other shapes tell more than names.
        (Some(named), Some(Kind::Date | Kind::FreeText) | None) => named,
        (_, Some(shaped)) => shaped,
        (None, None) => return None,
    };
    Some(Suggestion {
        counted: of_kind(kind).filter(|(some, _)| *some > 0),
        column,
        kind,
        by_name: of_name == Some(kind),
    })
}

fn reason(suggestion: &Suggestion) -> String {
    let name = suggestion.by_name.then(|| "its name".to_owned());
    let shape = suggestion
        .counted
        .map(|(some, all)| format!("{some} of {all} values have the shape"));
    let reasons: Vec<String> = name.into_iter().chain(shape).collect();
    reasons.join("; ")
}

fn as_text(found: &[(String, Vec<Suggestion>)]) -> String {
    let mut text = String::new();
    for (name, suggestions) in found {
        text.push_str(&format!("{name}\n"));
        for suggestion in suggestions {
            text.push_str(&format!(
                "  {:<28} {:<15} {}\n",
                suggestion.column,
                suggestion.kind.as_str(),
                reason(suggestion)
            ));
        }
    }
    text
}

/// Writes what can be put into property files.
fn as_yaml(found: &[(String, Vec<Suggestion>)]) -> String {
    let mut text = String::new();
    for (name, suggestions) in found {
        text.push_str(&format!("# {name}\ncolumns:\n"));
        for suggestion in suggestions {
            text.push_str(&format!(
                "  - name: {}\n    config:\n      meta: {{phi: {}}}\n",
                Value::from(suggestion.column.as_str()),
                suggestion.kind.as_str()
            ));
        }
    }
    text
}

fn as_json(found: &[(String, Vec<Suggestion>)]) -> String {
    let rows = found.iter().flat_map(|(name, suggestions)| {
        suggestions.iter().map(move |suggestion| {
            json!({
                "table": name,
                "column": suggestion.column,
                "phi": suggestion.kind.as_str(),
                "by_name": suggestion.by_name,
                "with_shape": suggestion.counted.map(|(some, _)| some),
                "values": suggestion.counted.map(|(_, all)| all),
            })
        })
    });
    let rows: Vec<Value> = rows.collect();
    let text = serde_json::to_string_pretty(&rows).unwrap_or_default();
    format!("{text}\n")
}
