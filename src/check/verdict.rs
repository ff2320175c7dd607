//! Whether a refusal of the twin is a mistake in the SQL, or the twin's lack of
//! something that the run is going to have.

use std::collections::HashSet;

use super::bind::{Item, State, Twin};
use super::catalog::Known;
use super::warnings::is_switched_off;
use super::{errors, repair, text};
use crate::adapter::{AdapterError, Column, ErrorKind, Relation};
use crate::diagnostics::{Diagnostic, Severity};
use crate::parse::UniqueId;

/// What a refusal means.
pub enum Judged {
    /// It binds, once the twin has what it reads.
    Right(Vec<Column>),
    /// It cannot be told, and why.
    Unknown(&'static str),
    Wrong(Vec<Diagnostic>),
    /// It is most likely wrong, which cannot be told for sure.
    Doubtful(Vec<Diagnostic>),
}

/// Judges the refusal of a node's SQL.
pub fn judge<'a>(twin: &mut Twin<'a>, item: &Item<'a>, error: AdapterError) -> Judged {
    let mut error = error;
    // Each round makes one relation that was missing.
    for _ in 0..50 {
        match missing_relation(&error, &item.query) {
            None => break,
            Some(relation) => match find(twin, &relation) {
                Found::Made => {}
                Found::Nowhere if !twin.environment.is_open => break,
                Found::Unbuilt if !twin.environment.is_open && twin.request.warns => {
                    return Judged::Doubtful(not_built(twin, item, &error));
                }
                Found::Nowhere | Found::Unbuilt | Found::Unknown => {
                    return Judged::Unknown(READS_UNNAMED);
                }
            },
        }
        match twin.desk().describe(&item.query) {
            Ok(columns) => return Judged::Right(columns),
            Err(other) => error = other,
        }
    }
    if !is_mistake(twin, &error, &item.query) {
        return Judged::Unknown("needs what is not here: files, extensions or what hooks make");
    }
    if error.class.as_deref() != Some("Parser")
        && twin.make_views(item.node)
        && let Ok(columns) = twin.desk().describe(&item.query)
    {
        return Judged::Right(columns);
    }
    let errors = repair::all_errors(twin.desk(), &item.query, error);
    let found = errors::diagnostics(twin, item, &errors);
    Judged::Wrong(found)
}

/// Why nothing is known of what reads a table by its name alone.
pub const READS_UNNAMED: &str = "reads what the project does not name with `ref` or `source`";

/// Warns of a table that neither the project makes nor a database has, since
/// there is none yet.
fn not_built<'a>(twin: &mut Twin<'a>, item: &Item<'a>, error: &AdapterError) -> Vec<Diagnostic> {
    let told = errors::diagnostics(twin, item, std::slice::from_ref(error)).into_iter();
    let told = told.map(|one| {
        let because = "There is no database yet that could have it.";
        let severity = Severity::Warning;
        Diagnostic { severity, ..one }.because(because)
    });
    told.filter(|one| !is_switched_off(twin, one)).collect()
}

pub enum Found {
    /// It is in the twin now.
    Made,
    /// It is not in the project's database.
    Nowhere,
    /// There is no database yet.
    Unbuilt,
    Unknown,
}

/// Looks for a relation that SQL names by itself, without `ref` or `source`.
pub fn find(twin: &mut Twin<'_>, relation: &Relation) -> Found {
    if let Some(id) = node_of(twin, relation) {
        if twin.absent.contains(&id) {
            return Found::Nowhere;
        }
        if twin.made.contains(&id) || !matches!(twin.states.get(&id), Some(State::Known(_))) {
            return Found::Unknown;
        }
        twin.make_relations(&[id]);
        return Found::Made;
    }
    match twin.catalog.get(relation) {
        Known::There(schema) if twin.make_other(relation, &schema) => Found::Made,
        Known::Unknown if twin.catalog.is_to_be_made(relation) => Found::Unbuilt,
        Known::There(..) | Known::Unknown => Found::Unknown,
        Known::Absent => Found::Nowhere,
    }
}

