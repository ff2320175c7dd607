//! `show`: runs a node's query and keeps some of its rows.

use std::sync::Arc;

use super::compile::Compiled;
use super::context::NodeState;
use super::db::Statement;
use super::draft::Again;
use super::failure::{self, Failure, Origins};
use super::materialize::in_node;
use super::worker::Done;
use super::{Status, compile::rendered};
use crate::jinja::{Value, from_json, python};

/// Runs the query of a compiled node.
pub fn run(state: &Arc<NodeState>, compiled: Option<&Compiled>) -> Result<Done, Failure> {
    let code = compiled.map(|compiled| Arc::clone(&compiled.code));
    let code = code.unwrap_or_else(|| "".into());
    // A negative limit asks for all rows.
    let limit = state.session.cx.show_limit.filter(|limit| *limit >= 0);
    let header = state.node.config.get("sql_header").map(from_json);
    let sql = state
        .call_macro(
            "get_show_sql",
            &[
                ("compiled_code", Value::from(code)),
                ("sql_header", header.unwrap_or_else(python::none)),
                ("limit", limit.map_or_else(python::none, Value::from)),
            ],
        )
        .map_err(|error| in_node(state, compiled, &error))?
        .to_string();
    let (response, table) = state.db.execute(Statement::query(&sql)).map_err(|error| {
        let mut place = rendered(&state.node);
        let path = compiled.and_then(|compiled| compiled.path.as_deref());
        place.compiled = compiled.map(|compiled| (&*compiled.code, path.unwrap_or("compiled SQL")));
        let again = compiled.map(|compiled| Again { state, compiled });
        place.origins = again.as_ref().map(|again| again as &dyn Origins);
        failure::from_database(state.session.graph(), place, &error, None)
    })?;
    let mut done = Done::new(Status::Success);
    done.adapter_response
        .insert("_message".into(), response.message.into());
    done.table = Some(table);
    done.code = Some(sql.into());
    Ok(done)
}
