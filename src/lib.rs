//! hcdbt compiles and runs dbt projects, with DuckDB inside.

pub mod adapter;
