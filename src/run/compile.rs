//! From a node's template to the SQL that is run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::context::{NodeState, test_arguments};
use super::failure::{self, Failure, Rendered};
use super::paths::target_file;
use super::session::Session;
use super::sql_text::{inject_ctes, without_final_semicolon};
use super::subject::Subject;
use super::{CompiledNode, InjectedCte, foreign_keys};
use crate::diagnostics::Diagnostic;
use crate::jinja::SourceMap;
use crate::parse::{Language, Node, ResourceType, UniqueId};
use crate::phi::masked_query;

/// A node's SQL, and what came up while it was made.
#[derive(Debug, Clone)]
pub struct Compiled {
    pub code: Arc<str>,
    /// `target/compiled/...`, relative to the project.
    pub path: Option<String>,
    pub notes: Vec<Diagnostic>,
    /// Whether rendering the template once more changes nothing and takes no
    /// time to speak of.
    pub is_repeatable: bool,
}

/// The longest that rendering may take to be done once more.
const QUICK: Duration = Duration::from_secs(5);

/// An ephemeral model, ready to be put into what reads it.
#[derive(Debug)]
pub struct Ephemeral {
    /// Its own SQL, without the ephemeral models that it reads.
    pub sql: String,
    /// Those that it reads, and theirs.
    pub ctes: Vec<InjectedCte>,
}

/// Compiles the node of a state: renders its template and puts the ephemeral
/// models in that it reads.
pub fn compile(state: &Arc<NodeState>) -> Result<Compiled, Failure> {
    let session = &state.session;
    let node = &*state.node;
    let (begun, commands) = (Instant::now(), state.db.commands());
    let (sql, notes) = render(state)?;
    let ctes = read_ephemerals(state)?;
    let is_repeatable = state.db.commands() == commands && begun.elapsed() < QUICK;
    let texts: Vec<&str> = ctes.iter().map(|cte| &*cte.sql).collect();
    let flags = &session.cx.invocation.flags.all;
    let injects = flags.get("INJECT_EPHEMERAL_CTES") != Some(&false.into());
    let code: Arc<str> = if injects {
        inject_ctes(&sql, &texts).into()
    } else {
        sql.into()
    };
    let path = write_compiled(state, &code)?;
    // A batch is one of several forms of its node; the node keeps its own.
    let relation_name = state.relation_of_stored_failures();
    session.update_compiled(&node.unique_id, |compiled| {
        *compiled = CompiledNode {
            compiled_code: Some(Arc::clone(&code)),
            compiled_path: path.clone(),
            build_path: compiled.build_path.take(),
            relation_name,
            extra_ctes_injected: injects,
            extra_ctes: ctes,
            foreign_keys: foreign_keys::relations(session, node),
            macros: state.macros_called(),
            place: None,
        };
    });
    Ok(Compiled {
        code,
        path,
        notes,
        is_repeatable,
    })
}

/// Compiles the node of a state for those who only look at its SQL: the code,
/// the code without ephemeral models, and these.
pub fn draft(state: &Arc<NodeState>) -> Result<(Arc<str>, Arc<str>, Vec<UniqueId>), Failure> {
    let (sql, _) = render(state)?;
    let own: Arc<str> = sql.into();
    let ctes = read_ephemerals(state)?;
    if ctes.is_empty() {
        return Ok((Arc::clone(&own), own, Vec::new()));
    }
    let texts: Vec<&str> = ctes.iter().map(|cte| &*cte.sql).collect();
    let code = inject_ctes(&own, &texts).into();
    Ok((code, own, ctes.into_iter().map(|cte| cte.id).collect()))
}

/// Renders a node's template once more and says where its pieces come from.
pub fn draft_mapped(state: &Arc<NodeState>) -> Result<(String, SourceMap), Failure> {
    let node = &*state.node;
    let engine = &state.session.cx.engine;
    let failed = |error: &_| failure::from_jinja(state.session.graph(), rendered(node), error);
    if let Some(arguments) = test_arguments(state).map_err(|error| failed(&error))? {
        let _ = state.test_arguments.set(arguments);
    }
    let (sql, map) = engine
        .render_mapped(&node.raw_code, template_path(node), &state.context())
        .map_err(|error| failed(&error))?;
    let shorter = wraps_its_query(node)
        .then(|| without_final_semicolon(&sql).map(std::borrow::Cow::into_owned))
        .flatten();
    Ok((shorter.unwrap_or(sql), map))
}

