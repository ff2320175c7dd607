//! What statements beside the models' queries write into tables: those of
//! hooks, of operations, and those that templates send by themselves.
//!
//! They are read word by word, since they may be anything: which table is
//! written into, and which tables are named as what is read. All that is read
//! is taken to go into every column of what is written.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::graph::Graph;
use crate::parse::ResourceType;
use crate::sql::{Token, TokenKind, tokens};

/// A table that is written into, and tables of the project whose values go
/// there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    pub target: Arc<str>,
    pub reads: Vec<Arc<str>>,
}

/// Finds what statements write into tables of the project, also by way of
/// tables that only they know.
pub fn beside(graph: &Graph, statements: &[String]) -> Vec<Beside> {
    let tables = Tables::new(graph);
    let writes: Vec<Write> = statements
        .iter()
        .filter_map(|sql| Write::of(sql, &tables))
        .collect();
    let mut others: HashMap<&str, Vec<&Write>> = HashMap::new();
    for write in &writes {
        if let Name::Other(name) = &write.target {
            others.entry(name).or_default().push(write);
        }
    }
    let mut found = Vec::new();
    for write in &writes {
        let Name::Known(target) = &write.target else {
            continue;
        };
        let mut reads: Vec<Arc<str>> = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        let mut waiting: Vec<&Name> = write.reads.iter().collect();
        while let Some(name) = waiting.pop() {
            match name {
                Name::Known(id) if !reads.contains(id) => reads.push(Arc::clone(id)),
                Name::Known(_) => {}
                Name::Other(name) => {
                    if seen.insert(name) {
                        let writers = others.get(name.as_str()).into_iter().flatten();
                        waiting.extend(writers.flat_map(|write| &write.reads));
                    }
                }
            }
        }
        if !reads.is_empty() {
            let target = Arc::clone(target);
            reads.sort_unstable();
            found.push(Beside { target, reads });
        }
    }
    found
}

/// The project's tables by their names.
struct Tables {
    /// By name in lower case: the schema in lower case, and the id.
    by_name: HashMap<String, Vec<(String, Arc<str>)>>,
}

#[derive(Debug, PartialEq, Eq)]
enum Name {
    Known(Arc<str>),
    /// Some other table, in lower case.
    Other(String),
}

impl Tables {
    fn new(graph: &Graph) -> Self {
        let mut by_name: HashMap<String, Vec<(String, Arc<str>)>> = HashMap::new();
        let project = &graph.project;
        let nodes = project.nodes.values().filter(|node| {
            matches!(
                node.resource_type,
                ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
            )
        });
        let nodes = nodes.map(|node| (&node.alias, &node.schema, &node.unique_id));
        let sources = project.sources.values();
        let sources = sources.map(|source| (&source.identifier, &source.schema, &source.unique_id));
        for (name, schema, id) in nodes.chain(sources) {
            let entry = by_name.entry(name.to_lowercase()).or_default();
            entry.push((schema.to_lowercase(), Arc::clone(&id.0)));
        }
        Self { by_name }
    }

    /// Finds a table by the parts of its name.
    fn find(&self, parts: &[String]) -> Name {
        let other = || Name::Other(parts.last().cloned().unwrap_or_default());
        let Some((name, before)) = parts.split_last() else {
            return other();
        };
        let found = self.by_name.get(name).into_iter().flatten();
        let mut found = found.filter(|(schema, _)| before.last().is_none_or(|s| s == schema));
        found
            .next()
            .map_or_else(other, |(_, id)| Name::Known(Arc::clone(id)))
    }
}

/// A statement that writes.
#[derive(Debug)]
struct Write {
    target: Name,
    reads: Vec<Name>,
}

impl Write {
    fn of(sql: &str, tables: &Tables) -> Option<Self> {
        let chains = chains(sql);
        let first = chains.first()?.word.as_str();
        // What begins with `with` may end as any of them.
        let at = chains
            .iter()
            .position(|chain| match chain.before.as_str() {
                "into" => true,
                "update" => first == "update" || first == "with",
                "table" | "view" | "exists" => first == "create",
                _ => false,
            })?;
        let target = tables.find(&chains[at].parts);
        let is_changed = chains[at].before == "update" || first == "merge";
        let mut reads: Vec<Name> = chains
            .iter()
            .enumerate()
            .filter(|(i, chain)| *i != at && chain.is_read())
            .map(|(_, chain)| tables.find(&chain.parts))
            .collect();
        if is_changed && let Name::Known(id) = &target {
            reads.push(Name::Known(Arc::clone(id)));
        }
        Some(Self { target, reads })
    }
}

/// A name with its parts between dots, or a keyword.
struct Chain {
    parts: Vec<String>,
    /// The first word, in lower case.
    word: String,
    /// The word that comes before it, in lower case.
    before: String,
}

impl Chain {
    /// Tells whether it may be a table that is read: a name with dots may stand
    /// anywhere.
    fn is_read(&self) -> bool {
        self.parts.len() > 1 || matches!(self.before.as_str(), "from" | "join" | "using" | "table")
    }
}

fn chains(sql: &str) -> Vec<Chain> {
    let tokens = tokens(sql);
    let mut chains: Vec<Chain> = Vec::new();
    let mut before = String::new();
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        i += 1;
        let Some(first) = name(sql, token) else {
            before.clear();
            continue;
        };
        let mut parts = vec![first.clone()];
        while let (Some(dot), Some(next)) = (tokens.get(i), tokens.get(i + 1))
            && dot.kind == TokenKind::Sign(b'.')
            && let Some(part) = name(sql, next)
        {
            parts.push(part);
            i += 2;
        }
        let word = std::mem::replace(&mut before, parts.last().cloned().unwrap_or_default());
        chains.push(Chain {
            parts,
            word: first,
            before: word,
        });
    }
    chains
}

fn name(sql: &str, token: &Token) -> Option<String> {
    let text = &sql[token.range.clone()];
    match token.kind {
        TokenKind::Word => Some(text.to_lowercase()),
        TokenKind::QuotedName => {
            let inner = text.trim_matches('"').replace("\"\"", "\"");
            Some(inner.to_lowercase())
        }
        TokenKind::Text | TokenKind::Number | TokenKind::Sign(_) => None,
    }
}
