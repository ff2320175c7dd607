//! Sources, with what their tables inherit and what other packages override.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ParseContext;
use super::columns::{column_tags, columns, text_list};
use super::docs;
use super::draft::folders;
use super::external_location::{external_location, source_names};
use super::freshness;
use super::generic_test::{Target, column_name, make};
use super::node::{IdMap, Node, NodeConfig, Source, UniqueId};
use super::properties::PackageProperties;
use super::relation_name::relation;
use crate::config::ConfigRequest;
use crate::config::properties::{SourceProperties, SourceTableProperties};
use crate::diagnostics::Diagnostic;
use crate::event::kinds;
use crate::parse::node::ResourceType;

/// All sources, and the tests of their tables.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    pub sources: Vec<Source>,
    pub tests: Vec<Node>,
}

/// Makes the sources of all packages.
pub(super) fn read(
    cx: &ParseContext<'_>,
    properties: &[Arc<PackageProperties>],
    found: &mut Vec<Diagnostic>,
) -> Sources {
    let mut overrides = Overrides::new(properties, found);
    let mut places: IdMap<(&PackageProperties, std::ops::Range<usize>)> = IdMap::default();
    let mut made = Sources::default();
    for from in properties {
        for source in from
            .properties
            .sources
            .iter()
            .filter(|s| s.overrides.is_none())
        {
            for table in &source.tables {
                let id = UniqueId::from(format!(
                    "source.{}.{}.{}",
                    from.package, source.name.text, table.name.text
                ));
                if let Some((first, span)) = places.get(&id) {
                    found.push(duplicate(from, source, table, first, span));
                    continue;
                }
                places.insert(id.clone(), (from, table.name.span.clone()));
                let patched = overrides.apply(&from.package, source, table);
                let (source, table) = patched
                    .as_ref()
                    .map_or((source, table), |(source, table)| (source, table));
                made.tests.extend(tests(cx, from, source, table, found));
                made.sources
                    .push(make_source(cx, from, id, source, table, found));
            }
        }
    }
    overrides.report_unused(found);
    made
}

fn duplicate(
    from: &PackageProperties,
    source: &SourceProperties,
    table: &SourceTableProperties,
    first: &PackageProperties,
    span: &std::ops::Range<usize>,
) -> Diagnostic {
    let title = format!(
        "dbt found two sources with the name \"{}_{}\".",
        source.name.text, table.name.text
    );
    Diagnostic::error("duplicate-name", title)
        .at(
            &from.properties.file,
            table.name.span.clone(),
            "defined here again",
        )
        .at(&first.properties.file, span.clone(), "first defined here")
        .hint("rename or remove one of them")
}

/// Warns of a source whose freshness nothing can tell: the database keeps no
/// times of its tables.
fn unmeasured(source: &Source) -> Diagnostic {
    let name = format!("{}.{}", source.source_name, source.name);
    let title = format!(
        "The configured adapter does not support metadata-based freshness. A loaded_at_field must \
         be specified for source '{name}'."
    );
    let data = json!({"msg": title});
    Diagnostic::warning("no-freshness", title)
        .at(&source.file, source.span.clone(), "")
        .as_event(kinds::FRESHNESS_CONFIG_PROBLEM, data)
}

/// Entries with `overrides:`, by the package and source that they are about.
struct Overrides<'a> {
    entries: HashMap<(&'a str, &'a str), (&'a PackageProperties, &'a SourceProperties)>,
    used: HashSet<(&'a str, &'a str)>,
    used_tables: HashSet<(&'a str, &'a str, String)>,
}

impl<'a> Overrides<'a> {
    fn new(properties: &'a [Arc<PackageProperties>], found: &mut Vec<Diagnostic>) -> Self {
        let mut entries = HashMap::new();
        for from in properties {
            for source in &from.properties.sources {
                let Some(package) = &source.overrides else {
                    continue;
                };
                let key = (package.text.as_str(), source.name.text.as_str());
                let previous: Option<(&PackageProperties, &SourceProperties)> =
                    entries.insert(key, (from, source));
                if let Some((first_from, first)) = previous {
                    let title = format!(
                        "dbt found two schema.yml entries for the same source named {} in \
                         package {}, which can be overridden once only",
                        key.1, key.0
                    );
                    found.push(
                        Diagnostic::error("duplicate-override", title)
                            .at(&from.properties.file, source.name.span.clone(), "here")
                            .at(
                                &first_from.properties.file,
                                first.name.span.clone(),
                                "and here",
                            )
                            .hint("remove the entry of this source from one of these files"),
                    );
                }
            }
        }
        Self {
            entries,
            used: HashSet::new(),
            used_tables: HashSet::new(),
        }
    }

