//! What an editor asks about a place: what it is, where it comes from, what
//! could stand there.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;
use serde_json::{Value, json};

use super::project::Looked;
use super::text::{range_json, uri_of, word_at};
use crate::cli::session::Session;
use crate::diagnostics::SourceFile;
use crate::graph::Graph;
use crate::jinja::extract;
use crate::lineage::Direction;
use crate::lineage::output::tree;
use crate::parse::{Node, ResourceType, Source, UniqueId, version_text};
use crate::sql::Schema;

/// A place that is asked about.
pub struct Asked<'a> {
    pub looked: &'a Looked,
    pub session: &'a Session,
    pub path: &'a Utf8Path,
    pub text: &'a str,
    /// A byte of the text.
    pub at: usize,
}

/// What stands at a place.
enum Thing<'a> {
    Node(&'a Node),
    Source(&'a Source),
    Macro(&'a crate::parse::Macro),
    /// A column's name, what has it, and the CTEs of the file that do, each with
    /// its type.
    Column(&'a str, Vec<(&'a UniqueId, String)>, Vec<(String, String)>),
}

impl<'a> Asked<'a> {
    fn graph(&self) -> Option<&'a Graph> {
        self.looked.ready.as_ref().map(|ready| &*ready.graph)
    }

    fn absolute(&self, file: &SourceFile) -> camino::Utf8PathBuf {
        let current_dir = &self.session.invocation.current_dir;
        crate::files::normal_path(&current_dir.join(&file.path))
    }

    fn session_project(&self) -> &'a str {
        let ready = self.looked.ready.as_ref();
        ready.map_or("", |ready| &ready.project.name)
    }

    /// Returns the node that the file defines.
    fn own_node(&self) -> Option<&'a Node> {
        let nodes = &self.graph()?.project.nodes;
        let mut models = nodes.values().filter(|node| {
            !matches!(node.resource_type, ResourceType::Test)
                && self.absolute(&node.file) == self.path
        });
        models.next()
    }

    fn thing(&self) -> Option<Thing<'a>> {
        let graph = self.graph()?;
        let project = &graph.project;
        // In property files, and while something is being typed, there is a call
        // and no template around it.
        let around = call_around(self.text, self.at);
        let alone = around.map(|range| format!("{{{{ {} }}}}", &self.text[range]));
        let texts = [Some(self.text), alone.as_deref()];
        for (i, text) in texts.into_iter().flatten().enumerate() {
            let Ok(calls) = extract(text) else { continue };
            let here = |range: &std::ops::Range<usize>| i > 0 || range.contains(&self.at);
            if let Some(call) = calls.refs.iter().find(|call| here(&call.range)) {
                let version = call.version.as_ref().map(version_text);
                return find_ref(
                    graph,
                    call.package.as_deref(),
                    &call.name,
                    version.as_deref(),
                )
                .map(Thing::Node);
            }
            if let Some(call) = calls.sources.iter().find(|call| here(&call.range)) {
                let mut sources = project.sources.values();
                let found = sources.find(|s| s.source_name == call.source && s.name == call.table);
                return found.map(Thing::Source);
            }
        }
        let word = &self.text[word_at(self.text, self.at)];
        if word.is_empty() {
            return None;
        }
        if in_jinja(self.text, self.at) {
            // `package.name` is that package's, and a name alone first of all
            // the project's own.
            let before = self.text[..word_at(self.text, self.at).start].strip_suffix('.');
            let package = before.map(|before| &before[word_at(before, before.len())]);
            let wanted = package.unwrap_or(self.session_project());
            let named: Vec<_> = project.macros.values().filter(|m| m.name == word).collect();
            let own = named.iter().find(|found| *found.package_name == *wanted);
            if let Some(found) = own.or_else(|| named.first()) {
                return Some(Thing::Macro(found));
            }
        }
        let owners = self.columns(Some(word));
        let owners: Vec<_> = owners
            .into_iter()
            .map(|(id, _, data_type)| (id, data_type))
            .collect();
        let ctes = self.columns_of_ctes(Some(word));
        let ctes: Vec<_> = ctes
            .into_iter()
            .map(|(cte, _, data_type)| (cte, data_type))
            .collect();
        (!owners.is_empty() || !ctes.is_empty()).then(|| {
            let range = word_at(self.text, self.at);
            Thing::Column(&self.text[range], owners, ctes)
        })
    }

    /// Returns the columns of the CTEs of the file: all, or those of one name.
    fn columns_of_ctes(&self, name: Option<&str>) -> Vec<(String, String, String)> {
        let Some(node) = self.own_node() else {
            return Vec::new();
        };
        let ctes = self.looked.ctes(self.session, &node.unique_id);
        let columns = ctes.iter().flat_map(|(cte, schema)| {
            let columns = schema.columns.iter();
            columns.map(|column| (cte.clone(), column))
        });
        columns
            .filter(|(_, column)| name.is_none_or(|name| column.name.eq_ignore_ascii_case(name)))
            .map(|(cte, column)| {
                let data_type = column.data_type.clone().unwrap_or_default();
                (cte, column.name.clone(), data_type)
            })
            .collect()
    }

    /// Returns the columns of what the file's node reads, and its own: all, or
    /// those of one name.
    fn columns(&self, name: Option<&str>) -> Vec<(&'a UniqueId, String, String)> {
        let Some(node) = self.own_node() else {
            return Vec::new();
        };
        let ids = node.depends_on_nodes.iter().chain([&node.unique_id]);
        let mut all = Vec::new();
        for id in ids {
            let Some(schema) = self.looked.schemas.get(id) else {
                continue;
            };
            for column in &schema.columns {
                if name.is_none_or(|name| column.name.eq_ignore_ascii_case(name)) {
                    let data_type = column.data_type.clone().unwrap_or_default();
                    all.push((id, column.name.clone(), data_type));
                }
            }
        }
        all
    }
}

