//! Where columns come from: within a query, and across a project.
//!
//! Pure: it is given parsed queries and what is known of tables, and gives
//! values back. What cannot be traced is said to be unknown, never guessed.

mod edge;
mod graph;
mod known;
mod nodes;
mod project;
mod query;
mod relation;
mod resolve;
mod scope;
mod value;
mod walk;

pub use edge::EdgeKind;
pub use graph::{ColumnId, ColumnLineage, DatasetLineage, Edge, LineageGraph, Use, UseKind};
pub use known::{Dataset, FunctionBody, Known, KnownFunction};
pub use nodes::of_graph;
pub use project::{
    AddedColumn, Meanings, Project, Queries, Table, TablePlace, TableUse, Traced, trace,
};
pub use query::{Input, OpenColumns, OutputColumn, QueryLineage, follow_query};
pub use walk::{Direction, Hop, Readers};

#[cfg(test)]
mod tests;
