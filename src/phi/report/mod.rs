//! A statement on a project's patient data: what was declared, where it goes,
//! what becomes of it and why, and what all that rests on.

mod html;
mod trails;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::declared::{FilePlace, Promiser};
use super::examine::Examined;
use super::explain::{Places, explain, part_name, table_name};
use super::promise::Part;
use crate::graph::Graph;
use crate::lineage::ColumnId;

pub use html::html;

/// What a statement rests on, beside what was examined.
pub struct Rests<'a> {
    pub graph: &'a Graph,
    pub project: &'a str,
    /// The program's version.
    pub program: &'a str,
    /// The engine's, whose grammar the SQL was read by.
    pub engine: &'a str,
    pub made_at: jiff::Timestamp,
    /// The text of `hcdbt.yml`.
    pub settings_file: Option<String>,
}

/// Makes the statement.
pub fn statement(examined: &Examined, places: &dyn Places, rests: &Rests<'_>) -> Value {
    let broken = explain(examined, places);
    let broken: Vec<Value> = broken
        .iter()
        .map(|d| json!({"title": d.title, "ways": d.text, "hint": d.hint}))
        .collect();
    json!({
        "made": {
            "at": rests.made_at.to_string(),
            "project": rests.project,
            "program": format!("hcdbt {}", rests.program),
            "engine": format!("DuckDB {}", rests.engine),
        },
        "kept": broken.is_empty(),
        "broken": broken,
        "promises": promises(examined),
        "declared": declared(examined),
        "not_classified": not_classified(examined, rests.graph),
        "paths": trails::trails(examined, places),
        "edges": edges(examined),
        "transforms": transforms(examined),
        "rules": rules(examined),
        "rests_on": rests_on(examined, rests),
    })
}

fn at(place: &FilePlace) -> String {
    place.file_line()
}

fn promises(examined: &Examined) -> Vec<Value> {
    let lineage = &examined.lineage;
    let broken = examined.broken();
    let promises = examined.declared.promises.iter();
    promises
        .map(|promise| {
            let (noun, name) = match &promise.by {
                Promiser::Node(name) => ("node", name),
                Promiser::Exposure(name) => ("exposure", name),
            };
            let own = broken.iter().filter(|b| std::ptr::eq(b.promise, promise));
            let own: Vec<String> = own.map(|b| part_name(lineage, b.part)).collect();
            json!({
                "by": noun,
                "name": name,
                "column": promise.column,
                "promise": promise.strength.as_str(),
                "at": at(&promise.place),
                "kept": own.is_empty(),
                "broken_at": own,
            })
        })
        .collect()
}

fn declared(examined: &Examined) -> Vec<Value> {
    let lineage = &examined.lineage;
    let name = |table: &str| match lineage.number(table) {
        Some(number) => table_name(lineage, number),
        None => table.to_owned(),
    };
    let columns = examined
        .declared
        .columns
        .iter()
        .flat_map(|(table, columns)| {
            columns
                .iter()
                .map(move |(column, declaration)| (table, Some(column), declaration))
        });
    let tables = examined.declared.tables.iter();
    let all = columns.chain(tables.map(|(table, declaration)| (table, None, declaration)));
    let mut rows: Vec<Value> = all
        .map(|(table, column, declaration)| {
            let kinds: Vec<Value> = declaration
                .kinds
                .iter()
                .map(|kind| json!({"kind": kind.as_str(), "paragraph": kind.paragraph()}))
                .collect();
            json!({
                "table": name(table),
                "column": column,
                "kinds": kinds,
                "at": at(&declaration.place),
            })
        })
        .collect();
    rows.sort_by_key(ToString::to_string);
    rows
}

/// Columns of sources and seeds of which nobody has said what they hold.
fn not_classified(examined: &Examined, graph: &Graph) -> Vec<String> {
    let lineage = &examined.lineage;
    let mut names = Vec::new();
    for (id, column) in lineage.columns() {
        let table = &lineage.table_of(id).id;
        let is_origin = table.starts_with("source.") || table.starts_with("seed.");
        if is_origin
            && graph
                .parents
                .contains_key(&crate::parse::UniqueId::from(&**table))
            && examined.declared.of_column(table, &column.name).is_none()
        {
            names.push(part_name(lineage, Part::Column(id)));
        }
    }
    names
}

