//! The adapter's methods about files that tables are written to.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{NodeState, optional_text, text};
use crate::jinja::{Call, JinjaError, Value, python};
use crate::run::db::Statement;

pub fn external_root(state: &Arc<NodeState>, _call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let root = state.session.cx.adapter.settings().external_root.clone();
    Ok(Value::from(root))
}

/// `adapter.external_write_options(location, options)`: the options of the
/// `copy` statement. What they leave open follows from the file's name, and
/// is put into the mapping too, since the caller goes on with it.
pub fn external_write_options(
    _state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [location, options] = call.bind(["write_location", "rendered_options"], 2)?;
    let location = text(location, "the location of an external table")?;
    let given = options.unwrap_or_default();
    let mut options: IndexMap<String, String> = IndexMap::new();
    for (key, value) in python::pairs(&given).unwrap_or_default() {
        options.insert(key.to_string(), value.to_string());
    }
    complete(&location, &mut options);
    let filled = options.iter().map(|(k, v)| (k, Value::from(v.as_str())));
    let filled = python::dict(filled.collect::<Vec<_>>());
    let update = call.attribute(&given, "update")?;
    call.invoke(&update, &[filled], &[])?;
    let rendered: Vec<String> = options
        .iter()
        .map(|(key, value)| {
            let is_text = matches!(
                key.to_lowercase().as_str(),
                "delimiter" | "quote" | "escape" | "null"
            );
            if is_text && !value.starts_with('\'') {
                format!("{key} '{value}'")
            } else {
                format!("{key} {value}")
            }
        })
        .collect();
    Ok(Value::from(rendered.join(", ")))
}

fn complete(location: &str, options: &mut IndexMap<String, String>) {
    if !options.contains_key("format") {
        let (root, extension) = split_extension(location);
        let compression = match extension.to_lowercase().as_str() {
            "gz" => Some("gzip"),
            "zst" => Some("zstd"),
            _ => None,
        };
        // `data.csv.gz` is CSV.
        let extension = match compression {
            Some(_) => split_extension(root).1,
            None => extension,
        };
        if !extension.is_empty() {
            options.insert("format".into(), extension.to_lowercase());
            if let Some(compression) = compression {
                options
                    .entry("compression".into())
                    .or_insert_with(|| compression.to_owned());
            }
        } else if options.contains_key("delimiter") {
            options.insert("format".into(), "csv".into());
        } else {
            options.insert("format".into(), "parquet".into());
        }
    }
    if options.get("format").is_some_and(|format| format == "csv") {
        options.entry("header".into()).or_insert_with(|| "1".into());
    }
    if let Some(columns) = options.get_mut("partition_by")
        && columns.contains(',')
        && !columns.starts_with('(')
    {
        *columns = format!("({columns})");
    }
}

/// Splits a path's extension off, without the dot.
fn split_extension(path: &str) -> (&str, &str) {
    let name_start = path.rfind('/').map_or(0, |i| i + 1);
    match path[name_start..].rfind('.') {
        Some(dot) if dot > 0 => (&path[..name_start + dot], &path[name_start + dot + 1..]),
        _ => (path, ""),
    }
}

/// `adapter.external_read_location(location, options)`: a pattern for the
/// files that a partitioned write makes.
pub fn external_read_location(
    _state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [location, options] = call.bind(["write_location", "rendered_options"], 2)?;
    let location = text(location, "the location of an external table")?;
    let options = options.unwrap_or_default();
    let option = |name: &str| options.get_item(&Value::from(name)).unwrap_or_default();
    let partitions = option("partition_by");
    if !partitions.is_true() && !option("per_thread_output").is_true() {
        return Ok(Value::from(location));
    }
    let mut parts = vec![location, "*".to_owned()];
    if partitions.is_true() {
        let count = partitions.to_string().split(',').count();
        parts.extend(std::iter::repeat_n("*".to_owned(), count));
    }
    let format = optional_text(Some(&option("format"))).unwrap_or_else(|| "parquet".to_owned());
    Ok(Value::from(format!("{}.{format}", parts.join("/"))))
}

/// `adapter.location_exists(location)`: whether there are files to read.
pub fn location_exists(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [location] = call.bind(["location"], 1)?;
    let location = text(location, "the location of an external table")?;
    let sql = format!("select 1 from '{}' where 1=0", location.replace('\'', "''"));
    Ok(Value::from(
        state.db.execute(Statement::query(&sql)).is_ok(),
    ))
}

/// `adapter.store_relation(plugin, ...)`: dbt-duckdb's plugins are Python.
pub fn store_relation(_state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let plugin = call.args().first().map(ToString::to_string);
    Err(JinjaError::raised(format!(
        "plugins are Python modules of dbt-duckdb, which are not available here: remove `plugin: \
         {}`",
        plugin.unwrap_or_default()
    )))
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::complete;

    fn check(location: &str, given: &[(&str, &str)], expected: &str) {
        let mut options: IndexMap<String, String> = given
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        complete(location, &mut options);
        let shown: Vec<String> = options.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn the_format_follows_from_the_name() {
        check("out/a.parquet", &[], "format=parquet");
        check("out/a.CSV", &[], "format=csv header=1");
        check("out.d/a", &[], "format=parquet");
        check("out/a.csv.gz", &[], "format=csv compression=gzip header=1");
        check(
            "out/a",
            &[("delimiter", "|")],
            "delimiter=| format=csv header=1",
        );
        check(
            "out/a.json",
            &[("format", "parquet"), ("partition_by", "x,y")],
            "format=parquet partition_by=(x,y)",
        );
    }
}
