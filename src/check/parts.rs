//! The CTEs of one model, and what each gives.

use std::sync::Arc;

use super::bind::{State, Twin};
use super::catalog::Catalog;
use super::{Basis, Request, drafts, environment, text};
use crate::adapter::quote_identifier;
use crate::parse::UniqueId;
use crate::run::RunContext;
use crate::sql::{Schema, SchemaColumn, Schemas};

/// Returns the CTEs at the beginning of a node's SQL with their columns, as far
/// as they bind. `schemas` has what the node reads.
pub fn ctes(cx: &RunContext, schemas: &Schemas, id: &UniqueId, sql: &str) -> Vec<(String, Schema)> {
    let request = Request::default();
    let (Some(drafts), Some(node)) = (drafts(cx, &request), cx.graph.project.nodes.get(id)) else {
        return Vec::new();
    };
    let catalog = Catalog::new(cx, Basis::Project);
    let environment = environment::prepare(&drafts, &drafts.desk());
    let mut twin = Twin::new(&drafts, &catalog, environment, &request);
    let reads = twin.reads(node);
    for id in &reads {
        if let Some(schema) = schemas.get(id) {
            let state = State::Known(Arc::new(schema.clone()));
            twin.states.insert(id.clone(), state);
        }
    }
    twin.make_relations(&reads);
    let own = text::ctes(sql).into_iter();
    let own = own.filter(|cte| !cte.name.starts_with("__dbt__cte__"));
    own.filter_map(|cte| {
        let name = quote_identifier(&cte.name);
        let query = format!("{} select * from {name}", &sql[..cte.end]);
        let columns = twin.desk().describe(&query).ok()?.into_iter();
        let columns = columns.map(|column| SchemaColumn::new(column.name, column.data_type));
        Some((cte.name, Schema::new(columns.collect())))
    })
    .collect()
}