/// Returns the node or source whose relation has a name.
fn node_of(twin: &Twin<'_>, relation: &Relation) -> Option<UniqueId> {
    let settings = twin.drafts.cx().adapter.settings();
    let same = |other: &Relation| {
        let is = |a: &Option<String>, b: &Option<String>, default: &str| {
            let (a, b) = (a.as_deref(), b.as_deref());
            a.unwrap_or(default)
                .eq_ignore_ascii_case(b.unwrap_or(default))
        };
        is(&relation.identifier, &other.identifier, "")
            && is(&relation.schema, &other.schema, "main")
            && is(&relation.database, &other.database, &settings.database)
    };
    let project = &twin.graph().project;
    let ids = project.nodes.keys().chain(project.sources.keys());
    let mut ids = ids.filter(|id| twin.relation_of(id).is_some_and(|other| same(&other)));
    ids.next().cloned()
}

/// Returns the relation that the engine did not find.
pub fn missing_relation(error: &AdapterError, sql: &str) -> Option<Relation> {
    let is_missing = error.class.as_deref() == Some("Catalog")
        && error.message.contains("Table with name")
        && error.message.contains("does not exist");
    if !is_missing {
        return None;
    }
    let (_, parts) = text::name_at(sql, error.position?)?;
    Some(relation_named(parts))
}

/// Returns the relation that a name of one to three parts means.
pub fn relation_named(parts: Vec<String>) -> Relation {
    let mut parts = parts.into_iter().rev();
    Relation {
        identifier: parts.next(),
        schema: parts.next(),
        database: parts.next(),
        quote: [true; 3],
        include: [true; 3],
        ..Relation::default()
    }
}

/// Makes a relation in the twin as it is in the database, unless the project
/// makes it. Tells whether it is there.
pub fn take_from_database(twin: &mut Twin<'_>, relation: &Relation) -> bool {
    match (node_of(twin, relation), twin.catalog.get(relation)) {
        (None, Known::There(schema)) => twin.make_other(relation, &schema),
        _ => false,
    }
}

/// Tells whether the engine refuses the SQL itself.
fn is_mistake(twin: &Twin<'_>, error: &AdapterError, sql: &str) -> bool {
    if error.kind != ErrorKind::Statement {
        return false;
    }
    let message = &error.message;
    let is_open = twin.environment.is_open;
    match error.class.as_deref().unwrap_or_default() {
        // An extension that is not here may know more words.
        "Parser" => !is_open,
        "Binder" if message.contains("Catalog \"") => !is_open,
        "Binder" => true,
        "Catalog" => !is_open && !message.contains(" extension"),
        "Conversion" | "Invalid Input" | "Not implemented" | "Out of Range" | "Mismatch Type"
        | "Invalid Type" | "Syntax" => !reads_outside(sql),
        _ => false,
    }
}

/// Tells whether SQL reads anything beside relations: files, settings, other
/// databases.
pub fn reads_outside(sql: &str) -> bool {
    const MARKS: &[&str] = &[
        "read_",
        "_scan",
        "glob(",
        "from '",
        "join '",
        "://",
        "query(",
        "getenv",
        "parquet_",
        "sniff_csv",
    ];
    let lower = sql.to_lowercase();
    MARKS.iter().any(|mark| lower.contains(mark))
}

impl<'a> Twin<'a> {
    /// Puts real views in the place of the tables that stand for the views
    /// that a node reads, and those below: a view keeps what a table cannot, a
    /// null of no type. Tells whether there are any.
    fn make_views(&mut self, node: &crate::parse::Node) -> bool {
        let nodes = &self.graph().project.nodes;
        let mut views: HashSet<UniqueId> = HashSet::new();
        let mut waiting = self.reads(node);
        while let Some(id) = waiting.pop() {
            let Some(node) = nodes.get(&id) else { continue };
            let is_view = node.resource_type == crate::parse::ResourceType::Model
                && node.config.materialized() == "view"
                && matches!(self.states.get(&id), Some(State::Known(_)));
            if is_view && views.insert(id) {
                waiting.extend(self.reads(node));
            }
        }
        let mut any = false;
        for id in self.order().into_iter().filter(|id| views.contains(id)) {
            let Some(node) = nodes.get(&id) else { continue };
            self.make_relations(&self.reads(node));
            let (Ok(draft), _) = self.drafts.draft(self.desk(), &id) else {
                continue;
            };
            any |= self.make_view(&id, &draft.code);
        }
        any
    }
}
