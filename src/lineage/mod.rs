//! Where columns come from: within a query, and across a project.
//!
//! Pure: it is given parsed queries and what is known of tables, and gives
//! values back. What cannot be traced is said to be unknown, never guessed.

mod edge;
mod graph;
mod impact;
mod known;
mod manifest;
mod nodes;
pub mod output;
mod passage;
mod project;
mod query;
mod reach;
mod relation;
mod resolve;
mod scope;
mod value;
mod walk;

pub use edge::EdgeKind;
pub use graph::{ColumnId, ColumnLineage, DatasetLineage, Edge, LineageGraph, Use, UseKind};
pub use impact::{Candidate, Change, ColumnChange, Impact, TableChange, impact};
pub use known::{Dataset, FunctionBody, Known, KnownFunction};
pub use manifest::of_manifest;
pub use nodes::of_graph;
pub use passage::{Mark, Passage, Passages, Piece, Told};
pub use project::{
    AddedColumn, Meanings, OwnFunction, Project, Queries, Table, TablePlace, TableUse, Traced,
    in_turn, trace, trace_in_turn,
};
pub use query::{Input, OpenColumns, OutputColumn, QueryLineage, follow_query};
pub use reach::{Reach, ReachedTable, Touched, reach};
pub use walk::{Direction, Part, Readers};

#[cfg(test)]
mod tests;
