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

/// Gives an error its place, or a macro's frame the place it was called from.
pub fn place(mut error: JinjaError, source: &Source, span: Span) -> JinjaError {
    if !error.has_place() {
        error.locate_in(source, span);
    } else if let Some(frame) = error.last_frame_mut()
        && frame.call_site.is_none()
    {
        frame.call_site = Some(Location::of(source, span));
    }
    error
}
