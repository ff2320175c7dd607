//! Queries of the command line, as nodes.

use std::sync::Arc;

use super::ParseContext;
use super::again::Tables;
use super::basis::Basis;
use super::draft::{Start, read_calls, sha256, start};
use super::finish::{set_config, set_names};
use super::node::{Node, NodeKind, ResourceType};
use super::template::Template;
use crate::config::LoadedProject;
use crate::diagnostics::{Outcome, SourceFile};
use crate::files::{ProjectFiles, World};
use crate::invocation::Invocation;
use crate::jinja::Engine;

/// How errors name a query of the command line.
pub const INLINE_PATH: &str = "--inline";

/// Makes a node of a query that stands on the command line.
pub fn parse_inline(
    project: &LoadedProject,
    engine: &Engine,
    invocation: &Invocation,
    world: &dyn World,
    sql: &str,
) -> Outcome<Node> {
    const NAME: &str = "inline_query";
    let files = ProjectFiles::default();
    let basis = Basis::of_engine(engine);
    let before = Tables::default();
    let cx = ParseContext::new(project, &files, invocation, world, &basis, &before);
    let file = SourceFile::new(INLINE_PATH, sql);
    let mut found = Vec::new();
    let mut node = start(
        &cx,
        Start {
            package: &project.name,
            resource_type: ResourceType::SqlOperation,
            name: NAME.to_owned(),
            path: format!("sql/{NAME}"),
            original_file_path: "from remote system".to_owned(),
            fqn: vec![project.name.to_string(), "sql".to_owned(), NAME.to_owned()],
            file: &file,
            span: 0..sql.len(),
            raw_code: Arc::from(sql),
            checksum: sha256(sql.trim()),
            kind: NodeKind::Inline,
        },
    );
    let whole = 0..sql.len();
    let template = Template::of_part(&file, &whole);
    read_calls(&cx, &mut node, &template, &mut found);
    set_config(&cx, &mut node, None, &mut found);
    // A project may switch all its nodes off; what was typed is to be run.
    node.config.set("enabled", true.into());
    set_names(&cx, &mut node, &mut found);
    Outcome::with(node, found)
}
