//! SQL as the program itself understands it: what queries give, and what they
//! are made of.

mod schema;

pub use schema::{Schema, SchemaColumn, Schemas};