/// Renders a node's template, without the ephemeral models that it reads.
fn render(state: &Arc<NodeState>) -> Result<(String, Vec<Diagnostic>), Failure> {
    let node = &*state.node;
    let engine = &state.session.cx.engine;
    let arguments = test_arguments(state)
        .map_err(|error| failure::from_jinja(state.session.graph(), rendered(node), &error))?;
    if let Some(arguments) = arguments {
        // Set once: a state renders its node once.
        let _ = state.test_arguments.set(arguments);
    }
    let context = state.context();
    let failed = |error: &_| failure::from_jinja(state.session.graph(), rendered(node), error);
    if node.language == Language::Python && node.resource_type == ResourceType::Model {
        if !with_masks(state, String::new())?.is_empty() {
            let title = format!(
                "model `{}` has masks, and only models in SQL can: mask what it reads",
                node.name
            );
            return Err(cannot_mask(node, title));
        }
        let postfix = engine
            .render("{{ py_script_postfix(model) }}", &node.path, &context)
            .map_err(|error| failed(&error))?;
        return Ok((format!("{}\n\n{postfix}", node.raw_code), Vec::new()));
    }
    let sql = engine
        .render(&node.raw_code, template_path(node), &context)
        .map_err(|error| failed(&error))?;
    if !wraps_its_query(node) {
        return Ok((sql, Vec::new()));
    }
    let (sql, notes) = match without_final_semicolon(&sql) {
        None => (sql, Vec::new()),
        Some(shorter) => (shorter.into_owned(), vec![semicolon_note(node)]),
    };
    Ok((with_masks(state, sql)?, notes))
}

/// Puts the masks of the node's columns around its query.
fn with_masks(state: &NodeState, sql: String) -> Result<String, Failure> {
    let env = &state.session.cx.invocation.env;
    match masked_query(&state.node, &sql, env) {
        Ok(masked) => Ok(masked.unwrap_or(sql)),
        Err(problem) => {
            let node = &*state.node;
            let title = format!("model `{}` cannot be masked: {problem}", node.name);
            Err(cannot_mask(node, title))
        }
    }
}

fn cannot_mask(node: &Node, title: String) -> Failure {
    let mut failure = Failure::new("Compilation", title.clone());
    failure
        .diagnostics
        .push(failure::at_subject("cannot-mask", title, node));
    failure
}

/// Tells whether a materialization puts a node's SQL into another statement,
/// where a semicolon has no place.
fn wraps_its_query(node: &Node) -> bool {
    matches!(
        node.resource_type,
        ResourceType::Model | ResourceType::Snapshot | ResourceType::Test
    )
}

fn semicolon_note(node: &Node) -> Diagnostic {
    let noun = node.resource_type.as_str();
    let note = Diagnostic::note(
        "final-semicolon",
        format!(
            "{noun} `{}` ends with a semicolon, which is left out",
            node.name
        ),
    );
    let text = node.file.text.get(node.span.clone()).unwrap_or_default();
    match text.rfind(';') {
        Some(at) => {
            let at = node.span.start + at;
            note.at(&node.file, at..at + 1, "not needed")
        }
        None => note,
    }
}

/// Returns the path that errors in a node's template name. What several nodes
/// of one file share is no name for one of them.
pub fn template_path(node: &Node) -> &str {
    // Property files are long, and hold no generic test's template.
    let is_file = node.generic_test().is_none() && node.file.text.contains(&*node.raw_code);
    if is_file {
        node.file.path.as_str()
    } else {
        &node.path
    }
}

