//! What a project says of patient data: what columns hold, what must hold
//! none, and which columns are to be masked.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::kind::Kind;
use super::mask::Mask;
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::graph::Graph;
use crate::parse::{ColumnInfo, Node, ResourceType};

/// Everything that a project declares.
#[derive(Debug, Default)]
pub struct Declared {
    /// By table, then by column in lower case.
    pub columns: HashMap<Arc<str>, IndexMap<String, Declaration>>,
    /// What the other columns of a source or seed hold.
    pub tables: HashMap<Arc<str>, Declaration>,
    pub promises: Vec<Promise>,
}

/// What a column is said to hold.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// Empty for `none`.
    pub kinds: Vec<Kind>,
    pub place: FilePlace,
}

/// A place in a project's file.
#[derive(Debug, Clone)]
pub struct FilePlace {
    pub file: Arc<SourceFile>,
    pub range: Range<usize>,
}

impl FilePlace {
    /// Returns `models/marts.yml:12`.
    pub fn file_line(&self) -> String {
        let (line, _) = self.file.line_column(self.range.start);
        format!("{}:{line}", self.file.path)
    }
}

/// That something holds no patient data.
#[derive(Debug, Clone)]
pub struct Promise {
    pub by: Promiser,
    pub strength: Strength,
    /// The tables that it is about.
    pub tables: Vec<Arc<str>>,
    /// The column that it is about, when it is about one alone.
    pub column: Option<String>,
    pub place: FilePlace,
}

/// Who promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promiser {
    /// A model, snapshot or seed, by its name.
    Node(String),
    Exposure(String),
}

/// How much is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Keyed hashes may be there, and shifted dates.
    Pseudonymous,
    /// Nothing that identifies.
    None,
}

impl Strength {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pseudonymous => "pseudonymous",
            Self::None => "none",
        }
    }
}

/// What takes a promise of a folder back.
const ANY: &str = "any";

impl Declared {
    /// Tells whether there is anything to keep.
    pub fn promises_anything(&self) -> bool {
        !self.promises.is_empty()
    }

    /// Tells whether the project says nothing of patient data.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.tables.is_empty() && self.promises.is_empty()
    }

    /// Returns what a column is said to hold.
    pub fn of_column(&self, table: &str, column: &str) -> Option<&Declaration> {
        let own = self.columns.get(table);
        let own = own.and_then(|columns| columns.get(&column.to_lowercase()));
        own.or_else(|| self.tables.get(table))
    }
}

/// Reads what a project declares. Words that are not known are warned of, and
/// taken for an identifier of no kind of its own.
pub fn declared(graph: &Graph) -> (Declared, Vec<Diagnostic>) {
    let mut reader = Reader::default();
    for source in graph.project.sources.values() {
        let id = &source.unique_id.0;
        let place = FilePlace {
            file: Arc::clone(&source.file),
            range: source.span.clone(),
        };
        let of_table = source.meta.get("phi").or_else(|| phi_of(&source.config));
        if let Some(phi) = of_table {
            let name = format!("source `{}.{}`", source.source_name, source.name);
            let kinds = reader.kinds(phi, &name, &place);
            let declaration = Declaration {
                kinds,
                place: place.clone(),
            };
            reader.declared.tables.insert(Arc::clone(id), declaration);
        }
        for column in source.columns.values() {
            let name = format!("{}.{}.{}", source.source_name, source.name, column.name);
            reader.column(id, column, &place, &name);
            if mask_of(column).is_some() {
                reader.mask_elsewhere(&name, &place, &column.name);
            }
        }
    }
    for node in graph.project.nodes.values() {
        if node.config.is_enabled() && is_table(node) {
            reader.node(node);
        }
    }
    for exposure in graph.project.exposures.values() {
        let phi = exposure
            .meta
            .get("phi")
            .or_else(|| phi_of(&exposure.config));
        let place = FilePlace {
            file: Arc::clone(&exposure.file),
            range: exposure.span.clone(),
        };
        let name = format!("exposure `{}`", exposure.name);
        if let Some(strength) = phi.and_then(|phi| reader.strength(phi, &name, &place)) {
            reader.declared.promises.push(Promise {
                by: Promiser::Exposure(exposure.name.clone()),
                strength,
                tables: exposure
                    .depends_on_nodes
                    .iter()
                    .map(|id| Arc::clone(&id.0))
                    .collect(),
                column: None,
                place: phi_line(&place, None),
            });
        }
    }
    (reader.declared, reader.found)
}

fn is_table(node: &Node) -> bool {
    matches!(
        node.resource_type,
        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
    )
}

fn phi_of(config: &crate::parse::NodeConfig) -> Option<&Value> {
    let meta = config.meta().and_then(|meta| meta.get("phi"));
    meta.or_else(|| config.get("phi"))
        .filter(|phi| !phi.is_null())
}

