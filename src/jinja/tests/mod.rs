//! Templates against what dbt makes of them.

mod cases;
mod hazards;
mod shipped;
mod standard;

use super::{JinjaError, SourceMap};

/// Renders a template with macros and nothing else than the standard names.
fn render(macros: &str, template: &str) -> Result<String, JinjaError> {
    let context = standard::context(&serde_json::Value::Null);
    standard::engine(macros)?.render(template, "models/m.sql", &context)
}

/// Renders `t.sql` and says where its pieces come from.
pub(super) fn rendered_with_map(macros: &str, template: &str) -> (String, SourceMap) {
    let context = standard::context(&serde_json::Value::Null);
    standard::engine(macros)
        .and_then(|engine| engine.render_mapped(template, "t.sql", &context))
        .unwrap_or_else(|error| panic!("{}", error.message()))
}