/// Says what was rendered, for errors.
pub fn rendered(node: &Node) -> Rendered<'_> {
    Rendered {
        subject: Subject::Node(node),
        template: &node.raw_code,
        path: template_path(node),
        compiled: None,
        origins: None,
    }
}

/// Collects the ephemeral models that a template has referred to, each after
/// those that it reads itself.
fn read_ephemerals(state: &Arc<NodeState>) -> Result<Vec<InjectedCte>, Failure> {
    let mut all: Vec<InjectedCte> = Vec::new();
    for id in state.ephemerals_read() {
        let (name, ephemeral) = match state.fixture(&id) {
            Some(fixture) => (fixture.cte_name.clone(), Arc::clone(&fixture.ephemeral)),
            None => ephemeral(state, &id)?,
        };
        for cte in &ephemeral.ctes {
            if !all.iter().any(|known| known.id == cte.id) {
                all.push(cte.clone());
            }
        }
        if !all.iter().any(|known| known.id == id) {
            let sql = format!(" __dbt__cte__{name} as (\n{}\n)", ephemeral.sql);
            all.push(InjectedCte {
                id,
                sql: sql.into(),
            });
        }
    }
    Ok(all)
}

/// Compiles an ephemeral model, once in a run.
fn ephemeral(state: &Arc<NodeState>, id: &UniqueId) -> Result<(String, Arc<Ephemeral>), Failure> {
    let session = &state.session;
    let place = session.ephemeral(id);
    let inner = state.for_node(id).ok_or_else(|| {
        Failure::new(
            "Internal",
            format!("the ephemeral model {id} is not in the graph"),
        )
    })?;
    let name = inner.node.alias.clone();
    let outcome = place.get_or_init(|| {
        let outcome = compile_ephemeral(&inner);
        outcome.map(Arc::new).map_err(Arc::new)
    });
    match outcome {
        Ok(ephemeral) => Ok((name, Arc::clone(ephemeral))),
        Err(failure) => {
            let mut failure = Failure::clone(failure);
            // What reads it is to be skipped, and this is to be mended first.
            failure.caused_by.get_or_insert_with(|| id.clone());
            Err(failure)
        }
    }
}

fn compile_ephemeral(state: &Arc<NodeState>) -> Result<Ephemeral, Failure> {
    let (sql, _) = render(state)?;
    let ctes = read_ephemerals(state)?;
    let texts: Vec<&str> = ctes.iter().map(|cte| &*cte.sql).collect();
    let code: Arc<str> = inject_ctes(&sql, &texts).into();
    let path = write_compiled(state, &code)?;
    state
        .session
        .update_compiled(&state.node.unique_id, |compiled| {
            *compiled = CompiledNode {
                compiled_code: Some(code),
                compiled_path: path,
                extra_ctes_injected: true,
                extra_ctes: ctes.clone(),
                macros: state.macros_called(),
                ..CompiledNode::default()
            };
        });
    Ok(Ephemeral { sql, ctes })
}

/// Writes the compiled SQL to the target folder; dbt writes none for
/// snapshots and seeds.
fn write_compiled(state: &Arc<NodeState>, code: &str) -> Result<Option<String>, Failure> {
    let node = &*state.node;
    let has_none = matches!(
        node.resource_type,
        ResourceType::Snapshot | ResourceType::Seed
    );
    if has_none || code.is_empty() {
        return Ok(None);
    }
    let session: &Session = &state.session;
    let path = target_file(
        session.target_path(),
        "compiled",
        &node.package_name,
        &node.path,
        &node.original_file_path,
        state.batch_suffix().as_deref(),
    );
    session
        .write(&path, code)
        .map_err(|error| unwritable(&path, &error))?;
    Ok(Some(path))
}

/// Says that a file of the target folder could not be written.
pub fn unwritable(path: &str, error: &std::io::Error) -> Failure {
    let text = format!("could not write `{path}`: {error}");
    let mut failure = Failure::new("Runtime", text.clone());
    failure
        .diagnostics
        .push(Diagnostic::error("unwritable-file", text).hint(
            "check the free space and the rights of the target folder, or choose another with \
             `--target-path`",
        ));
    failure
}