/// Returns an entry of a column's `meta`.
fn meta_of<'c>(column: &'c ColumnInfo, key: &str) -> Option<&'c Value> {
    column.meta.get(key).filter(|value| !value.is_null())
}

/// Returns how a column is to be masked, as it is written: `null` is a mask.
pub fn mask_of(column: &ColumnInfo) -> Option<&Value> {
    column.meta.get("mask")
}

#[derive(Default)]
struct Reader {
    declared: Declared,
    found: Vec<Diagnostic>,
    told: HashSet<String>,
}

impl Reader {
    fn node(&mut self, node: &Node) {
        // Of a config it is the node's own that counts, then its meta's.
        let own = node.config.get("phi").or_else(|| phi_of(&node.config));
        let says =
            |column: &&ColumnInfo| meta_of(column, "phi").is_some() || mask_of(column).is_some();
        if own.is_none() && !node.columns.values().any(|column| says(&column)) {
            return;
        }
        let id = &node.unique_id.0;
        let place = match &node.properties {
            Some(place) => FilePlace {
                file: Arc::clone(&place.file),
                range: place.range.clone(),
            },
            None => first_line(node),
        };
        let noun = node.resource_type.as_str();
        let title = format!("{noun} `{}`", node.name);
        if let Some(phi) = own {
            if node.resource_type == ResourceType::Seed && !is_promise(phi) {
                let kinds = self.kinds(phi, &title, &place);
                let declaration = Declaration {
                    kinds,
                    place: place.clone(),
                };
                self.declared.tables.insert(Arc::clone(id), declaration);
            } else if let Some(strength) = self.strength(phi, &title, &place) {
                self.declared.promises.push(Promise {
                    by: Promiser::Node(node.name.clone()),
                    strength,
                    tables: vec![Arc::clone(id)],
                    column: None,
                    place: own_phi_line(node, &place),
                });
            }
        }
        for column in node.columns.values().filter(says) {
            let name = format!("{}.{}", node.name, column.name);
            self.column(id, column, &place, &name);
            let is_promised = self.declared.columns.get(id).and_then(|columns| {
                let declaration = columns.get(&column.name.to_lowercase())?;
                (declaration.kinds.is_empty()).then(|| declaration.place.clone())
            });
            if let Some(place) = is_promised
                && node.resource_type != ResourceType::Seed
            {
                self.declared.promises.push(Promise {
                    by: Promiser::Node(node.name.clone()),
                    strength: Strength::None,
                    tables: vec![Arc::clone(id)],
                    column: Some(column.name.clone()),
                    place,
                });
            }
            self.mask(node, column, &name, &place);
        }
    }

    fn column(&mut self, id: &Arc<str>, column: &ColumnInfo, table: &FilePlace, name: &str) {
        let Some(phi) = meta_of(column, "phi") else {
            return;
        };
        let place = phi_line(table, Some(&column.name));
        let kinds = self.kinds(phi, &format!("column `{name}`"), &place);
        let columns = self.declared.columns.entry(Arc::clone(id)).or_default();
        columns.insert(column.name.to_lowercase(), Declaration { kinds, place });
    }

