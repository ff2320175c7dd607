//! What runs beside the queries: the statements of hooks, bound in the twin once
//! all relations are known.
//!
//! They are explained and not run; what makes tables is run in a transaction
//! that is rolled back. Nothing is said of a hook whose SQL depends on what the
//! run is going to find.

mod statement;

use std::ops::Range;

use indexmap::IndexMap;

use self::statement::{Step, step};
use super::bind::{Twin, in_parallel};
use super::environment::{Effect, effect};
use super::verdict::{self, Found};
use super::{errors, text};
use crate::adapter::{AdapterError, ErrorKind, Relation, split_statements};
use crate::diagnostics::{Diagnostic, Label, Severity, SourceFile};
use crate::parse::{Node, NodeKind, ResourceType};
use crate::run::{Desk, HookDraft};

/// A statement of a hook that is refused.
struct Refused<'h> {
    hook: &'h HookDraft,
    /// Where the statement stands in the hook's SQL.
    range: Range<usize>,
    error: AdapterError,
    makes: bool,
}

/// A mistake, and the nodes whose hooks have it.
struct Told<'a> {
    severity: Severity,
    nodes: Vec<&'a Node>,
    said: String,
    diagnostic: Diagnostic,
}

/// Returns the mistakes in the hooks of the selected nodes and of the project,
/// each with the node that it is told of.
pub fn check<'a>(twin: &mut Twin<'a>) -> Vec<(&'a Node, Diagnostic)> {
    if twin.environment.is_open || twin.request.selected.is_empty() {
        return Vec::new();
    }
    let nodes = twin.graph().project.nodes.values();
    let with_hooks: Vec<&Node> = nodes.filter(|node| runs_hooks(twin, node)).collect();
    let mut known: Vec<_> = with_hooks.iter().flat_map(|n| twin.reads(n)).collect();
    known.extend(with_hooks.iter().map(|node| node.unique_id.clone()));
    twin.make_relations(&known);
    let drafts = twin.drafts;
    let looked_at = in_parallel(&twin.desks, with_hooks, |desk, node| {
        let hooks = drafts.hooks(desk, node);
        let is_fine = refused(desk, &hooks).is_empty();
        (node, hooks, is_fine)
    });
    let makes = |sql: &String| effect(sql) != Effect::Nothing;
    let sent = looked_at.iter().flat_map(|(_, hooks, _)| hooks);
    let tables_may_come = sent.flat_map(|hook| &hook.asked).any(makes)
        || twin.asked().any(makes)
        || twin.has_other_materializations();
    let mut told: IndexMap<String, Told<'a>> = IndexMap::new();
    for (node, hooks, is_fine) in &looked_at {
        if !is_fine {
            judge(twin, node, hooks, tables_may_come, &mut told);
        }
    }
    told.into_values().map(Told::finish).collect()
}

/// Tells whether a node's hooks run when what is selected does.
fn runs_hooks(twin: &Twin<'_>, node: &Node) -> bool {
    match node.resource_type {
        ResourceType::Operation => matches!(node.kind, NodeKind::Hook { .. }),
        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot => {
            let is_any = |key: &str| {
                let hooks = node.config.get(key).and_then(serde_json::Value::as_array);
                hooks.is_some_and(|hooks| !hooks.is_empty())
            };
            twin.request.selected.contains(&node.unique_id)
                && !node.is_ephemeral()
                && (is_any("pre-hook") || is_any("post-hook"))
                && twin.drafts.is_built_in(node)
        }
        _ => false,
    }
}

/// Looks at the statements of a node's hooks, one after the other.
fn refused<'h>(desk: &Desk, hooks: &'h [HookDraft]) -> Vec<Refused<'h>> {
    let mut all = Vec::new();
    let is_certain = |hook: &&HookDraft| !hook.depends_on_run && hook.asked.is_empty();
    let hooks: Vec<&HookDraft> = hooks.iter().filter(is_certain).collect();
    if hooks.is_empty() || desk.execute("begin").is_err() {
        return all;
    }
    'hooks: for hook in hooks {
        for range in split_statements(&hook.sql) {
            let (range, outcome, makes) = match step(&hook.sql[range.clone()]) {
                Step::Nothing => continue,
                // What comes after may depend on it.
                Step::Unknown => break 'hooks,
                Step::Makes => {
                    let outcome = desk.execute(&hook.sql[range.clone()]);
                    (range, outcome, true)
                }
                Step::Binds(part) => {
                    let part = range.start + part.start..range.start + part.end;
                    let outcome = explain(desk, &hook.sql[part.clone()]);
                    (part, outcome, false)
                }
            };
            if let Err(error) = outcome {
                all.push(Refused {
                    hook,
                    range,
                    error,
                    makes,
                });
            }
        }
    }
    let _ = desk.execute("rollback");
    all
}

/// Binds a statement. The error's position is one in the statement.
fn explain(desk: &Desk, sql: &str) -> Result<(), AdapterError> {
    const BEFORE: &str = "explain ";

    let statement = format!("{BEFORE}{sql}");
    desk.execute(&statement).map_err(|error| AdapterError {
        position: error.position.and_then(|at| at.checked_sub(BEFORE.len())),
        ..error
    })
}

