//! Whether `arguments:` of a property file fit the macro that they describe, as
//! dbt's flag `validate_macro_args` asks.

use serde_json::{Value, json};

use super::node::Macro;
use crate::config::properties::MacroProperties;
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::event::kinds;

/// Warns of names, numbers and types that do not fit. `one` has the parameters
/// of its definition still.
pub(super) fn check(
    one: &Macro,
    properties: &MacroProperties,
    file: &std::sync::Arc<SourceFile>,
) -> Vec<Diagnostic> {
    let described = &properties.arguments;
    if described.is_empty() {
        return Vec::new();
    }
    let text = |argument: &Value, key: &str| {
        let value = argument.get(key).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let mut problems: Vec<String> = Vec::new();
    for (parameter, argument) in one.arguments.iter().zip(described) {
        let name = text(argument, "name");
        if name != text(parameter, "name") {
            problems.push(format!(
                "Argument {name} in yaml for macro {} does not match the jinja definition.",
                one.name
            ));
        }
    }
    if one.arguments.len() != described.len() {
        problems.push(format!(
            "The number of arguments in the yaml for macro {} does not match the jinja definition.",
            one.name
        ));
    }
    for argument in described {
        let kind = text(argument, "type");
        if !kind.trim().is_empty() && !is_type(&kind) {
            problems.push(format!(
                "Argument {} in the yaml for macro {} has an invalid type.",
                text(argument, "name"),
                one.name
            ));
        }
    }
    let warning = |problem: String| {
        let data = json!({
            "msg": problem,
            "macro_unique_id": one.unique_id.as_str(),
            "macro_file_path": one.original_file_path,
        });
        Diagnostic::warning("macro-arguments", problem)
            .at(file, properties.name.span.clone(), "described here")
            .as_event(kinds::INVALID_MACRO_ANNOTATION, data)
    };
    problems.into_iter().map(warning).collect()
}

/// Tells whether a text is a type in dbt's words: `int`, `list[string]`,
/// `dict[string, any]`.
fn is_type(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '\t')).collect();
    after_type(&text) == Some("")
}

/// Returns what follows the type that a text begins with.
fn after_type(text: &str) -> Option<&str> {
    let end = text
        .find(|c: char| !c.is_ascii_lowercase())
        .unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let count = match name {
        "str" | "string" | "bool" | "int" | "integer" | "float" | "any" | "relation" | "column" => {
            return Some(rest);
        }
        "list" | "optional" => 1,
        "dict" => 2,
        _ => return None,
    };
    for i in 0..count {
        rest = rest.strip_prefix(if i == 0 { '[' } else { ',' })?;
        rest = after_type(rest)?;
    }
    rest.strip_prefix(']')
}

#[cfg(test)]
mod tests {
    use super::is_type;

    #[test]
    fn types_are_names_with_the_right_number_of_types_in_brackets() {
        for right in [
            "int",
            "list[string]",
            "dict[ string, list[any] ]",
            "optional[relation]",
        ] {
            assert!(is_type(right), "{right}");
        }
        for wrong in [
            "",
            "invalid_type",
            "int[int]",
            "list",
            "dict[string]",
            "list[int]]",
        ] {
            assert!(!is_type(wrong), "{wrong}");
        }
    }
}
