//! How fresh a source is: asking the database, and judging the answer.

use std::sync::Arc;

use super::Freshness;
use super::context::{NodeState, Stored, source_relation};
use super::db::Db;
use super::failure::{self, Failure, Rendered};
use super::freshness::{judge, measure};
use super::node::NodeHandle;
use super::pseudo;
use super::session::Session;
use super::subject::Subject;
use super::worker::Done;
use crate::diagnostics::Diagnostic;
use crate::event::Level;
use crate::files::Entry;
use crate::jinja::{JinjaError, Value, from_json, objects, python};
use crate::parse::Source;

/// Makes the state in which a source's own SQL is rendered.
pub fn state(session: &Arc<Session>, db: &Arc<Db>, source: &Source) -> Arc<NodeState> {
    let mut node = pseudo::operation(session, &source.name);
    node.package_name = Arc::clone(&source.package_name);
    node.unique_id = source.unique_id.clone();
    node.database.clone_from(&source.database);
    node.schema.clone_from(&source.schema);
    node.alias.clone_from(&source.identifier);
    let mut state = NodeState::new(session, db, NodeHandle::Own(Arc::new(node)));
    let value = serde_json::to_value(source).map_or_else(|_| python::none(), |v| from_json(&v));
    state.extra = vec![
        ("this", objects::relation(source_relation(source))),
        ("model", value.clone()),
        ("source_node", value),
    ];
    Arc::new(state)
}

/// Measures and judges how fresh a source is.
pub fn freshness(state: &Arc<NodeState>, source: &Source) -> Result<Done, Failure> {
    let relation = objects::relation(source_relation(source));
    let failed = |template: &str, error: &JinjaError| {
        let rendered = Rendered {
            subject: Subject::Source(source),
            template,
            path: "loaded_at_query",
            compiled: None,
            origins: None,
        };
        failure::from_jinja(state.session.graph(), rendered, error)
    };
    let (result, field) = if let Some(query) = &source.loaded_at_query {
        let engine = &state.session.cx.engine;
        let sql = engine
            .render(query, "loaded_at_query", &state.context())
            .map_err(|error| failed(query, &error))?;
        let result = state.call_macro(
            "collect_freshness_custom_sql",
            &[("source", relation), ("loaded_at_query", Value::from(sql))],
        );
        (result, "loaded_at_query")
    } else if let Some(field) = &source.loaded_at_field {
        let filter = source.freshness.get("filter").map(from_json);
        let result = state.call_macro(
            "collect_freshness",
            &[
                ("source", relation),
                ("loaded_at_field", Value::from(field.as_str())),
                ("filter", filter.unwrap_or_else(python::none)),
            ],
        );
        (result, field.as_str())
    } else if let Some(files) = super::reuse::source_files(state, source) {
        return Ok(of_files(state, source, &files));
    } else {
        let text = format!(
            "Could not compute freshness for source {}: no 'loaded_at_field' provided and {} \
             adapter does not support metadata-based freshness checks.",
            source.name,
            state.session.cx.adapter.adapter_type()
        );
        let mut failure = Failure::new("Runtime", text.clone());
        let diagnostic = Diagnostic::error("no-loaded-at", text);
        let place = Subject::Source(source);
        failure.diagnostics.push(
            diagnostic
                .at(place.file(), place.span(), "its age is asked for here")
                .hint("name the column with the time of loading: `loaded_at_field`, or a query: `loaded_at_query`"),
        );
        return Err(failure);
    };
    let result = result.map_err(|error| failed("", &error))?;
    if objects::table_of(&result).is_some() {
        state.session.reporter().other(
            Level::Warn,
            "CollectFreshnessReturnSignature",
            "D012",
            "The macro `collect_freshness` returned a table alone. It should return the whole \
             result of its query, as `load_result` gives it, so that the database's response is \
             known too.",
            || serde_json::json!({}),
        );
    }
    let stored = stored(&result);
    let table = stored.rows().ok_or_else(|| {
        Failure::new(
            "Runtime",
            "the macro that collects freshness returned no table",
        )
    })?;
    let measured = measure(&table, field).map_err(|text| Failure::new("Runtime", text))?;
    let mut done = Done::new(judge(&source.freshness, measured.age));
    done.adapter_response = stored.adapter_response();
    done.freshness = Some(measured);
    Ok(done)
}

/// Judges files by when the newest of them was written.
fn of_files(state: &NodeState, source: &Source, files: &[Entry]) -> Done {
    let newest = files.iter().map(|file| file.modified).max().unwrap_or(0);
    let max_loaded_at = jiff::Timestamp::from_nanosecond(newest).unwrap_or_default();
    let snapshotted_at = state.session.now();
    let age = snapshotted_at.duration_since(max_loaded_at).as_secs_f64();
    let mut done = Done::new(judge(&source.freshness, age));
    done.freshness = Some(Freshness {
        max_loaded_at,
        snapshotted_at,
        age,
    });
    done
}

/// Reads what the macro returned: `load_result`'s mapping, or only a table,
/// as macros of older projects do.
fn stored(result: &Value) -> Stored {
    if objects::table_of(result).is_some() {
        return Stored {
            response: python::none(),
            table: result.clone(),
        };
    }
    let part = |name: &str| result.get_item(&Value::from(name)).unwrap_or_default();
    Stored {
        response: part("response"),
        table: part("table"),
    }
}
