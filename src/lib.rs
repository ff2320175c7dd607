#![doc = include_str!("ARCHITECTURE.md")]

pub mod adapter;
pub mod alerts;
pub mod artifacts;
pub mod attrition;
pub mod check;
pub mod ci;
mod cli;
pub mod compare;
pub mod config;
pub mod diagnostics;
pub mod docs;
pub mod event;
pub mod files;
pub mod graph;
pub mod invocation;
pub mod jinja;
pub mod lineage;
pub mod packages;
pub mod parse;
pub mod phi;
pub mod plan;
pub mod python_repr;
pub mod report;
pub mod run;
pub mod sql;
pub mod synth;
#[cfg(test)]
mod testing;
pub mod value_sets;
pub mod yaml;

pub use cli::run;
