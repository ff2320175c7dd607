//! What is done for a step, and with which words it is told.

use super::events::Told;
use super::session::Session;
use super::subject::Subject;
use crate::parse::{Language, Node, NodeKind, ResourceType, UniqueId};
use crate::plan::Command;

/// What is done for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Renders the node and no more.
    Compile,
    /// Builds a model, seed, snapshot or function by its materialization.
    Materialize,
    /// Builds a model batch by batch.
    Microbatch,
    Test,
    UnitTest,
    /// Runs the node's query and keeps some rows.
    Show,
    Freshness,
    /// Gives this environment another one's relation.
    Clone,
    /// Nothing is done for it: an exposure, a saved query.
    Nothing,
}

impl Job {
    /// Chooses what a command does for a resource.
    pub fn of(session: &Session, command: Command, subject: &Subject<'_>) -> Self {
        let node = match subject {
            Subject::Node(node) => node,
            Subject::Source(_) => return Self::Freshness,
            Subject::UnitTest(_) => return Self::UnitTest,
            Subject::Exposure(_) | Subject::SavedQuery(_) => return Self::Nothing,
        };
        match command {
            Command::Compile | Command::Docs | Command::List => Self::Compile,
            Command::Show if node.resource_type == ResourceType::Seed => Self::Materialize,
            Command::Show => Self::Show,
            Command::Clone => Self::Clone,
            _ => match node.resource_type {
                ResourceType::Model if is_microbatch(session, node) => Self::Microbatch,
                ResourceType::Model
                | ResourceType::Seed
                | ResourceType::Snapshot
                | ResourceType::Function => Self::Materialize,
                ResourceType::Test => Self::Test,
                _ => Self::Compile,
            },
        }
    }

    /// Tells whether the start and the end of the work are told.
    pub fn is_told(self) -> bool {
        !matches!(self, Self::Compile | Self::Show | Self::Clone)
    }

    /// Tells whether the database is changed, so that a failure leaves in
    /// doubt what is known of the schema.
    pub fn changes_relations(self) -> bool {
        matches!(self, Self::Materialize | Self::Microbatch | Self::Clone)
    }
}

/// A microbatch model is split into batches unless the project brings its
/// own macro of that strategy and does not ask for it.
fn is_microbatch(session: &Session, node: &Node) -> bool {
    if node.config.materialized() != "incremental"
        || node.config.str("incremental_strategy") != Some("microbatch")
    {
        return false;
    }
    let cx = &session.cx;
    let flag = "require_batched_execution_for_custom_microbatch_strategy";
    if crate::graph::behaviour_flag(&cx.project, &cx.invocation, flag) {
        return true;
    }
    let root = &*cx.project.name;
    let own = cx.engine.find_macro(root, "get_incremental_microbatch_sql");
    own.is_none_or(|found| matches!(&*found.package, "dbt" | "dbt_duckdb"))
}

/// Says what is about to be done: `sql view model main.a`.
pub fn describe(session: &Session, subject: &Subject<'_>, job: Job) -> String {
    match subject {
        Subject::Node(node) => match node.resource_type {
            ResourceType::Model => {
                let language = match node.language {
                    Language::Sql => "sql",
                    Language::Python => "python",
                };
                let materialized = match job {
                    Job::Microbatch => "microbatch",
                    _ => node.config.materialized(),
                };
                let relation = relation_text(session, node);
                format!("{language} {materialized} model {relation}")
            }
            ResourceType::Seed => format!("seed file {}", relation_text(session, node)),
            ResourceType::Snapshot => format!("snapshot {}", relation_text(session, node)),
            ResourceType::Function => format!("function {}", relation_text(session, node)),
            other => format!("{} {}", other.as_str(), node.name),
        },
        Subject::Source(source) => {
            format!("freshness of {}.{}", source.source_name, source.name)
        }
        Subject::UnitTest(_) => format!("unit_test {}", subject.display_name()),
        Subject::Exposure(exposure) => format!("exposure {}", exposure.name),
        Subject::SavedQuery(query) => format!("saved query {}", query.name),
    }
}

/// Names a relation without quotes, and without the database when it is the
/// target's own: `main.a`.
pub fn relation_text(session: &Session, node: &Node) -> String {
    let own = &session.cx.adapter.settings().database;
    match &node.database {
        Some(database) if database != own => {
            format!("{database}.{}.{}", node.schema, node.alias)
        }
        _ => format!("{}.{}", node.schema, node.alias),
    }
}

/// Chooses the words that tell a result.
pub fn told<'a>(
    subject: &Subject<'a>,
    description: &'a str,
    relation: &'a str,
    name: &'a str,
) -> Told<'a> {
    match subject {
        Subject::Node(node) => match node.resource_type {
            ResourceType::Seed => Told::Seed {
                schema: &node.schema,
                alias: &node.alias,
            },
            ResourceType::Snapshot => Told::Snapshot {
                relation,
                config: &node.config.0,
            },
            ResourceType::Test => Told::Test {
                name,
                attached_node: attached_node(node),
            },
            ResourceType::Function => Told::Function { description },
            _ => Told::Model { description },
        },
        Subject::Source(source) => Told::Freshness {
            source: &source.source_name,
            table: &source.name,
        },
        Subject::UnitTest(_) => Told::Test {
            name,
            attached_node: None,
        },
        Subject::Exposure(_) | Subject::SavedQuery(_) => Told::Nothing { description },
    }
}

fn attached_node(node: &Node) -> Option<&UniqueId> {
    match &node.kind {
        NodeKind::GenericTest(info) => info.attached_node.as_ref(),
        _ => None,
    }
}
