//! Where in the user's files something is said, for messages.
//!
//! Nodes do not carry the places of their refs: a text is read a second time
//! when there is something to show in it, which is seldom.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::config::LoadedProject;
use crate::diagnostics::SourceFile;
use crate::jinja::extract;
use crate::parse::{Language, Node, NodeKind, Place, RefArgs, ResourceType, read_python};
use crate::yaml::{Yaml, YamlValue};

/// Finds the place of a `ref()` in the node's own file.
pub fn of_ref(node: &Node, args: &RefArgs) -> Place {
    let found = match &node.kind {
        NodeKind::GenericTest(_) => None,
        _ if node.language == Language::Python => python_ref(node, args),
        _ => sql_ref(node, args),
    };
    let quoted = || quoted(&node.file, &node.span, &args.name);
    let range = found
        .or_else(quoted)
        .unwrap_or_else(|| first_line(&node.file, &node.span));
    Place {
        file: Arc::clone(&node.file),
        range,
    }
}

/// Finds the place of a `source()` in the node's own file.
pub fn of_source(node: &Node, source: &str, table: &str) -> Place {
    let found = match &node.kind {
        NodeKind::GenericTest(_) => None,
        _ => extract(code(node)).ok().and_then(|calls| {
            let call = calls
                .sources
                .into_iter()
                .find(|c| c.source == source && c.table == table)?;
            Some(offset(node, call.range))
        }),
    };
    let quoted = || quoted(&node.file, &node.span, table);
    let range = found
        .or_else(quoted)
        .unwrap_or_else(|| first_line(&node.file, &node.span));
    Place {
        file: Arc::clone(&node.file),
        range,
    }
}

/// Finds a name in the definition of something that is no node.
pub fn of_name(file: &Arc<SourceFile>, span: &Range<usize>, name: &str) -> Place {
    let range = quoted(file, span, name)
        .or_else(|| bare(file, span, name))
        .unwrap_or_else(|| first_line(file, span));
    Place {
        file: Arc::clone(file),
        range,
    }
}

/// Returns the place that stands for a whole definition: its first line.
pub fn of_definition(file: &Arc<SourceFile>, span: &Range<usize>) -> Place {
    Place {
        file: Arc::clone(file),
        range: first_line(file, span),
    }
}

fn sql_ref(node: &Node, args: &RefArgs) -> Option<Range<usize>> {
    let calls = extract(code(node)).ok()?;
    let call = calls
        .refs
        .into_iter()
        .find(|call| call.name == args.name && call.package == args.package)?;
    Some(offset(node, call.range))
}

fn python_ref(node: &Node, args: &RefArgs) -> Option<Range<usize>> {
    let calls = read_python(&node.file.text).ok()?.calls;
    let call = calls
        .into_iter()
        .find(|call| call.args.last().and_then(Value::as_str) == Some(&args.name))?;
    Some(call.range)
}

/// Returns the node's part of its file.
fn code(node: &Node) -> &str {
    node.file.text.get(node.span.clone()).unwrap_or_default()
}

fn offset(node: &Node, range: Range<usize>) -> Range<usize> {
    node.span.start + range.start..node.span.start + range.end
}

fn quoted(file: &SourceFile, span: &Range<usize>, name: &str) -> Option<Range<usize>> {
    let text = file.text.get(span.clone())?;
    ['\'', '"'].into_iter().find_map(|quote| {
        let needle = format!("{quote}{name}{quote}");
        let at = span.start + text.find(&needle)?;
        Some(at..at + needle.len())
    })
}

fn bare(file: &SourceFile, span: &Range<usize>, name: &str) -> Option<Range<usize>> {
    let at = span.start + file.text.get(span.clone())?.find(name)?;
    Some(at..at + name.len())
}

/// Returns the first line of a span that has something on it.
fn first_line(file: &SourceFile, span: &Range<usize>) -> Range<usize> {
    let text = file.text.get(span.clone()).unwrap_or_default();
    let start = span.start + (text.len() - text.trim_start().len());
    let line = text.trim_start().lines().next().unwrap_or_default();
    start..start + line.trim_end().len()
}

/// Finds what switched a node off: `config()`, its properties, or
/// `dbt_project.yml`.
pub fn of_disabling(node: &Node, project: &LoadedProject) -> Option<Place> {
    if node.config_call_dict.get("enabled") == Some(&Value::Bool(false)) {
        let range = setting(&node.file, &node.span)?;
        return Some(Place {
            file: Arc::clone(&node.file),
            range,
        });
    }
    if let Some(properties) = &node.properties
        && let Some(range) = setting(&properties.file, &properties.range)
    {
        return Some(Place {
            file: Arc::clone(&properties.file),
            range,
        });
    }
    let packages = [&*project.name, &*node.package_name];
    packages.into_iter().find_map(|package| {
        let package = &project.package(package)?.project;
        let section = package.yaml.get(section(node.resource_type)?)?;
        let range = deepest_switch(section, &node.fqn)?;
        Some(Place {
            file: Arc::clone(&package.file),
            range,
        })
    })
}

/// Finds `enabled` with its value in a text of SQL, Python or YAML.
fn setting(file: &SourceFile, span: &Range<usize>) -> Option<Range<usize>> {
    let text = file.text.get(span.clone())?;
    let mut from = 0;
    while let Some(at) = text[from..].find("enabled") {
        let start = from + at;
        let rest = &text[start..];
        let length = rest.find([',', ')', '}', '\n', '\r']).unwrap_or(rest.len());
        let range = span.start + start..span.start + start + rest[..length].trim_end().len();
        if rest["enabled".len()..]
            .trim_start()
            .starts_with(['=', ':', '"', '\''])
        {
            return Some(range);
        }
        from = start + "enabled".len();
    }
    None
}

fn section(resource_type: ResourceType) -> Option<&'static str> {
    Some(match resource_type {
        ResourceType::Model | ResourceType::Analysis => "models",
        ResourceType::Seed => "seeds",
        ResourceType::Snapshot => "snapshots",
        ResourceType::Function => "functions",
        _ => return None,
    })
}

/// Finds the innermost `enabled: false` that applies to a node.
fn deepest_switch(section: &Yaml, fqn: &[String]) -> Option<Range<usize>> {
    let inner = fqn.split_first().and_then(|(first, rest)| {
        let below = section.get(first)?;
        deepest_switch(below, rest)
    });
    inner.or_else(|| {
        let entry = section
            .entry("+enabled")
            .or_else(|| section.entry("enabled"))?;
        let is_off = matches!(
            entry.value.value,
            YamlValue::Bool(false) | YamlValue::String(_)
        );
        is_off.then_some(entry.key_span.start..entry.value.span.end)
    })
}