    /// Returns a source and a table with what overrides them.
    fn apply(
        &mut self,
        package: &str,
        source: &SourceProperties,
        table: &SourceTableProperties,
    ) -> Option<(SourceProperties, SourceTableProperties)> {
        let name = source.name.text.as_str();
        let mut entries = self.entries.iter();
        let (&key, (_, over)) = entries.find(|((p, n), _)| *p == package && *n == name)?;
        self.used.insert(key);
        let mut table = table.clone();
        if let Some(over_table) = over.tables.iter().find(|t| t.name.text == table.name.text) {
            self.used_tables
                .insert((key.0, key.1, table.name.text.clone()));
            override_table(&mut table, over_table);
        }
        let mut source = source.clone();
        override_source(&mut source, over);
        Some((source, table))
    }

    /// Warns of what has nothing to override, in one warning as dbt does.
    fn report_unused(&self, found: &mut Vec<Diagnostic>) {
        let mut unused = Vec::new();
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(key, _)| **key);
        for (key, (from, source)) in entries {
            let (package, name) = key;
            let file = &from.properties.file;
            if !self.used.contains(key) {
                let line = format!("  - Source {package}.{name} (in {})", file.path);
                unused.push((line, file, &source.name.span));
                continue;
            }
            let mut tables: Vec<_> = source.tables.iter().map(|table| &table.name).collect();
            tables.sort_by_key(|table| &table.text);
            for table in tables {
                let used = (*package, *name, table.text.clone());
                if !self.used_tables.contains(&used) {
                    let line = format!(
                        "  - Source table {package}.{name}.{} (in {})",
                        table.text, file.path
                    );
                    unused.push((line, file, &table.span));
                }
            }
        }
        if unused.is_empty() {
            return;
        }
        let lines: Vec<&str> = unused.iter().map(|(line, ..)| line.as_str()).collect();
        let title = format!(
            "During parsing, dbt encountered source overrides that had no target:\n{}",
            lines.join("\n")
        );
        let data = json!({"unused_tables": lines});
        let warning = Diagnostic::warning("unused-override", title)
            .as_event(kinds::UNUSED_TABLES, data)
            .hint("correct the names, or remove what overrides nothing");
        found.push(unused.iter().fold(warning, |warning, (_, file, span)| {
            warning.at(file, (*span).clone(), "no package has this")
        }));
    }
}

fn override_source(source: &mut SourceProperties, over: &SourceProperties) {
    let over = over.clone();
    if !over.description.is_empty() {
        source.description = over.description;
        source.description_span = over.description_span;
    }
    if !over.meta.is_empty() {
        source.meta = over.meta;
    }
    source.database = over.database.or(source.database.take());
    source.schema = over.schema.or(source.schema.take());
    if !over.loader.is_empty() {
        source.loader = over.loader;
    }
    if !over.quoting.is_empty() {
        source.quoting = over.quoting;
    }
    // dbt's override always sets freshness and config, also to nothing.
    source.freshness = over.freshness;
    source.config = over.config;
    source.loaded_at_field = over.loaded_at_field.or(source.loaded_at_field.take());
    source.loaded_at_query = over.loaded_at_query.or(source.loaded_at_query.take());
    if !over.tags.is_empty() {
        source.tags = over.tags;
    }
}

