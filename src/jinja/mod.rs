//! dbt's Jinja: finding blocks in files, reading calls without rendering,
//! and rendering templates and macros.
//!
//! Values and the protocol of objects are `minijinja`'s. Reading and running
//! templates is done here, since dbt's templates are Python underneath: see
//! [`python`] for what values do, `syntax` for the grammar, `evaluate` for the
//! walk. This module knows no graph and no project: each phase hands in the
//! names that its templates see as a [`Scope`].

// Arguments are handed on as binding them gives them: `Option<Value>`.
#![allow(clippy::ref_option)]

pub mod blocks;
mod checks;
mod context;
mod engine;
mod error;
mod evaluate;
pub mod extract;
mod filters;
mod function;
pub mod functions;
mod json;
pub mod objects;
pub mod python;
mod serialize;
mod source_map;
mod syntax;
#[cfg(test)]
mod tests;
mod written;

pub use blocks::{Block, BlockKind, Blocks, MACRO_TAGS, Parameter, scan_blocks, scan_blocks_of};
pub use context::{Clock, Context, Events, LogLevel, MacroCalls, Mode, NoEvents, Scope};
pub use engine::{Engine, EngineBuilder, EngineOptions, MacroInfo, MacroSource};
pub use error::{DbtKind, ErrorKind, Frame, JinjaError, Location};
pub use extract::{DispatchCall, RefCall, SourceCall, StaticCalls, extract};
pub use function::{Call, function, function_with};
pub use functions::Module;
pub use functions::dump_indented as dump_yaml;
pub use json::{from_json, from_json_map, from_json_with_dates, to_json};
pub use minijinja::Value;
pub use minijinja::value::{Object, ObjectRepr};
pub use serialize::from_serialize;
pub use source_map::{Origin, SourceMap};
pub use written::written_config;

/// Tells whether a text holds anything that Jinja would look at.
pub fn has_jinja(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['{', '}']) {
        at += offset;
        let (first, next) = (bytes[at], bytes.get(at + 1));
        if first == b'{' && matches!(next, Some(b'{' | b'%' | b'#')) {
            return true;
        }
        let before = at.checked_sub(1).map(|i| bytes[i]);
        if first == b'}' && matches!(before, Some(b'}' | b'%' | b'#')) {
            return true;
        }
        at += 1;
    }
    false
}
