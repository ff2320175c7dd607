//! From a plan's steps to results: compiling, executing, and the order of both.
//!
//! [`execute`] never fails as a whole: a model that goes wrong is a result,
//! and what it takes down with it is a result too. Events go out meanwhile.

mod batches;
mod cache;
mod events;
mod freshness;
mod query_comment;
mod result;
mod scheduler;
mod sql_text;
mod subject;
mod verdict;

pub use crate::parse::{CompiledNode, InjectedCte};
pub use result::{Batch, BatchResults, Freshness, NodeResult, RunResults, Status, Timing};