fn override_table(table: &mut SourceTableProperties, over: &SourceTableProperties) {
    let over = over.clone();
    if !over.description.is_empty() {
        table.description = over.description;
        table.description_span = over.description_span;
    }
    if !over.meta.is_empty() {
        table.meta = over.meta;
    }
    table.data_type = over.data_type.or(table.data_type.take());
    table.docs = over.docs.or(table.docs.take());
    table.identifier = over.identifier.or(table.identifier.take());
    table.quoting = over.quoting;
    table.freshness = over.freshness;
    table.loaded_at_field = over.loaded_at_field.or(table.loaded_at_field.take());
    table.loaded_at_query = over.loaded_at_query.or(table.loaded_at_query.take());
    table.external = over.external.or(table.external.take());
    if !over.tags.is_empty() {
        table.tags = over.tags;
    }
    if !over.columns.is_empty() {
        table.columns = over.columns;
    }
    if !over.data_tests.is_empty() {
        table.data_tests = over.data_tests;
    }
}

fn tests(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    source: &SourceProperties,
    table: &SourceTableProperties,
    found: &mut Vec<Diagnostic>,
) -> Vec<Node> {
    let target = Target {
        package: &from.package,
        file: &from.properties.file,
        original_file_path: &from.original_file_path,
        name: format!("{}_{}", source.name.text, table.name.text),
        file_key_name: format!("sources.{}", source.name.text),
        source: Some([&source.name.text, &table.name.text]),
        version: None,
        attached: None,
    };
    let tags: Vec<String> = source.tags.iter().chain(&table.tags).cloned().collect();
    let mut nodes = Vec::new();
    for test in &table.data_tests {
        nodes.extend(make(cx, &target, test, None, &tags, found));
    }
    let quoting = |map: &Map<String, Value>| map.get("column").and_then(Value::as_bool);
    let quotes_columns = quoting(&table.quoting).or_else(|| quoting(&source.quoting));
    for column in &table.columns {
        if column.data_tests.is_empty() {
            continue;
        }
        let is_quoted = column.quote.or(quotes_columns).unwrap_or(false);
        let name = column_name(column, is_quoted);
        let mut tags = tags.clone();
        tags.extend(column_tags(column));
        for test in &column.data_tests {
            nodes.extend(make(cx, &target, test, Some(&name), &tags, found));
        }
    }
    nodes
}

fn make_source(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    unique_id: UniqueId,
    source: &SourceProperties,
    table: &SourceTableProperties,
    found: &mut Vec<Diagnostic>,
) -> Source {
    let fqn: Vec<String> = std::iter::once(from.package.to_string())
        .chain(folders(&from.path))
        .chain([source.name.text.clone(), table.name.text.clone()])
        .collect();
    let patch = patch(from, source, table, found);
    let request = ConfigRequest {
        resource_type: ResourceType::Source,
        package: &from.package,
        fqn: &fqn,
        patch: Some(&patch),
        call: &Map::new(),
    };
    let merged = cx
        .merger
        .node_config(&request)
        .unwrap_or_else(|mut diagnostic| {
            if diagnostic.labels.is_empty() {
                diagnostic = diagnostic.at(
                    &from.properties.file,
                    table.name.span.clone(),
                    "in the config of this table",
                );
            }
            found.push(diagnostic);
            crate::config::MergedConfig::default()
        });
    let config = NodeConfig(merged.config);
    let text = |key: &str| config.str(key).map(str::to_owned);
    let meta = config.meta().cloned().unwrap_or_default();
    let mut source_meta = source.meta.clone();
    source_meta.extend(object(source.config.get("meta")));
    let database = source
        .database
        .clone()
        .filter(|d| !d.is_empty())
        .or_else(|| cx.default_database.clone());
    let schema = source.schema.clone().filter(|s| !s.is_empty());
    let mut made = Source {
        unique_id,
        package_name: Arc::clone(&from.package),
        path: from.original_file_path.clone(),
        original_file_path: from.original_file_path.clone(),
        file: Arc::clone(&from.properties.file),
        span: table.span.clone(),
        fqn,
        source_name: source.name.text.clone(),
        source_description: source.description.clone(),
        loader: source.loader.clone(),
        name: table.name.text.clone(),
        identifier: table
            .identifier
            .clone()
            .filter(|i| !i.is_empty())
            .unwrap_or_else(|| table.name.text.clone()),
        database,
        schema: schema.unwrap_or_else(|| source.name.text.clone()),
        quoting: quoting(source, table),
        loaded_at_field: text("loaded_at_field"),
        loaded_at_query: text("loaded_at_query"),
        freshness: config.get("freshness").cloned().unwrap_or_default(),
        external: table.external.as_ref().map_or(Value::Null, external_table),
        description: table.description.clone(),
        columns: columns(&table.columns),
        meta,
        source_meta,
        tags: config.tags().into_iter().map(str::to_owned).collect(),
        unrendered_config: merged.unrendered,
        unrendered_database: source.unrendered_database.clone(),
        unrendered_schema: source.unrendered_schema.clone(),
        external_location: None,
        relation_name: String::new(),
        doc_blocks: Vec::new(),
        created_at: cx.created_at,
        config,
    };
    made.external_location = location(from, table, &made, found);
    made.relation_name = match &made.external_location {
        Some(location) => location.clone(),
        None => relation_name(cx, &made),
    };
    if made.loaded_at_field.is_none()
        && made.loaded_at_query.is_none()
        && freshness::is_asked_for(&made.freshness)
    {
        found.push(unmeasured(&made));
    }
    if made.config.is_enabled() {
        render_descriptions(cx, from, source, table, &mut made, found);
    }
    made
}