/// Every edge on which patient data arrives, with what it becomes there.
fn edges(examined: &Examined) -> Vec<Value> {
    let lineage = &examined.lineage;
    let mut rows = Vec::new();
    let mut add = |to: Part, edge: &crate::lineage::Edge| {
        let before = examined.classes.of(edge.source).of_values();
        if before.is_empty() {
            return;
        }
        let transforms = &examined.settings.transforms;
        let after = super::propagate::through(edge, before, transforms);
        let passed = transforms.passed(edge.mark.passed).map(|t| t.name.as_str());
        rows.push(json!({
            "from": part_name(lineage, Part::Column(edge.source)),
            "to": part_name(lineage, to),
            "kind": edge.kind.as_str(),
            "transforms": passed.collect::<Vec<_>>(),
            "before": facts(before),
            "after": facts(after),
        }));
    };
    for (id, column) in lineage.columns() {
        for edge in &column.inputs {
            add(Part::Column(id), edge);
        }
    }
    for (i, dataset) in lineage.datasets.iter().enumerate() {
        for edge in &dataset.rows {
            add(Part::Rows(i as u32), edge);
        }
    }
    rows
}

fn facts(class: super::Class) -> Vec<String> {
    class
        .facts()
        .map(|(kind, level)| format!("{} ({})", kind.as_str(), level.as_str()))
        .collect()
}

/// The transforms, with why each may be trusted and where it was met.
fn transforms(examined: &Examined) -> Vec<Value> {
    let lineage = &examined.lineage;
    let mut used: BTreeMap<u8, Vec<ColumnId>> = BTreeMap::new();
    for (id, column) in lineage.columns() {
        for (number, _) in examined.settings.transforms.iter() {
            let is_met = |edge: &crate::lineage::Edge| edge.mark.passed & (1 << number) != 0;
            if column.inputs.iter().any(is_met) {
                used.entry(number).or_default().push(id);
            }
        }
    }
    let all = examined.settings.transforms.iter();
    all.map(|(number, transform)| {
        let columns = used.get(&number).into_iter().flatten();
        let columns = columns.map(|id| part_name(lineage, Part::Column(*id)));
        json!({
            "name": transform.name,
            "reason": transform.reason,
            "is_registered": transform.pattern.is_some(),
            "columns": columns.collect::<Vec<_>>(),
        })
    })
    .collect()
}

fn rules(examined: &Examined) -> Value {
    let word = |breaks: bool| if breaks { "break" } else { "pass" };
    json!({
        "shifted_dates": word(examined.settings.breaks_on_shifted_dates),
        "indirect": word(examined.settings.breaks_on_indirect),
        "restricted_zip3": examined.settings.restricted_zip3,
    })
}

/// Digests of every file that the statement was made from.
fn rests_on(examined: &Examined, rests: &Rests<'_>) -> Value {
    let project = &rests.graph.project;
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut add = |path: &str, text: &str| {
        files.entry(path.to_owned()).or_insert_with(|| digest(text));
    };
    for node in project.nodes.values() {
        add(node.file.path.as_str(), &node.file.text);
        if let Some(place) = &node.properties {
            add(place.file.path.as_str(), &place.file.text);
        }
    }
    for source in project.sources.values() {
        add(source.file.path.as_str(), &source.file.text);
    }
    for exposure in project.exposures.values() {
        add(exposure.file.path.as_str(), &exposure.file.text);
    }
    // The program's own come with its version.
    let is_own = |package: &str| matches!(package, "dbt" | "dbt_duckdb");
    for makro in project.macros.values().filter(|m| !is_own(&m.package_name)) {
        add(makro.file.path.as_str(), &makro.file.text);
    }
    if let Some(text) = &rests.settings_file {
        add("hcdbt.yml", text);
    }
    let untraced = examined
        .lineage
        .columns()
        .filter(|(_, column)| column.gap.is_some());
    json!({
        "files": files,
        "columns": examined.lineage.columns().count(),
        "columns_not_traced": untraced.count(),
        "not_followed": [
            "what hooks, operations and other programs do to tables",
            "SQL that templates make from rows",
            "branches of incremental models that only a later run takes",
        ],
    })
}

fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut hex = String::with_capacity(64);
    for byte in digest {
        hex.push_str(&format!("{byte:02x}"));
    }
    format!("sha256:{hex}")
}
