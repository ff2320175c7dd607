//! SQL as the program itself understands it: what queries are made of, and
//! what they give.
//!
//! Queries that run on DuckDB are parsed by DuckDB itself, on a connection to
//! an empty database in memory that the caller hands over; queries of other
//! engines, and those within other statements, by the `sqlparser` crate. Both
//! give the same [`tree`].

mod dialect;
mod engine;
mod extent;
mod parse;
mod pivot;
mod schema;
mod tokens;
pub mod tree;
mod turns;
mod walk;

#[cfg(test)]
mod tests;

pub use dialect::parse_in_dialect;
pub use engine::is_refused;
pub use extent::Extents;
pub use parse::{ParseFailure, parse_in_turn, parse_queries, parse_queries_at_once};
pub use pivot::with_values as with_pivot_values;
pub use schema::{NUMBERS, Schema, SchemaColumn, Schemas};
pub use tokens::{Token, TokenKind, end_of_call, is_sign, tokens};
