//! From files to nodes as written.
//!
//! Nodes know their names, configs, refs and tests after this phase; what the
//! refs stand for is found in `graph`.

mod columns;
mod external_location;
mod node;
mod python;
mod python_text;
mod relation_name;
mod serialize;
mod test_name;

use indexmap::IndexMap;

pub use node::*;
pub use python::{PythonCall, PythonCalls, PythonError, PythonFunction, read_python};
pub use serialize::NodeView;

/// Everything a project and its packages define, refs not yet resolved.
///
/// Maps keep the order in which dbt would have added their entries.
#[derive(Debug, Default)]
pub struct ParsedProject {
    /// Name of the root project.
    pub project_name: String,
    pub nodes: IndexMap<UniqueId, Node>,
    pub sources: IndexMap<UniqueId, Source>,
    pub exposures: IndexMap<UniqueId, Exposure>,
    pub metrics: IndexMap<UniqueId, SemanticDefinition>,
    pub semantic_models: IndexMap<UniqueId, SemanticDefinition>,
    pub saved_queries: IndexMap<UniqueId, SemanticDefinition>,
    pub unit_tests: IndexMap<UniqueId, UnitTest>,
    pub groups: IndexMap<UniqueId, Group>,
    pub macros: IndexMap<UniqueId, Macro>,
    pub docs: IndexMap<UniqueId, DocBlock>,
    /// What `enabled: false` switched off; one id may have several.
    pub disabled: IndexMap<UniqueId, Vec<Disabled>>,
}

/// Something that is switched off.
#[derive(Debug)]
pub enum Disabled {
    Node(Box<Node>),
    Source(Box<Source>),
    Exposure(Box<Exposure>),
    Semantic(Box<SemanticDefinition>),
    UnitTest(Box<UnitTest>),
}