/// Returns the `ref(...)` or `source(...)` of one line that a place lies in.
fn call_around(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let line_start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    let line = &text[line_start..line_end];
    let calls = ["ref(", "source("].into_iter().flat_map(|name| {
        line.match_indices(name).filter_map(move |(start, _)| {
            let is_word = |c: char| c == '_' || c.is_alphanumeric();
            let before = line[..start].chars().next_back();
            let end = start + line[start..].find(')')? + 1;
            let is_call = !before.is_some_and(is_word);
            is_call.then_some(line_start + start..line_start + end)
        })
    });
    calls.into_iter().find(|range| range.contains(&at))
}

fn find_ref<'a>(
    graph: &'a Graph,
    package: Option<&str>,
    name: &str,
    version: Option<&str>,
) -> Option<&'a Node> {
    let mut nodes = graph.project.nodes.values().filter(|node| {
        let is_referable = matches!(
            node.resource_type,
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
        );
        let own = node.version_text();
        let fits = match (version, &own) {
            (Some(version), own) => own.as_deref() == Some(version),
            (None, Some(_)) => node.is_latest_version(),
            (None, None) => true,
        };
        let is_there = package.is_none_or(|package| package == &*node.package_name);
        is_referable && is_there && node.name == name && fits
    });
    nodes.next()
}

/// Tells whether a place lies between `{{` or `{%` and the end of that.
fn in_jinja(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let opened = before.rfind("{{").max(before.rfind("{%"));
    let closed = before.rfind("}}").max(before.rfind("%}"));
    opened > closed
}

/// Says what a place is.
pub fn hover(asked: &Asked<'_>) -> Value {
    let Some(thing) = asked.thing() else {
        return Value::Null;
    };
    let text = match thing {
        Thing::Node(node) => {
            let schema = asked.looked.schemas.get(&node.unique_id);
            let noun = node.resource_type.as_str();
            relation_text(noun, &node.name, &node.description, schema)
        }
        Thing::Source(source) => {
            let schema = asked.looked.schemas.get(&source.unique_id);
            let name = format!("{}.{}", source.source_name, source.name);
            relation_text("source", &name, &source.description, schema)
        }
        Thing::Macro(found) => {
            let mut text = format!("macro `{}` of `{}`", signature(found), found.package_name);
            if !found.description.trim().is_empty() {
                text.push_str(&format!("\n\n{}", found.description.trim()));
            }
            text
        }
        Thing::Column(name, owners, ctes) => {
            let own = asked.own_node().map(|node| &node.unique_id);
            let line = |(id, data_type): (&UniqueId, String)| {
                let is_own = Some(id) == own;
                let verb = if is_own { "given by" } else { "from" };
                let mut text = format!("`{name}` {data_type}, {verb} `{}`", short(id));
                text.push_str(&ways(asked.looked, id, name, Direction::Up));
                if is_own {
                    text.push_str(&ways(asked.looked, id, name, Direction::Down));
                }
                text
            };
            let of_ctes = ctes
                .iter()
                .map(|(cte, data_type)| format!("`{name}` {data_type}, of the CTE `{cte}`"));
            let lines = owners.into_iter().map(line).chain(of_ctes);
            lines.collect::<Vec<_>>().join("\n\n")
        }
    };
    json!({"contents": {"kind": "markdown", "value": text}})
}

