//! SQL as the program itself understands it: what queries are made of, and
//! what they give.
//!
//! Queries that run on DuckDB are parsed by DuckDB itself, on a connection to
//! an empty database in memory that the caller hands over, into the [`tree`].

mod engine;
mod parse;
mod schema;
pub mod tree;

#[cfg(test)]
mod tests;

pub use parse::{ParseFailure, parse_queries};
pub use schema::{Schema, SchemaColumn, Schemas};
