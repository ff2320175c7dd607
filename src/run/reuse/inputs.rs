//! What a node reads, and the version of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::purity::{self, Reads};
use super::stamp::{Made, Stamp};
use super::{Reuse, digest, digest_of_bytes, lock, table_digest};
use crate::adapter::{Relation, RelationKind};
use crate::files::Entry;
use crate::parse::{Node, ResourceType, Source, UniqueId};
use crate::run::context::{NodeState, node_relation, relations, seed_path, source_relation};
use crate::run::session::Session;

/// The version of what gives something else each time, for views: these hold
/// no rows.
pub const ALWAYS_NEW: &str = "always new";

/// Reads what a query depends on.
///
/// # Errors
///
/// The engine cannot parse it, and so nothing is known.
pub fn reads(session: &Session, sql: &str) -> Result<Reads, String> {
    let trees = &session.sql_trees;
    let unread = |error: crate::adapter::AdapterError| {
        format!("what it reads is not known: {}", error.message)
    };
    let functions = trees.functions().map_err(unread)?;
    let tree = trees.parse(sql).map_err(unread)?;
    Ok(purity::reads(&tree, &functions.stable))
}

/// Returns a digest of a seed's file.
///
/// # Errors
///
/// The file cannot be read.
pub fn seed_digest(state: &Arc<NodeState>) -> Result<String, String> {
    let path = seed_path(&state.session.cx, &state.node);
    let bytes = state.session.cx.world.read_bytes(&path);
    let bytes = bytes.map_err(|error| format!("its file cannot be read: {error}"))?;
    Ok(digest_of_bytes(&bytes))
}

impl Reuse {
    /// Returns the versions of everything that a node reads.
    ///
    /// # Errors
    ///
    /// Something that it reads has none, or is not known to the project.
    pub(super) fn inputs(
        &self,
        state: &Arc<NodeState>,
        reads: &Reads,
        made: Made,
    ) -> Result<BTreeMap<String, String>, String> {
        let session = &state.session;
        if let Some(what) = &reads.unknown {
            return Err(format!("it reads {what}"));
        }
        let parents = session.graph().reads(&state.node);
        let names: Vec<Relation> = parents
            .iter()
            .filter_map(|id| relation_of(session, id))
            .collect();
        let mut files = reads.files.clone();
        for table in &reads.tables {
            let [catalog, schema, name] = table;
            let same = |part: &Option<String>, written: &str| {
                written.is_empty()
                    || part
                        .as_deref()
                        .is_some_and(|p| p.eq_ignore_ascii_case(written))
            };
            let is_known = names.iter().any(|relation| {
                same(&relation.identifier, name)
                    && same(&relation.schema, schema)
                    && same(&relation.database, catalog)
                    && relation.external.is_none()
            });
            if is_known {
                continue;
            }
            if is_path(table) {
                files.push(name.clone());
                continue;
            }
            let parts = [catalog, schema, name]
                .into_iter()
                .filter(|part| !part.is_empty());
            let parts: Vec<&str> = parts.map(String::as_str).collect();
            return Err(format!(
                "it reads `{}`, which is no `ref` or `source`",
                parts.join(".")
            ));
        }
        let mut inputs = BTreeMap::new();
        for id in &parents {
            match self.version(state, id) {
                Some(version) => {
                    inputs.insert(id.as_str().to_owned(), version);
                }
                // The view gives then what that gives.
                None if made == Made::View && self.is_volatile_view(session, id) => {
                    inputs.insert(id.as_str().to_owned(), ALWAYS_NEW.to_owned());
                }
                None => {
                    return Err(format!("`{id}` may be another one each time"));
                }
            }
        }
        for pattern in &files {
            let version = file_version(state, pattern);
            let version =
                version.ok_or_else(|| format!("the files `{pattern}` cannot be looked at"))?;
            inputs.insert(pattern.clone(), version);
        }
        Ok(inputs)
    }

    /// Returns what tells one state of a node's or source's rows from another,
    /// none when that is not known.
    fn version(&self, state: &Arc<NodeState>, id: &UniqueId) -> Option<String> {
        if let Some(version) = lock(&self.versions).get(id.as_str()) {
            return version.clone();
        }
        let project = &state.session.graph().project;
        let version = match (project.sources.get(id), project.nodes.get(id)) {
            (Some(source), _) => self.source_version(state, source),
            (None, Some(node)) => self.node_version(state, node),
            (None, None) => None,
        };
        lock(&self.versions).insert(id.as_str().to_owned(), version.clone());
        version
    }

    fn source_version(&self, state: &Arc<NodeState>, source: &Source) -> Option<String> {
        let relation = source_relation(source);
        if let Some(external) = &relation.external {
            let files = source_files(state, source)?;
            return Some(digest(&format!("{external}\n{}", lines(&files))));
        }
        self.table_version(state, &source.unique_id, &relation)
    }