/// So many lines of a way are shown, and the rest is counted.
const LINES: usize = 12;

/// Draws where a column comes from, or what it goes into; nothing where it is
/// the beginning or the end.
fn ways(looked: &Looked, id: &UniqueId, column: &str, direction: Direction) -> String {
    let Some(lineage) = looked.lineage() else {
        return String::new();
    };
    let graph = &lineage.project.traced.graph;
    let Some(column) = graph.column_id(id.as_str(), column) else {
        return String::new();
    };
    let texts = &lineage.project.texts;
    let drawn = tree(graph, &lineage.readers, texts, &[column], direction, None);
    // The column itself comes first.
    let lines: Vec<&str> = drawn.lines().skip(1).collect();
    if lines.is_empty() {
        return String::new();
    }
    let title = match direction {
        Direction::Up => "comes from",
        Direction::Down => "goes into",
    };
    let more = match lines.len().saturating_sub(LINES) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    let shown = lines[..lines.len().min(LINES)].join("\n");
    format!("\n\n{title}\n\n```text\n{shown}{more}\n```")
}

fn short(id: &UniqueId) -> String {
    let parts: Vec<&str> = id.as_str().split('.').collect();
    match parts.as_slice() {
        [_, _, rest @ ..] => rest.join("."),
        _ => id.as_str().to_owned(),
    }
}

fn relation_text(noun: &str, name: &str, description: &str, schema: Option<&Schema>) -> String {
    let mut text = format!("{noun} **{name}**");
    if !description.trim().is_empty() {
        text.push_str(&format!("\n\n{}", description.trim()));
    }
    let Some(schema) = schema else {
        return text;
    };
    text.push_str("\n\n| column | type |\n|---|---|");
    for column in &schema.columns {
        let data_type = column.data_type.as_deref().unwrap_or_default();
        text.push_str(&format!("\n| {} | {data_type} |", column.name));
    }
    text
}

/// Says where what stands at a place is defined.
pub fn definition(asked: &Asked<'_>) -> Value {
    let location = |file: &Arc<SourceFile>, range: std::ops::Range<usize>| {
        json!({
            "uri": uri_of(&asked.absolute(file)),
            "range": range_json(&file.text, &range),
        })
    };
    match asked.thing() {
        None => Value::Null,
        Some(Thing::Node(node)) => location(&node.file, node.span.start..node.span.start),
        Some(Thing::Source(source)) => location(&source.file, source.span.start..source.span.start),
        Some(Thing::Macro(found)) => {
            let start = definition_of_macro(&found.file.text, &found.name);
            location(&found.file, start..start + found.name.len())
        }
        Some(Thing::Column(name, owners, ctes)) if owners.is_empty() => {
            let Some(node) = asked.own_node() else {
                return Value::Null;
            };
            let places = ctes.iter().filter_map(|(cte, _)| {
                let range = place_in_cte(&node.file.text, cte, name)?;
                Some(location(&node.file, range))
            });
            Value::Array(places.collect())
        }
        Some(Thing::Column(name, owners, _)) => {
            let Some(graph) = asked.graph() else {
                return Value::Null;
            };
            let own = asked.own_node().map(|node| &node.unique_id);
            let others = owners.iter().filter(|(id, _)| Some(*id) != own);
            let mut columns: Vec<(UniqueId, String)> = others
                .map(|(id, _)| ((*id).clone(), name.to_owned()))
                .collect();
            // What only this model gives is made of something else.
            if columns.is_empty() {
                let made_here = owners.iter().map(|(id, _)| (*id).clone());
                columns = made_here
                    .flat_map(|id| inputs(asked.looked, &id, name))
                    .collect();
            }
            let places = columns.into_iter().filter_map(|(id, name)| {
                let (file, range) = column_place(asked.looked, graph, id, name)?;
                Some(location(file, range))
            });
            Value::Array(places.collect())
        }
    }
}

