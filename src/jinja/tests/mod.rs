//! Templates against what dbt makes of them.

mod cases;
mod hazards;
mod shipped;
mod standard;

use super::JinjaError;

/// Renders a template with macros and nothing else than the standard names.
fn render(macros: &str, template: &str) -> Result<String, JinjaError> {
    let context = standard::context(&serde_json::Value::Null);
    standard::engine(macros)?.render(template, "models/m.sql", &context)
}