    /// Reads kinds: one, several, or none.
    fn kinds(&mut self, phi: &Value, of: &str, place: &FilePlace) -> Vec<Kind> {
        let mut kinds = Vec::new();
        for word in words(phi) {
            if matches!(&*word, "none" | "no" | "false") {
                continue;
            }
            kinds.push(Kind::of(&word).unwrap_or_else(|| {
                self.unknown(&word, of, place, Kind::nearest(&word), "what it holds");
                Kind::OtherId
            }));
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    fn strength(&mut self, phi: &Value, of: &str, place: &FilePlace) -> Option<Strength> {
        let words = words(phi);
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["none" | "no" | "false"] => Some(Strength::None),
            ["pseudonymous"] => Some(Strength::Pseudonymous),
            [ANY] => None,
            _ => {
                let word = words.join(", ");
                let known = ["none", "pseudonymous", ANY];
                let nearest = suggest::nearest(&word, known);
                self.unknown(&word, of, place, nearest, "what is promised");
                None
            }
        }
    }

    fn unknown(
        &mut self,
        word: &str,
        of: &str,
        place: &FilePlace,
        nearest: Option<&str>,
        what: &str,
    ) {
        let title = format!("`phi: {word}` of {of} is no word for {what}");
        if !self.told.insert(title.clone()) {
            return;
        }
        let warning =
            Diagnostic::warning("unknown-phi", title).at(&place.file, shown(place), "said here");
        self.found.push(match nearest {
            Some(nearest) => warning.hint(format!("did you mean `{nearest}`?")),
            None if what == "what is promised" => warning
                .hint("a model takes `none`, `pseudonymous` or `any`; kinds belong to columns"),
            None => {
                let names: Vec<&str> = Kind::all().map(Kind::as_str).collect();
                warning
                    .because("it is taken for an identifier")
                    .hint(format!("it is `none` or one of {}", names.join(", ")))
            }
        });
    }

    fn mask(&mut self, node: &Node, column: &ColumnInfo, name: &str, place: &FilePlace) {
        let Some(written) = mask_of(column) else {
            return;
        };
        if node.resource_type != ResourceType::Model {
            return self.mask_elsewhere(name, place, &column.name);
        }
        if let Err(problem) = Mask::of(written) {
            let place = phi_line(place, Some(&column.name));
            let error = Diagnostic::error("unknown-mask", format!("column `{name}`: {problem}"));
            let names = Mask::NAMES.join(", ");
            self.found.push(
                error
                    .at(&place.file, shown(&place), "said here")
                    .hint(format!("a mask is one of {names}")),
            );
        }
    }

    fn mask_elsewhere(&mut self, name: &str, table: &FilePlace, column: &str) {
        let place = phi_line(table, Some(column));
        let title = format!("`{name}` has a mask, and only columns of models can");
        self.found.push(
            Diagnostic::error("misplaced-mask", title)
                .at(&place.file, shown(&place), "said here")
                .hint("give the mask to the column of the model that reads it first"),
        );
    }
}

fn words(phi: &Value) -> Vec<String> {
    match phi {
        Value::Array(list) => list.iter().flat_map(words).collect(),
        Value::String(text) => text
            .split(',')
            .map(|word| word.trim().to_ascii_lowercase())
            .collect(),
        other => vec![other.to_string()],
    }
}

/// Tells whether a word of a seed is a promise and no kind.
fn is_promise(phi: &Value) -> bool {
    let words = words(phi);
    words
        .iter()
        .all(|word| word == "pseudonymous" || word == ANY)
}

fn first_line(node: &Node) -> FilePlace {
    let text = node.file.text.get(node.span.clone()).unwrap_or_default();
    let length = text.lines().next().map_or(0, str::len);
    FilePlace {
        file: Arc::clone(&node.file),
        range: node.span.start..node.span.start + length,
    }
}

/// Finds where a node's own file, or its entry in a property file, speaks of
/// patient data; a folder's promise is told at the node.
fn own_phi_line(node: &Node, entry: &FilePlace) -> FilePlace {
    let text = node.file.text.get(node.span.clone()).unwrap_or_default();
    let is_sql = node.resource_type == ResourceType::Model;
    let in_config = text
        .find("phi")
        .filter(|_| is_sql && text.contains("config"));
    if let Some(at) = in_config
        && node.config_call_dict.contains_key("phi") | node.config_call_dict.contains_key("meta")
    {
        let start = node.span.start + at;
        return line_around(&node.file, start);
    }
    if node.properties.is_some() && entry_text(entry).contains("phi:") {
        phi_line(entry, None)
    } else {
        first_line(node)
    }
}

fn entry_text(entry: &FilePlace) -> &str {
    entry.file.text.get(entry.range.clone()).unwrap_or_default()
}

/// Finds `phi:` in an entry of a property file: the entry's own, or that of one
/// of its columns.
fn phi_line(entry: &FilePlace, column: Option<&str>) -> FilePlace {
    let text = entry_text(entry);
    let mut start = 0;
    if let Some(column) = column {
        let is_named = |line: &str| {
            let line = line
                .trim_start()
                .trim_start_matches("- ")
                .trim_start_matches('{');
            let named = line.strip_prefix("name:").map(str::trim_start);
            let named = named.map(|rest| rest.trim_start_matches(['"', '\'']));
            named.is_some_and(|rest| {
                rest.strip_prefix(column).is_some_and(|rest| {
                    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            })
        };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if is_named(line) {
                start = at;
            }
            at += line.len();
        }
    }
    let found = text[start..].find("phi:").map_or(start, |at| start + at);
    // Another column's is not this one's.
    let next = text[start..]
        .match_indices("name:")
        .nth(1)
        .map(|(at, _)| start + at);
    let found = match (column, next) {
        (Some(_), Some(next)) if found > next => start,
        _ => found,
    };
    line_around(&entry.file, entry.range.start + found)
}

fn line_around(file: &Arc<SourceFile>, at: usize) -> FilePlace {
    let (line, _) = file.line_column(at);
    let whole = file.line_range(line);
    let text = &file.text[whole.clone()];
    let lead = text.len() - text.trim_start().len();
    FilePlace {
        file: Arc::clone(file),
        range: whole.start + lead..whole.end,
    }
}

/// The first line of a place.
fn shown(place: &FilePlace) -> Range<usize> {
    let text = place.file.text.get(place.range.clone()).unwrap_or_default();
    let length = text.lines().next().map_or(0, str::len);
    place.range.start..place.range.start + length
}
