//! Runs templates: a walk over the tree, with Jinja2's scopes.

mod call;
mod expression;
mod frame;
mod loops;
mod macros;
mod native;
mod object;
mod run;
mod statement;

pub use call::call_method_from_state;
pub use frame::Frame;
pub use macros::{Caller, Macro};
pub use native::{Marker, MarkerKind, native_value};
pub use run::{Interpreter, Run};
pub use statement::Output;

use super::error::{JinjaError, Location};
use super::syntax::{Source, Span};

/// Finds the line and column of a span.
pub fn locate(source: &Source, span: Span) -> Location {
    let range = span.range();
    let before = source.text.get(..range.start).unwrap_or_default();
    let line = before.bytes().filter(|b| *b == b'\n').count() as u32 + 1;
    let start_of_line = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[start_of_line..].chars().count() as u32 + 1;
    Location {
        path: source.path.clone(),
        line,
        column,
        range,
    }
}

/// Gives an error its place, or a macro's frame the place it was called from.
pub fn place(mut error: JinjaError, source: &Source, span: Span) -> JinjaError {
    if error.location().is_none() {
        error.locate(locate(source, span));
    } else if let Some(frame) = error.last_frame_mut()
        && frame.call_site.is_none()
    {
        frame.call_site = Some(locate(source, span));
    }
    error
}
