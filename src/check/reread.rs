//! Models that are written to files and read back from there: what becomes of
//! their columns on the way.

use serde_json::Value;

use crate::parse::{Node, ResourceType};
use crate::sql::{Schema, SchemaColumn};

/// Options of writing that change nothing in what is read.
const HARMLESS: [&str; 9] = [
    "format",
    "partition_by",
    "overwrite",
    "overwrite_or_ignore",
    "compression",
    "codec",
    "row_group_size",
    "filename_pattern",
    "per_thread_output",
];

/// Returns what a model looks like once it is read back, none where that
/// depends on its rows. `schema` is what its query gives.
pub fn as_read(node: &Node, schema: Schema) -> Option<Schema> {
    if node.resource_type != ResourceType::Model || node.config.materialized() != "external" {
        return Some(schema);
    }
    let options = node.config.get("options").and_then(Value::as_object);
    let option = |key: &str| {
        let mut options = options.into_iter().flatten();
        let found = options.find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, value)| value)
    };
    let partition_by = option("partition_by").or_else(|| node.config.get("partition_by"));
    let format = option("format").and_then(Value::as_str);
    let format = format.or_else(|| node.config.str("format"));
    let location = node.config.str("location").unwrap_or("x.parquet");
    let is_parquet = match format {
        Some(format) => format.eq_ignore_ascii_case("parquet"),
        // The ending says what it is; without one it is the default.
        None => location.ends_with(".parquet") || partition_by.is_some() && !location.contains('.'),
    };
    let mut names = options
        .into_iter()
        .flatten()
        .map(|(name, _)| name.to_lowercase());
    if !is_parquet || names.any(|name| !HARMLESS.contains(&&*name)) {
        return None;
    }
    let partitions = match partition_by {
        None => Vec::new(),
        Some(Value::String(names)) => names
            .split(',')
            .map(|name| name.trim().trim_matches('"').to_owned())
            .collect(),
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect(),
        Some(_) => return None,
    };
    // Partitions are folders, whose names are read as columns after the others.
    let is_partition = |column: &SchemaColumn| {
        let mut partitions = partitions.iter();
        partitions.any(|name| name.eq_ignore_ascii_case(&column.name))
    };
    let mut columns: Vec<SchemaColumn> = schema
        .columns
        .iter()
        .filter(|column| !is_partition(column))
        .map(in_file)
        .collect();
    for name in &partitions {
        columns.push(in_folder(schema.column(name)?)?);
    }
    Some(Schema::new(columns))
}

/// Parquet has no integers of 128 bits and no types of one's own.
fn in_file(column: &SchemaColumn) -> SchemaColumn {
    let data_type = column
        .data_type
        .as_deref()
        .map(|data_type| match data_type {
            "HUGEINT" | "UHUGEINT" => "DOUBLE",
            enumeration if enumeration.starts_with("ENUM(") => "VARCHAR",
            other => other,
        });
    SchemaColumn {
        data_type: data_type.map(str::to_owned),
        ..column.clone()
    }
}

/// What the engine makes of the names of folders. Texts may look like numbers,
/// and are numbers then.
fn in_folder(column: &SchemaColumn) -> Option<SchemaColumn> {
    let data_type = match column.data_type.as_deref()? {
        "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "UTINYINT" | "USMALLINT" | "UINTEGER" => {
            "BIGINT"
        }
        "DATE" => "DATE",
        "TIMESTAMP" => "TIMESTAMP",
        _ => return None,
    };
    Some(SchemaColumn::new(&column.name, data_type))
}
