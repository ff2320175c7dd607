//! From compiled nodes to the project's lineage, and to `lineage.json`.

use std::collections::HashMap;
use std::sync::Arc;

use super::exit::Exit;
use super::phi::Watched;
use super::session::{ReadyProject, Session};
use crate::adapter::{self, AdapterError, CatalogRelation};
use crate::diagnostics::Diagnostic;
use crate::graph::Graph;
use crate::lineage::output::{Metadata, Texts, write_json};
use crate::lineage::{self, Part, Project, Queries, Traced};
use crate::parse::{CompiledNode, IdMap, ResourceType};
use crate::phi::{self, Examined};
use crate::sql::{
    Schema, SchemaColumn, Schemas, parse_in_dialect, parse_in_turn, parse_queries_at_once,
};

/// The lineage of a project, with the SQL that it was found in.
pub struct TracedProject {
    pub traced: Traced,
    pub texts: Texts,
}

/// Traces every column of the project's compiled models and snapshots.
pub fn trace(
    ready: &ReadyProject,
    compiled: &IdMap<CompiledNode>,
    schemas: &Schemas,
) -> Result<TracedProject, Exit> {
    let adapter_type = &ready.project.profile.adapter_type;
    let tables = lineage::of_graph(&ready.graph, compiled, schemas);
    trace_tables(tables, adapter_type)
}

/// The same for tables however they came to be known.
pub fn trace_tables(project: Project, adapter_type: &str) -> Result<TracedProject, Exit> {
    let texts = lineage::in_turn(&project);
    let sql: Vec<&str> = texts.iter().map(|(_, sql)| &**sql).collect();
    let traced = if adapter_type == "duckdb" {
        let follow =
            |queries: &mut dyn Iterator<Item = _>| lineage::trace_in_turn(project, queries);
        parse_in_turn(&adapter::in_memory, &sql, follow).map_err(|error| unparsed(&error))?
    } else {
        let mut queries = sql.iter().map(|sql| parse_in_dialect(adapter_type, sql));
        lineage::trace_in_turn(project, &mut queries)
    };
    Ok(TracedProject {
        traced,
        texts: texts.into_iter().collect(),
    })
}

/// Traces every column as [`trace`] does, and, where the project says something of patient
/// data, follows that with the same queries.
pub fn trace_and_examine(
    ready: &ReadyProject,
    compiled: &IdMap<CompiledNode>,
    schemas: &Schemas,
    watched: Option<Watched>,
) -> Result<(TracedProject, Option<Examined>), Exit> {
    let Some(watched) = watched else {
        return Ok((trace(ready, compiled, schemas)?, None));
    };
    let project = lineage::of_graph(&ready.graph, compiled, schemas);
    let (texts, queries) = queries_of(&project, &ready.project.profile.adapter_type)?;
    let Watched {
        declared,
        settings,
        beside,
    } = watched;
    let again = lineage::of_graph(&ready.graph, compiled, schemas);
    let examined = phi::examine(&ready.graph, again, &queries, &beside, declared, settings);
    let traced = TracedProject {
        traced: lineage::trace(project, &queries),
        texts: texts.into_iter().collect(),
    };
    Ok((traced, Some(examined)))
}

/// Returns the SQL of tables and functions by their ids, and the queries that it is.
fn queries_of(
    project: &Project,
    adapter_type: &str,
) -> Result<(Vec<(Arc<str>, Arc<str>)>, Queries), Exit> {
    let mut texts = coded(project);
    let functions = project.functions.iter();
    texts.extend(functions.map(|own| (Arc::clone(&own.id), own.query.as_str().into())));
    let queries = parse(adapter_type, &texts)?;
    Ok((texts, queries))
}

/// Returns the SQL of the tables that have any, by their ids.
pub fn coded(project: &Project) -> Vec<(Arc<str>, Arc<str>)> {
    let coded = project.tables.iter().filter_map(|table| {
        let code = table.code.as_ref()?;
        Some((Arc::clone(&table.id), Arc::clone(code)))
    });
    coded.collect()
}

/// Parses queries, given with the ids of what they make.
pub fn parse(adapter_type: &str, texts: &[(Arc<str>, Arc<str>)]) -> Result<Queries, Exit> {
    let sql: Vec<&str> = texts.iter().map(|(_, sql)| &**sql).collect();
    let parsed = if adapter_type == "duckdb" {
        parse_queries_at_once(&adapter::in_memory, &sql).map_err(|error| unparsed(&error))?
    } else {
        let parsed = sql.iter().map(|sql| parse_in_dialect(adapter_type, sql));
        parsed.collect()
    };
    let ids = texts.iter().map(|(id, _)| Arc::clone(id));
    Ok(ids.zip(parsed).collect())
}

/// Tells that there is nothing to parse SQL with.
pub fn unparsed(error: &AdapterError) -> Exit {
    let title = format!("SQL cannot be parsed: {}", error.message);
    Exit::failed(
        Diagnostic::error("cannot-parse", title)
            .hint("check that DuckDB's library beside the program is the one it came with"),
    )
}

/// Takes what tables look like from the database's catalog, for sources and
/// seeds: those are made of nothing that could tell.
pub fn schemas_of(relations: &[CatalogRelation], graph: &Graph) -> Schemas {
    let lower = |text: &str| text.to_ascii_lowercase();
    let found: HashMap<(String, String), &CatalogRelation> = relations
        .iter()
        .map(|relation| ((lower(&relation.schema), lower(&relation.name)), relation))
        .collect();
    let sources = graph.project.sources.values();
    let sources = sources.map(|source| {
        let key = (lower(&source.schema), lower(&source.identifier));
        (&source.unique_id, source.database.as_ref(), key)
    });
    let nodes = graph.project.nodes.values();
    let seeds = nodes.filter(|node| node.resource_type == ResourceType::Seed);
    let seeds = seeds.map(|node| {
        let key = (lower(&node.schema), lower(&node.alias));
        (&node.unique_id, node.database.as_ref(), key)
    });
    let schemas = sources.chain(seeds).filter_map(|(id, database, key)| {
        let relation = found.get(&key)?;
        let is_there = database.is_none_or(|name| name.eq_ignore_ascii_case(&relation.database));
        let columns = relation.columns.iter();
        let columns = columns.map(|column| SchemaColumn::new(&column.name, &column.data_type));
        is_there.then(|| (id.clone(), Schema::new(columns.collect())))
    });
    schemas.collect()
}

/// Writes `target/hcdbt/lineage.json`, unless the user wants no artifacts.
pub fn write(session: &Session, ready: &ReadyProject, traced: &Traced) -> Result<(), Exit> {
    if !session.invocation.flags.write_json {
        return Ok(());
    }
    let path = session
        .target_dir(&ready.project)
        .join("hcdbt/lineage.json");
    let graph = &traced.graph;
    let metadata = metadata(session, ready);
    session.write_with(&path, &mut |out| {
        write_json(out, graph, &graph.whole(), &metadata)
    })
}

/// Prints part of a lineage in the form of `lineage.json`.
pub fn print(session: &Session, ready: &ReadyProject, traced: &Traced, part: &Part) {
    let mut text = Vec::new();
    write_json(&mut text, &traced.graph, part, &metadata(session, ready))
        .expect("writing to memory does not fail");
    session.printer.data(&String::from_utf8_lossy(&text));
}

fn metadata(session: &Session, ready: &ReadyProject) -> Metadata {
    Metadata {
        generated_at: session.world.now().to_string(),
        invocation_id: session.invocation.id.clone(),
        project_name: ready.project.name.to_string(),
    }
}