/// Finds out which refusals are mistakes.
fn judge<'a>(
    twin: &mut Twin<'a>,
    node: &'a Node,
    hooks: &[HookDraft],
    tables_may_come: bool,
    told: &mut IndexMap<String, Told<'a>>,
) {
    let mut is_refreshed = false;
    // Each round puts what was missing into the twin.
    for _ in 0..20 {
        let all = refused(twin.desk(), hooks);
        let mut wrong: Vec<(&Refused<'_>, Severity)> = Vec::new();
        let mut again = false;
        for one in &all {
            let sql = &one.hook.sql[one.range.clone()];
            if let Some(relation) = missing_relation(&one.error, sql) {
                match verdict::find(twin, &relation) {
                    Found::Made => again = true,
                    _ if tables_may_come || is_of_a_test(twin, &relation) => {}
                    Found::Nowhere => wrong.push((one, Severity::Error)),
                    Found::Unbuilt if twin.request.warns => wrong.push((one, Severity::Warning)),
                    Found::Unbuilt | Found::Unknown => {}
                }
                continue;
            }
            if !is_refreshed && one.error.class.as_deref() == Some("Binder") {
                again |= refresh(twin, sql);
            }
            if is_mistake(&one.error) {
                wrong.push((one, Severity::Error));
            } else if one.makes && !one.error.message.contains("already exists") {
                // What comes after may need it.
                break;
            }
        }
        is_refreshed = true;
        if again {
            continue;
        }
        for (one, severity) in wrong {
            tell(twin, node, one, severity, told);
        }
        return;
    }
}

/// Returns the relation that a statement needs and that is not there.
fn missing_relation(error: &AdapterError, sql: &str) -> Option<Relation> {
    let name = errors::missing_table(error)?;
    let position = error.position.or_else(|| {
        let mut words = text::words(sql, 0..sql.len(), name);
        words.next().map(|word| word.start)
    });
    let error = AdapterError {
        position,
        ..error.clone()
    };
    verdict::missing_relation(&error, sql)
}

/// Tells whether a relation is where the failures of a test are stored.
fn is_of_a_test(twin: &Twin<'_>, relation: &Relation) -> bool {
    let name = relation.identifier.as_deref().unwrap_or_default();
    let mut nodes = twin.graph().project.nodes.values();
    nodes.any(|node| node.resource_type == ResourceType::Test && node.alias == name)
}

/// Gives the tables that a statement names the columns that they have in the
/// database: what hooks make only where it is not there may look otherwise.
fn refresh(twin: &mut Twin<'_>, sql: &str) -> bool {
    let mut any = false;
    let mut end = 0;
    for token in crate::run::sql_tokens(sql) {
        if token.start < end {
            continue;
        }
        let Some((range, parts)) = text::name_at(sql, token.start) else {
            continue;
        };
        end = range.end;
        any |= verdict::take_from_database(twin, &verdict::relation_named(parts));
    }
    any
}

/// Tells whether the engine would refuse the statement in a run, too.
fn is_mistake(error: &AdapterError) -> bool {
    let message = &error.message;
    let is_of_class = matches!(
        error.class.as_deref(),
        Some("Parser" | "Binder" | "Catalog")
    );
    let is_known = errors::code(error) != "invalid-sql" || message.contains("values were supplied");
    error.kind == ErrorKind::Statement
        && is_of_class
        && is_known
        && !message.contains("Catalog \"")
        && !message.contains(" extension")
}

fn tell<'a>(
    twin: &Twin<'a>,
    node: &'a Node,
    one: &Refused<'_>,
    severity: Severity,
    told: &mut IndexMap<String, Told<'a>>,
) {
    let said = errors::said(&one.error).to_owned();
    let sql = &one.hook.sql;
    let statement = &sql[one.range.clone()];
    let position = one.error.position.or_else(|| {
        let name = super::repair::quoted_names(&one.error.message);
        let name = name.last()?;
        Some(
            text::words(statement, 0..statement.len(), name)
                .next()?
                .start,
        )
    });
    let position = position
        .filter(|at| statement.is_char_boundary(*at))
        .unwrap_or(0);
    let at = one.range.start + position;
    let range = at..text::word_end(sql, at);
    let mut diagnostic = Diagnostic::error(errors::code(&one.error), String::new());
    match twin.drafts.place_in_hook(node, one.hook, &range) {
        Some(label) => diagnostic.labels.push(label),
        None => {
            diagnostic = errors::at_definition(diagnostic, node);
            diagnostic.labels.push(Label {
                file: SourceFile::new(format!("hook of {}", node.name), &**sql),
                range,
                message: "in the rendered SQL".into(),
            });
        }
    }
    diagnostic = errors::with_hint(diagnostic, &one.error);
    if diagnostic.hint.is_none() && one.error.message.contains("Table with name") {
        diagnostic.hint = errors::hint_of_table(twin, statement, &one.error);
    }
    let place = diagnostic.labels.first();
    let place = place.map(|label| format!("{} {:?}", label.file.path, label.range));
    let key = format!("{said} {}", place.unwrap_or_default());
    let one = told.entry(key).or_insert_with(|| Told {
        severity,
        nodes: Vec::new(),
        said,
        diagnostic,
    });
    one.nodes.push(node);
}

impl<'a> Told<'a> {
    /// Puts what is wrong into words, and names whose hook it is.
    fn finish(self) -> (&'a Node, Diagnostic) {
        let node = self.nodes[0];
        let whose = match (&node.kind, self.nodes.len()) {
            (NodeKind::Hook { on_start: true, .. }, _) => "`on-run-start`".to_owned(),
            (NodeKind::Hook { .. }, _) => "`on-run-end`".to_owned(),
            (_, n) => {
                let more = match n {
                    1 => String::new(),
                    n => format!(" and {} more", n - 1),
                };
                let noun = node.resource_type.as_str();
                format!("a hook of {noun} `{}`{more}", node.name)
            }
        };
        let mut diagnostic = self.diagnostic;
        diagnostic.severity = self.severity;
        diagnostic.title = format!("{whose}: {}", self.said);
        if self.severity == Severity::Warning {
            diagnostic = diagnostic.because("There is no database yet that could have it.");
        }
        (node, diagnostic)
    }
}