/// Returns the columns whose values go into one.
fn inputs(looked: &Looked, id: &UniqueId, column: &str) -> Vec<(UniqueId, String)> {
    let Some(lineage) = looked.lineage() else {
        return Vec::new();
    };
    let graph = &lineage.project.traced.graph;
    let column = graph.column_id(id.as_str(), column);
    let edges = column.into_iter().flat_map(|id| &graph.column(id).inputs);
    let direct = edges.filter(|edge| edge.kind.is_direct());
    direct
        .map(|edge| {
            let table = &graph.table_of(edge.source).id;
            let name = graph.column(edge.source).name.to_string();
            (UniqueId(Arc::clone(table)), name)
        })
        .collect()
}

/// Finds where a column is written first: what only hands it on, as part of a
/// star, has no word for it.
fn column_place<'g>(
    looked: &Looked,
    graph: &'g Graph,
    mut id: UniqueId,
    mut name: String,
) -> Option<(&'g Arc<SourceFile>, std::ops::Range<usize>)> {
    let mut seen = std::collections::HashSet::new();
    while seen.insert(id.clone()) {
        let project = &graph.project;
        let (file, span, is_seed) = match (project.nodes.get(&id), project.sources.get(&id)) {
            (Some(node), _) => {
                let is_seed = node.resource_type == ResourceType::Seed;
                (&node.file, &node.span, is_seed)
            }
            (None, Some(source)) => (&source.file, &source.span, false),
            (None, None) => return None,
        };
        let text = file.text.get(span.clone()).unwrap_or_default();
        let start = span.start;
        // The header of a file is its first line.
        let found = if is_seed {
            last_word(text.lines().next().unwrap_or_default(), &name)
        } else {
            last_word(text, &name)
        };
        if let Some(range) = found {
            return Some((file, start + range.start..start + range.end));
        }
        match inputs(looked, &id, &name).as_slice() {
            [(before, column)] => (id, name) = (before.clone(), column.clone()),
            _ => return Some((file, start..start)),
        }
    }
    None
}

fn definition_of_macro(text: &str, name: &str) -> usize {
    let mut places = text.match_indices(name).map(|(at, _)| at);
    places
        .find(|at| {
            let before = text[..*at].trim_end();
            before.ends_with("macro") || before.ends_with("test")
        })
        .unwrap_or(0)
}

/// Returns where a CTE of a template makes a column: where it is named last.
fn place_in_cte(text: &str, cte: &str, column: &str) -> Option<std::ops::Range<usize>> {
    let names = text.match_indices(cte).map(|(at, _)| word_at(text, at));
    let mut bodies = names.filter_map(|name| {
        let rest = text[name.end..].trim_start();
        let rest = rest
            .get(..2)
            .filter(|word| word.eq_ignore_ascii_case("as"))
            .map(|_| &rest[2..])?;
        let open = rest.trim_start().strip_prefix('(')?;
        let start = text.len() - open.len();
        let mut depth = 1_usize;
        let end = open.find(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        })?;
        Some(start..start + end)
    });
    let body = bodies.next()?;
    let found = last_word(&text[body.clone()], column)?;
    Some(body.start + found.start..body.start + found.end)
}

fn last_word(text: &str, word: &str) -> Option<std::ops::Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let word = word.to_ascii_lowercase();
    let places = lower.match_indices(&word).map(|(at, _)| word_at(text, at));
    places.filter(|range| range.len() == word.len()).last()
}

