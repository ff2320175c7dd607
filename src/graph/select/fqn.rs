//! Matching of names and folders: the `fqn` method.

use super::glob;

/// Tells whether a selector picks a node by its fully qualified name, with or
/// without the package in front.
///
/// For a versioned model the last part of `fqn` is its version, `v2`.
pub fn matches(selector: &str, fqn: &[String], is_versioned: bool) -> bool {
    // What a command without a selection asks of everything.
    if selector == "*" {
        return !fqn.is_empty();
    }
    is_selected(selector, fqn, is_versioned)
        || (fqn.len() > 1 && is_selected(selector, &fqn[1..], is_versioned))
}

fn is_selected(selector: &str, fqn: &[String], is_versioned: bool) -> bool {
    let parts: Vec<&str> = selector.split('.').collect();
    let name = if is_versioned && fqn.len() > 1 {
        let [.., name, version] = fqn else {
            return false;
        };
        if name == selector {
            return true;
        }
        // `model.v2` and `model_v2` both name version 2.
        let last_two = &parts[parts.len().saturating_sub(2)..];
        if last_two.join("_") == format!("{name}_{version}") {
            return true;
        }
        name
    } else {
        let Some(name) = fqn.last() else {
            return false;
        };
        if name == selector {
            return true;
        }
        name
    };
    // Dots in names separate parts here as dots between parts do.
    let flat: Vec<&str> = fqn.iter().flat_map(|part| part.split('.')).collect();
    if flat.len() < parts.len() {
        return false;
    }
    for (i, part) in parts.iter().enumerate() {
        if glob::is_pattern(part) {
            // From the first pattern on, the rest is matched as one text.
            return glob::matches(&parts[i..].join("."), &flat[i..].join("."))
                || (parts.len() == 1 && glob::matches(selector, name));
        }
        if flat[i] != *part {
            return false;
        }
    }
    true
}