    /// Returns the version of a node that this run leaves alone.
    fn node_version(&self, state: &Arc<NodeState>, node: &Node) -> Option<String> {
        let relation = node_relation(&state.session, node);
        if node.resource_type == ResourceType::Function {
            return None;
        }
        let known = self.before.stamps.get(node.unique_id.as_str());
        if let Some(known) = known.filter(|known| known.made == Made::View) {
            // Its rows are those of what it read when it was made.
            if self.relation_difference(state, &relation, known).is_some() {
                return None;
            }
            known.version.as_ref()?;
            let mut text = known.sql.clone();
            for id in known.inputs.keys() {
                let version = match project_id(state, id) {
                    Some(id) => self.version(state, &id)?,
                    None => file_version(state, id)?,
                };
                text.push_str(&format!("\n{id} {version}"));
            }
            return Some(digest(&text));
        }
        self.table_version(state, &node.unique_id, &relation)
    }

    /// Returns a digest of a table's rows: the one that was made when they were
    /// written, where nobody can have changed them since.
    fn table_version(
        &self,
        state: &Arc<NodeState>,
        id: &UniqueId,
        relation: &Relation,
    ) -> Option<String> {
        let found = relations::find_of(state, relation).ok().flatten()?;
        if found.kind != Some(RelationKind::Table) {
            return None;
        }
        let known = self.before.stamps.get(id.as_str());
        let known = known.filter(|known| known.relation == relation.name());
        let is_made_here = || {
            let all = || {
                let nodes = state.session.graph().project.nodes.values();
                nodes
                    .map(|node| node_relation(&state.session, node).name())
                    .collect()
            };
            self.made_here.get_or_init(all).contains(&relation.name())
        };
        // A source may be what a model of this run has made.
        let is_own = state.session.graph().project.nodes.contains_key(id);
        if (is_own || !is_made_here())
            && let Some(version) = known
                .filter(|known| self.is_as_known(relation, known))
                .and_then(|known| known.version.clone())
        {
            return Some(version);
        }
        let version = table_digest(&state.db, relation)?;
        let mut after = lock(&self.after);
        let stamp = after.entry(id.as_str().to_owned()).or_default();
        // What it was made from stays, until it is its turn to be looked at.
        if stamp.sql.is_empty() {
            *stamp = Stamp {
                relation: relation.name(),
                version: Some(version.clone()),
                is_checked: true,
                ..Stamp::default()
            };
        }
        Some(version)
    }

    /// Tells whether this run has made or kept a view of which only the rows
    /// are not known.
    fn is_volatile_view(&self, session: &Session, id: &UniqueId) -> bool {
        let after = lock(&self.after);
        let known = after.get(id.as_str());
        known.is_some_and(|known| known.made == Made::View) && session.selected.contains(id)
    }
}

/// Returns the local files that a source with an external location stands for.
/// None when it is no such source, has no files, or reads something else.
pub fn source_files(state: &NodeState, source: &Source) -> Option<Vec<Entry>> {
    let relation = source_relation(source);
    let external = relation.external.as_ref()?;
    let reads = reads(&state.session, &format!("select * from {external}")).ok()?;
    if reads.unknown.is_some() || reads.volatile.is_some() {
        return None;
    }
    if reads.tables.iter().any(|table| !is_path(table)) {
        return None;
    }
    let tables = reads.tables.iter().map(|[_, _, name]| name);
    let patterns = reads.files.iter().chain(tables);
    let files: Option<Vec<_>> = patterns.map(|pattern| files(state, pattern)).collect();
    Some(files?.concat()).filter(|files| !files.is_empty())
}

/// Lists the local files that a pattern stands for; none when there are none.
fn files(state: &NodeState, pattern: &str) -> Option<Vec<Entry>> {
    if pattern.contains("://") {
        return None;
    }
    let cx = &state.session.cx;
    let files = state.db.with(|connection| connection.files(pattern)).ok()?;
    let entry = |file: &String| cx.world.entry(&cx.invocation.current_dir.join(file)).ok();
    let entries: Option<Vec<Entry>> = files.iter().map(entry).collect();
    entries.filter(|entries| !entries.is_empty())
}

/// Returns a digest of sizes and times of the files that a pattern stands for.
fn file_version(state: &NodeState, pattern: &str) -> Option<String> {
    Some(digest(&lines(&files(state, pattern)?)))
}

fn lines(files: &[Entry]) -> String {
    let lines = files
        .iter()
        .map(|file| format!("{} {} {}", file.path, file.size, file.modified));
    lines.collect::<Vec<_>>().join("\n")
}

/// Tells whether what stands for a table is a quoted path.
fn is_path([catalog, schema, name]: &[String; 3]) -> bool {
    catalog.is_empty() && schema.is_empty() && name.contains(['.', '/', '*'])
}

fn project_id(state: &NodeState, id: &str) -> Option<UniqueId> {
    let project = &state.session.graph().project;
    let is_there = project.nodes.contains_key(id) || project.sources.contains_key(id);
    is_there.then(|| UniqueId::from(id))
}

fn relation_of(session: &Session, id: &UniqueId) -> Option<Relation> {
    let project = &session.graph().project;
    match (project.nodes.get(id), project.sources.get(id)) {
        (Some(node), _) => Some(node_relation(session, node)),
        (None, Some(source)) => Some(source_relation(source)),
        (None, None) => None,
    }
}