/// Joins what the source and the table say, for the merger.
fn patch(
    from: &PackageProperties,
    source: &SourceProperties,
    table: &SourceTableProperties,
    found: &mut Vec<Diagnostic>,
) -> Map<String, Value> {
    let mut patch = source.config.clone();
    patch.extend(table.config.clone());
    let said = |given: &Option<Option<Map<String, Value>>>| match given {
        None => Some(Map::new()),
        Some(given) => given.clone(),
    };
    let in_config = |config: &Map<String, Value>| match config.get("freshness") {
        Some(Value::Null) => None,
        given => Some(object(given)),
    };
    let levels = [
        said(&source.freshness),
        in_config(&source.config),
        said(&table.freshness),
        in_config(&table.config),
    ];
    match freshness::merge(levels) {
        None => {
            patch.shift_remove("freshness");
        }
        Some(None) => {
            patch.insert("freshness".to_owned(), Value::Null);
        }
        Some(Some(threshold)) => {
            patch.insert("freshness".to_owned(), Value::Object(threshold));
        }
    }
    let (field, query) = loaded_at(from, source, table, found);
    patch.insert("loaded_at_field".to_owned(), field.into());
    patch.insert("loaded_at_query".to_owned(), query.into());

    let mut meta = source.meta.clone();
    meta.extend(object(source.config.get("meta")));
    meta.extend(table.meta.clone());
    meta.extend(object(table.config.get("meta")));
    patch.insert("meta".to_owned(), Value::Object(meta));

    let mut tags = source.tags.clone();
    tags.extend(text_list(source.config.get("tags")));
    tags.extend(table.tags.iter().cloned());
    tags.extend(text_list(table.config.get("tags")));
    tags.sort_unstable();
    tags.dedup();
    patch.insert("tags".to_owned(), tags.into());
    patch
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

/// Decides by which column or query a table's freshness is measured: the
/// table's own say comes first, also when it is `null`.
fn loaded_at(
    from: &PackageProperties,
    source: &SourceProperties,
    table: &SourceTableProperties,
    found: &mut Vec<Diagnostic>,
) -> (Option<String>, Option<String>) {
    let config = |map: &Map<String, Value>, key: &str| {
        let text = map.get(key).and_then(Value::as_str);
        text.filter(|t| !t.is_empty()).map(str::to_owned)
    };
    let table_field = table.loaded_at_field.clone().flatten();
    let table_field = table_field.or_else(|| config(&table.config, "loaded_at_field"));
    let is_said = table.loaded_at_field.is_some() || table_field.is_some();
    let table_query = table.loaded_at_query.clone();
    let table_query = table_query.or_else(|| config(&table.config, "loaded_at_query"));
    let source_field = source.loaded_at_field.clone();
    let source_field = source_field.or_else(|| config(&source.config, "loaded_at_field"));
    let source_query = source.loaded_at_query.clone();
    let source_query = source_query.or_else(|| config(&source.config, "loaded_at_query"));
    let mut both = |name: &str, span: &std::ops::Range<usize>| {
        let title = format!("`{name}` has both `loaded_at_field` and `loaded_at_query`");
        found.push(
            Diagnostic::error("set-twice", title)
                .at(&from.properties.file, span.clone(), "in this entry")
                .hint("keep one of the two"),
        );
    };
    if is_said && table_query.is_some() {
        both(&table.name.text, &table.name.span);
    }
    if source_field.is_some() && source_query.is_some() {
        both(&source.name.text, &source.name.span);
    }
    let field = if is_said { table_field } else { source_field };
    let query = match table_query {
        Some(query) => Some(query),
        None if is_said => None,
        None => source_query,
    };
    (field, query)
}

fn quoting(source: &SourceProperties, table: &SourceTableProperties) -> Map<String, Value> {
    ["database", "schema", "identifier", "column"]
        .into_iter()
        .map(|key| {
            let said = |map: &Map<String, Value>| map.get(key).filter(|v| !v.is_null()).cloned();
            let value = said(&table.quoting).or_else(|| said(&source.quoting));
            (key.to_owned(), value.unwrap_or_default())
        })
        .collect()
}

/// Fills in what an `external:` mapping leaves out.
fn external_table(external: &Map<String, Value>) -> Value {
    let mut full = Map::new();
    for key in [
        "location",
        "file_format",
        "row_format",
        "tbl_properties",
        "partitions",
    ] {
        let value = external.get(key).cloned().unwrap_or_default();
        full.insert(key.to_owned(), value);
    }
    full.extend(external.clone());
    Value::Object(full)
}

/// The configs of sources that dbt knows; any other may be dbt-duckdb's.
const KNOWN_CONFIGS: [&str; 8] = [
    "enabled",
    "event_time",
    "freshness",
    "loaded_at_field",
    "loaded_at_query",
    "meta",
    "tags",
    "static_analysis",
];

/// Returns the files that a source stands for.
fn location(
    from: &PackageProperties,
    table: &SourceTableProperties,
    source: &Source,
    found: &mut Vec<Diagnostic>,
) -> Option<String> {
    let mut meta = source.meta.clone();
    let own = source.config.0.iter();
    let own = own.filter(|(key, _)| !KNOWN_CONFIGS.contains(&key.as_str()));
    meta.extend(own.map(|(key, value)| (key.clone(), value.clone())));
    let names = source_names(
        &source.name,
        &source.identifier,
        &source.schema,
        source.database.as_deref(),
        &source.tags,
    );
    match external_location(&meta, &names) {
        Ok(location) => location,
        Err(message) => {
            let title = format!(
                "the location of source `{}.{}` cannot be made",
                source.source_name, source.name
            );
            found.push(
                Diagnostic::error("external-location", title)
                    .at(
                        &from.properties.file,
                        table.name.span.clone(),
                        "of this table",
                    )
                    .because(format!("{message}.")),
            );
            None
        }
    }
}

/// Returns the name that the manifest has. The project's quoting shows in it,
/// although no query follows it; dbt does the same.
fn relation_name(cx: &ParseContext<'_>, source: &Source) -> String {
    let mut quote = cx.quoting;
    for (part, key) in quote.iter_mut().zip(["database", "schema", "identifier"]) {
        if let Some(said) = source.quoting.get(key).and_then(Value::as_bool) {
            *part = said;
        }
    }
    relation(
        quote,
        source.database.as_deref(),
        &source.schema,
        &source.identifier,
    )
    .name()
}

fn render_descriptions(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    properties: &SourceProperties,
    table: &SourceTableProperties,
    source: &mut Source,
    found: &mut Vec<Diagnostic>,
) {
    let file = &from.properties.file;
    let place = (file, &table.description_span);
    let described = docs::describe(cx, &from.package, &source.description, place, found);
    source.description = described.text;
    source.doc_blocks = described.doc_blocks;
    let place = (file, &properties.description_span);
    let mut ignored = Vec::new();
    let described = docs::describe(
        cx,
        &from.package,
        &source.source_description,
        place,
        &mut ignored,
    );
    source.source_description = described.text;
    for diagnostic in ignored {
        // Every table has its source's description; one message is enough.
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    }
    for property in &table.columns {
        let Some(column) = source.columns.get_mut(&property.name.text) else {
            continue;
        };
        let place = (file, &property.description_span);
        let described = docs::describe(cx, &from.package, &column.description, place, found);
        column.description = described.text;
        column.doc_blocks = described.doc_blocks;
    }
}
