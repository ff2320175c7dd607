//! Makes one node's data.

use serde_json::Value;

use super::{Inputs, columns, facts, macros};
use crate::docs::fields::{Fields, pairs, shown, string, strings, text};
use crate::docs::layers::layer;
use crate::docs::manifest::Resource;
use crate::docs::payload::{Code, Detail, Entry, Kind, Node};
use crate::docs::{markdown, patient_data};

pub(super) fn node(inputs: &Inputs<'_>, kind: Kind, id: &str, resource: &Resource<'_>) -> Node {
    let (json, config) = (&resource.json, resource.config());
    let name = name(kind, id, json);
    let folder = folder(kind, json);
    let docs = config.get("docs").or_else(|| json.get("docs"));
    let hidden = docs.and_then(|d| d.get("show")) == Some(&Value::Bool(false));
    // dbt's results list exposures, although nothing is done to them.
    let ran = inputs
        .results
        .of_node(id)
        .filter(|_| kind != Kind::Exposure);
    let (status, result) = ran.unzip();
    let runs = inputs.runs.get(id).filter(|_| kind != Kind::Exposure);
    let mut entry = Entry {
        id: id.to_owned(),
        layer: layer(kind, text(json, "name").unwrap_or(&name), &folder),
        name,
        kind,
        label: string(json, "label"),
        package: string(json, "package_name").filter(|package| package != inputs.project),
        folder,
        tags: tags(json, config),
        materialized: string(config, "materialized")
            .filter(|_| kind == Kind::Model || kind == Kind::Snapshot),
        status,
        seconds: result.as_ref().and_then(|result| result.seconds),
        group: string(config, "group").or_else(|| string(json, "group")),
        access: string(json, "access").filter(|_| kind == Kind::Model),
        path: string(json, "original_file_path"),
        hidden,
        color: docs
            .and_then(|d| text(d, "node_color"))
            .filter(|c| is_color(c))
            .map(str::to_owned),
        ..Entry::default()
    };
    let detail = Detail {
        result,
        ..Detail::default()
    };
    if hidden {
        // The project does not want it shown: its place in the graph is all that is told.
        return Node {
            entry,
            detail,
            code: Code::default(),
        };
    }

    let catalog = inputs.catalog.and_then(|catalog| catalog.table(id));
    let mut detail = Detail {
        description: description(kind, json),
        relation: string(json, "relation_name"),
        arguments: macros::arguments(json),
        history: runs.cloned().unwrap_or_default(),
        columns: columns::columns(json, catalog),
        facts: facts::facts(kind, json, config),
        meta: if json
            .get("meta")
            .and_then(Value::as_object)
            .is_some_and(|m| !m.is_empty())
        {
            pairs(json, "meta")
        } else {
            pairs(config, "meta")
        },
        ..detail
    };
    if kind == Kind::Exposure {
        // Charts are drawn, not told.
        detail.meta.retain(|(key, _)| key != "charts");
    }
    if let Some(table) = catalog {
        table.statistics(&mut detail);
    }
    if kind == Kind::Source {
        (entry.freshness, detail.freshness) = inputs.results.of_source(id, json);
    }
    if kind == Kind::Exposure {
        let owner = json.get("owner").unwrap_or(&Value::Null);
        detail.owner = string(owner, "name");
        detail.email = string(owner, "email");
        detail.url = text(json, "url")
            .and_then(markdown::safe_url)
            .filter(|url| url.contains(':'))
            .map(str::to_owned);
    }
    let described = detail
        .columns
        .iter()
        .filter(|column| !column.description.is_empty());
    entry.phi = patient_data::summary(&detail);
    entry.columns = (count(detail.columns.len()), count(described.count()));
    entry.described = !detail.description.is_empty();
    Node {
        code: code(kind, json),
        entry,
        detail,
    }
}

fn name(kind: Kind, id: &str, json: &Value) -> String {
    let name = text(json, "name").unwrap_or(id);
    match json.get("version").and_then(shown) {
        Some(version) if kind == Kind::Model => format!("{name}.v{version}"),
        _ => name.to_owned(),
    }
}

/// Returns the folder under the resource path. The fqn has it, between the package and
/// the name, whatever the resource path is; for sources it is the source's name.
fn folder(kind: Kind, json: &Value) -> String {
    if kind == Kind::Source {
        return string(json, "source_name").unwrap_or_default();
    }
    if kind == Kind::Macro {
        let path = text(json, "path").unwrap_or_default();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        return folder
            .trim_start_matches("macros")
            .trim_matches('/')
            .to_owned();
    }
    let fqn = strings(json, "fqn");
    let name = text(json, "name").unwrap_or_default();
    let inner = fqn.get(1..).unwrap_or_default();
    let end = inner
        .iter()
        .rposition(|part| part == name)
        .unwrap_or(inner.len().saturating_sub(1));
    inner[..end].join("/")
}

fn tags(json: &Value, config: &dyn Fields) -> Vec<String> {
    let mut tags = strings(json, "tags");
    for tag in strings(config, "tags") {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags.dedup();
    tags
}

/// A source's table without a description still has its source's.
fn description(kind: Kind, json: &Value) -> String {
    let own = text(json, "description")
        .map(markdown::to_html)
        .filter(|html| !html.is_empty());
    let inherited = || {
        text(json, "source_description")
            .filter(|_| kind == Kind::Source)
            .map(markdown::to_html)
    };
    own.or_else(inherited).unwrap_or_default()
}

pub(super) fn code(kind: Kind, json: &Value) -> Code {
    // A generic test's own code is only a call of its macro, and a unit test's is the
    // rows it was given.
    let generic = json.get("test_metadata").is_some_and(Value::is_object);
    let raw = text(
        json,
        if kind == Kind::Macro {
            "macro_sql"
        } else {
            "raw_code"
        },
    )
    .filter(|_| !generic && kind != Kind::UnitTest && kind != Kind::Seed);
    let compiled =
        text(json, "compiled_code").filter(|_| kind != Kind::UnitTest && kind != Kind::Seed);
    Code {
        raw: raw.map(trimmed).unwrap_or_default(),
        compiled: compiled.map(trimmed).unwrap_or_default(),
        language: string(json, "language").filter(|language| language != "sql"),
    }
}

/// Drops the blank lines that Jinja leaves at both ends; the first line keeps its indent.
fn trimmed(code: &str) -> String {
    let code = code.trim_end();
    let blank = code.len() - code.trim_start().len();
    let start = code[..blank].rfind('\n').map_or(0, |end| end + 1);
    code[start..].to_owned()
}

/// Whether a colour is `#abc`, `#aabbcc` or a name; anything else could be other CSS.
fn is_color(color: &str) -> bool {
    match color.strip_prefix('#') {
        Some(digits) => {
            [3, 6].contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit())
        }
        None => (3..=24).contains(&color.len()) && color.bytes().all(|b| b.is_ascii_alphabetic()),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
