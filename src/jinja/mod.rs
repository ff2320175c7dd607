//! dbt's Jinja: finding blocks in files, reading calls without rendering,
//! and rendering templates and macros.
//!
//! The engine is `minijinja`, with a rewriting step of our own in front of it
//! that gives templates the semantics they have in dbt, which are Python's.
//! This module knows no graph and no project: each phase hands in the names
//! that its templates see as a [`Scope`].

pub mod blocks;
mod context;
mod engine;
mod error;
pub mod extract;
mod function;
mod json;

pub use blocks::{Block, BlockKind, Parameter, scan_blocks};
pub use context::{Context, Events, LogLevel, MacroCalls, Mode, NoEvents, Scope};
pub use engine::{Engine, EngineBuilder, EngineOptions, MacroInfo, MacroSource};
pub use error::{ErrorKind, Frame, JinjaError, Location};
pub use extract::{RefCall, SourceCall, StaticCalls, extract};
pub use function::{Call, function};
pub use json::{from_json, from_json_map, to_json};
pub use minijinja::Value;
pub use minijinja::value::Object;