/// Says what could stand at a place.
pub fn completion(asked: &Asked<'_>) -> Value {
    let Some(graph) = asked.graph() else {
        return Value::Null;
    };
    let line = asked.text[..asked.at]
        .lines()
        .next_back()
        .unwrap_or_default();
    let mut items: BTreeMap<String, (u8, String)> = BTreeMap::new();
    match open_call(line) {
        Some(Open::Ref(package)) => {
            for node in graph.project.nodes.values() {
                let is_there = package.is_none_or(|package| package == &*node.package_name);
                if is_there
                    && matches!(
                        node.resource_type,
                        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
                    )
                {
                    let noun = node.resource_type.as_str().to_owned();
                    items.insert(node.name.clone(), (18, noun));
                }
            }
        }
        Some(Open::SourceName) => {
            for source in graph.project.sources.values() {
                items.insert(source.source_name.clone(), (9, "source".into()));
            }
        }
        Some(Open::Table(name)) => {
            let sources = graph.project.sources.values();
            for source in sources.filter(|source| source.source_name == name) {
                items.insert(source.name.clone(), (18, "table".into()));
            }
        }
        None if in_jinja(asked.text, asked.at)
            && line.matches(['\'', '"']).count().is_multiple_of(2) =>
        {
            let root = asked.session_project();
            for (label, detail) in macros(graph, root) {
                items.insert(label, (3, detail));
            }
        }
        None => {
            for (id, name, data_type) in asked.columns(None) {
                let entry = items.entry(name).or_insert((5, data_type));
                entry.1.push_str(&format!(", {}", short(id)));
            }
            for (cte, name, data_type) in asked.columns_of_ctes(None) {
                let entry = items.entry(name).or_insert((5, data_type));
                entry.1.push_str(&format!(", {cte}"));
            }
        }
    }
    let items = items
        .into_iter()
        .map(|(label, (kind, detail))| json!({"label": label, "kind": kind, "detail": detail}));
    Value::Array(items.collect())
}

/// Functions that templates call all the time, and what they give.
const FUNCTIONS: [(&str, &str); 8] = [
    ("config", "sets the node's configuration"),
    ("env_var", "an environment variable"),
    (
        "is_incremental",
        "whether rows are added to a table that is there",
    ),
    ("ref", "the relation of a model, seed or snapshot"),
    ("source", "the relation of a source"),
    ("target", "the profile's target"),
    ("this", "the relation of the node itself"),
    ("var", "a variable"),
];

/// Returns what a template may call: each with its parameters. Those of
/// packages are named with the package; dbt's own are not for models.
fn macros<'g>(graph: &'g Graph, root: &'g str) -> impl Iterator<Item = (String, String)> + 'g {
    let macros = graph.project.macros.values();
    let macros = macros.filter(|found| !matches!(&*found.package_name, "dbt" | "dbt_duckdb"));
    let macros = macros.filter(|found| {
        let prefixes = ["test_", "materialization_"];
        !prefixes.iter().any(|prefix| found.name.starts_with(prefix))
    });
    let macros = macros.map(move |found| {
        let label = if *found.package_name == *root {
            found.name.clone()
        } else {
            format!("{}.{}", found.package_name, found.name)
        };
        (label, signature(found))
    });
    let functions = FUNCTIONS.iter();
    functions
        .map(|(name, what)| ((*name).to_owned(), (*what).to_owned()))
        .chain(macros)
}

/// Returns a macro's name with its parameters, as its definition has them.
fn signature(found: &crate::parse::Macro) -> String {
    let text = found.file.text.get(found.text.clone()).unwrap_or_default();
    let parameters = text.find('(').zip(text.find("%}"));
    let parameters = parameters.filter(|(open, end)| open < end);
    let parameters = parameters.map(|(open, end)| {
        let written = text[open..end].trim_end_matches(['-', ' ', '\n']);
        written.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    format!(
        "{}{}",
        found.name,
        parameters.unwrap_or_else(|| "()".into())
    )
}

/// What is being written in a text argument at the end of a line.
enum Open<'t> {
    /// A node, of the named package if any.
    Ref(Option<&'t str>),
    SourceName,
    /// A table of the named source.
    Table(&'t str),
}

fn open_call(line: &str) -> Option<Open<'_>> {
    for name in ["ref", "source"] {
        let Some(at) = line.rfind(&format!("{name}(")) else {
            continue;
        };
        let inside = &line[at + name.len() + 1..];
        if inside.contains(')') {
            continue;
        }
        match (name, inside.matches(['\'', '"']).count()) {
            ("ref", 1) => return Some(Open::Ref(None)),
            ("ref", 3) => return Some(Open::Ref(inside.split(['\'', '"']).nth(1))),
            ("source", 1) => return Some(Open::SourceName),
            ("source", 3) => return inside.split(['\'', '"']).nth(1).map(Open::Table),
            _ => {}
        }
    }
    None
}
