//! What the engine refuses, in the user's own file and words.

use std::ops::Range;

use super::bind::{Item, State, Twin};
use super::repair::quoted_names;
use super::text;
use crate::adapter::AdapterError;
use crate::diagnostics::{Diagnostic, Label, suggest};
use crate::parse::{Node, ResourceType, UniqueId};
use crate::run::{Desk, Place};

/// Turns the refusals of a node's SQL into diagnostics. What lies in an
/// ephemeral model is told there.
pub fn diagnostics<'a>(
    twin: &mut Twin<'a>,
    item: &Item<'a>,
    errors: &[AdapterError],
) -> Vec<Diagnostic> {
    let node = item.node;
    let places = twin.drafts.places(twin.desk(), node, &item.draft);
    let mut found: Vec<Diagnostic> = Vec::new();
    for error in errors {
        let mut diagnostic = diagnostic(node, error);
        if diagnostic.hint.is_none() && error.message.contains("Table with name") {
            diagnostic.hint = hint_of_table(twin, &item.draft.code, error);
        }
        if let Some(cause) = cause(twin, node, error) {
            diagnostic = diagnostic.because(cause);
        }
        let range = in_draft(item, error).or_else(|| locate(twin.desk(), &item.draft.code, error));
        let place = range.map(|range| places.find(&range));
        let diagnostic = match place {
            Some(Place::Ephemeral(id)) if twin.is_broken(&id) => continue,
            Some(Place::Ephemeral(_)) => at_definition(diagnostic, node),
            Some(Place::Own(labels)) => with_labels(diagnostic, labels),
            Some(Place::Compiled(label)) => {
                let at = at_definition(diagnostic, node);
                with_labels(at, vec![label])
            }
            None => at_definition(diagnostic, node),
        };
        // A macro may write a name several times.
        let is_told = |other: &Diagnostic| {
            other.title == diagnostic.title && other.labels.first() == diagnostic.labels.first()
        };
        if !found.iter().any(is_told) {
            found.push(diagnostic);
        }
    }
    found
}

/// Says which change upstream has taken away a column that is missing, when it
/// is known what the project looked like.
fn cause(twin: &Twin<'_>, node: &Node, error: &AdapterError) -> Option<String> {
    let former = twin.request.former.as_ref()?;
    if code(error) != "unknown-column" {
        return None;
    }
    let name = quoted_names(&error.message).into_iter().next_back()?;
    let had = |id: &UniqueId| {
        let columns = former.columns(id.as_str());
        columns.is_some_and(|columns| columns.iter().any(|c| c.eq_ignore_ascii_case(&name)))
    };
    let has = |id: &UniqueId| match twin.states.get(id) {
        Some(State::Known(schema)) => schema.column(&name).is_some(),
        _ => true,
    };
    let has_lost = |id: &UniqueId| had(id) && !has(id);
    let mut reads = twin.reads(node);
    let mut lost = None;
    // The one that is furthest up has lost it first.
    while let Some(id) = reads.iter().find(|id| has_lost(id)).cloned() {
        reads = twin
            .graph()
            .project
            .nodes
            .get(&id)
            .map(|node| twin.reads(node))
            .unwrap_or_default();
        lost = Some(id);
    }
    let id = lost?;
    let upstream = id.as_str().rsplit('.').next().unwrap_or_default();
    Some(format!(
        "`{upstream}` had `{name}` in the state that is compared with, and has lost it since."
    ))
}

fn with_labels(mut diagnostic: Diagnostic, labels: Vec<Label>) -> Diagnostic {
    diagnostic.labels.extend(labels);
    diagnostic
}

/// Points at what defines a node.
pub fn at_definition(diagnostic: Diagnostic, node: &Node) -> Diagnostic {
    let text = node.file.text.get(node.span.clone()).unwrap_or_default();
    let first_line = text.lines().next().map_or(0, str::len);
    let start = node.span.start;
    diagnostic.at(&node.file, start..start + first_line, "defined here")
}

/// Points at a word in what defines a node: in its own file, or where a property
/// file describes it.
pub fn at_word(diagnostic: Diagnostic, node: &Node, word: &str) -> Diagnostic {
    let own = (&node.file, node.span.clone());
    let described = node
        .properties
        .iter()
        .map(|place| (&place.file, place.range.clone()));
    for (file, span) in std::iter::once(own).chain(described) {
        if let Some(range) = word_in(&file.text, span, word) {
            return diagnostic.at(file, range, "here");
        }
    }
    at_definition(diagnostic, node)
}

/// Returns where a word stands in a part of a text.
pub fn word_in(text: &str, part: Range<usize>, word: &str) -> Option<Range<usize>> {
    let is_word = |c: char| c == '_' || c.is_alphanumeric();
    let start = part.start;
    let text = text.get(part)?;
    let mut places = text.match_indices(word);
    let (at, _) = places.find(|(at, _)| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })?;
    Some(start + at..start + at + word.len())
}

/// Returns the range of an error in the draft's own code.
fn in_draft(item: &Item<'_>, error: &AdapterError) -> Option<Range<usize>> {
    let code = &*item.draft.code;
    let before = item.query.find(code)?;
    let position = error.position?.checked_sub(before)?;
    (position < code.len()).then(|| position..text::word_end(code, position))
}

fn diagnostic(node: &Node, error: &AdapterError) -> Diagnostic {
    // Values that it may quote were taken out by the connection.
    let message = &error.message;
    let noun = match node.resource_type {
        ResourceType::Test => "test",
        other => other.as_str(),
    };
    let title = format!("{noun} `{}`: {}", node.name, said(error));
    let mut diagnostic = Diagnostic::error(code(error), title);
    let rest: Vec<&str> = message
        .lines()
        .skip(1)
        .map(str::trim_end)
        .filter(|line| !line.trim().is_empty())
        .filter(|line| !line.starts_with("Candidate bindings") && !line.starts_with("Did you mean"))
        .take(8)
        .collect();
    if !rest.is_empty() {
        diagnostic = diagnostic.because(rest.join("\n"));
    }
    with_hint(diagnostic, error)
}

/// Returns what the engine says is wrong, without the kind of error.
pub fn said(error: &AdapterError) -> &str {
    let first = error.message.lines().next().unwrap_or_default();
    let what = first.split_once(" Error: ").map_or(first, |(_, rest)| rest);
    what.trim_end_matches('!')
}

/// Adds the names that the engine has in place of one that is missing.
pub fn with_hint(diagnostic: Diagnostic, error: &AdapterError) -> Diagnostic {
    match hint(error) {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// Returns the stable name of a mistake.
pub fn code(error: &AdapterError) -> &'static str {
    let message = &error.message;
    let says = |text: &str| message.contains(text);
    match error.class.as_deref().unwrap_or_default() {
        "Parser" => "syntax-error",
        _ if says("Ambiguous reference") => "ambiguous-column",
        _ if says("Referenced column")
            || says("does not have a column named")
            || says("does not have a column with name")
            || says("Referenced update column")
            || says("not found in FROM clause")
            || says("side of join")
            || says("cannot be referenced before it is defined")
            || says("in EXCLUDE list")
            || says("in REPLACE list")
            || says("contains column names not found") =>
        {
            "unknown-column"
        }
        _ if says("Referenced table") => "unknown-table",
        _ if says("No function matches") || says("Could not choose a best candidate") => {
            "wrong-arguments"
        }
        _ if says("Function with name") => "unknown-function",
        _ if says("Table with name") => "unknown-table",
        _ if says("Type with name") => "unknown-type",
        _ if says("GROUP BY") || says("aggregate") => "not-grouped",
        _ if says("Cannot mix values") || says("Cannot compare values") => "type-mismatch",
        _ if says("Set operations can only") => "set-operation",
        "Conversion" => "invalid-constant",
        _ => "invalid-sql",
    }
}

/// Says which names the engine has in place of one that is missing.
fn hint(error: &AdapterError) -> Option<String> {
    let (first, rest) = error.candidates.split_first()?;
    // The engine lists signatures, too, which are no names; and of tables, its
    // own.
    if first.contains('(') || error.message.contains("Table with name") {
        return None;
    }
    let others = rest.iter().take(2).map(|name| format!(", `{name}`"));
    Some(format!(
        "did you mean `{first}`{}?",
        others.collect::<String>()
    ))
}

/// Returns the name of the table that the engine did not find, without its schema.
pub fn missing_table(error: &AdapterError) -> Option<&str> {
    let (_, rest) = error.message.split_once("Table with name ")?;
    let written = rest.split_whitespace().next()?.trim_matches('"');
    written.rsplit('.').next()
}

/// Says what may be meant by the name of a relation that is nowhere: a CTE of
/// the query or a node of the project, or that one has to be built first.
pub fn hint_of_table(twin: &Twin<'_>, code: &str, error: &AdapterError) -> Option<String> {
    let name = missing_table(error)?;
    let nodes = || twin.graph().project.nodes.values();
    let absent = nodes().find(|n| n.alias == name && twin.absent.contains(&n.unique_id));
    if let Some(node) = absent {
        let name = &node.name;
        return Some(format!(
            "`{name}` is not built yet: select it, too, as `+model` does"
        ));
    }
    let ctes = text::ctes(code);
    if ctes.iter().any(|cte| cte.name.eq_ignore_ascii_case(name)) {
        return Some(format!("move the CTE `{name}` before what reads it"));
    }
    if let Some(cte) = suggest::nearest(name, ctes.iter().map(|cte| &*cte.name)) {
        return Some(format!("did you mean `{cte}`?"));
    }
    let readable = nodes().filter(|node| twin.relation(node).is_some());
    let readable: Vec<&str> = readable.map(|node| node.name.as_str()).collect();
    let same = readable.iter().find(|other| **other == name);
    let node = same
        .copied()
        .or_else(|| suggest::nearest(name, readable.iter().copied()))?;
    Some(format!("did you mean `{{{{ ref('{node}') }}}}`?"))
}

/// Tells whether an error is about names or functions, and not about values.
pub fn is_of_names(error: &AdapterError) -> bool {
    matches!(
        code(error),
        "unknown-column" | "unknown-function" | "wrong-arguments" | "ambiguous-column"
    )
}

/// Finds the place of a mistake of which the engine gives none: in the CTE at
/// which binding fails, at the word that the message is about.
fn locate(desk: &Desk, code: &str, error: &AdapterError) -> Option<Range<usize>> {
    let range = failing_part(desk, code);
    let keywords: &[&str] = match &error.message {
        m if m.contains("EXCLUDE") => &["exclude"],
        m if m.contains("REPLACE") => &["replace"],
        m if m.contains("side of join") => &["using"],
        m if m.contains("Set operations") => &["union", "intersect", "except"],
        _ => &[],
    };
    if let Some(call) = wrong_call(code, &range, &error.message) {
        return Some(call);
    }
    if let Some(data_type) = wrong_type(desk, code, &range, error) {
        return Some(data_type);
    }
    let mut anchors = keywords
        .iter()
        .flat_map(|word| text::words(code, range.clone(), word).collect::<Vec<_>>());
    let anchor = anchors.next();
    let from = anchor.as_ref().map_or(range.start, |anchor| anchor.end);
    for name in quoted_names(&error.message) {
        let found = text::words(code, from..range.end, &name).next();
        if found.is_some() {
            return found;
        }
    }
    if anchor.is_some() {
        return anchor;
    }
    let first = crate::run::sql_tokens(&code[range.clone()]).next();
    first.map(|token| range.start + token.start..range.start + token.end)
}

/// Returns the name of the call that has more arguments than others of its
/// function, where the message says that one has too many or too few.
fn wrong_call(code: &str, range: &Range<usize>, message: &str) -> Option<Range<usize>> {
    let (_, name) = message.split_once("Incorrect number of parameters for function ")?;
    let name = name.split_whitespace().next()?;
    let calls: Vec<Range<usize>> = text::words(code, range.clone(), name).collect();
    let arguments = |name: &Range<usize>| {
        let call = text::call_at(code, name.start).unwrap_or_default();
        code[call].matches(',').count()
    };
    // Of several that are alike the first one is taken.
    calls.into_iter().rev().max_by_key(arguments)
}

/// Returns the type that the engine does not make, as `decimal(50, 2)`, where the message
/// says that there is one: the first that it refuses by itself as well.
fn wrong_type(
    desk: &Desk,
    code: &str,
    range: &Range<usize>,
    error: &AdapterError,
) -> Option<Range<usize>> {
    let said = said(error);
    let name = said.split_once(" type ")?.0;
    let others: &[&str] = match name {
        "DECIMAL" => &["numeric", "dec"],
        _ => &[],
    };
    let names = std::iter::once(name).chain(others.iter().copied());
    let mut types: Vec<Range<usize>> = names
        .flat_map(|name| text::words(code, range.clone(), name))
        .filter_map(|word| text::call_at(code, word.start))
        .collect();
    types.sort_unstable_by_key(|found| found.start);
    let is_refused = |data_type: &Range<usize>| {
        let alone = format!("select null::{}", &code[data_type.clone()]);
        let refused = desk.describe(&alone);
        refused.is_err_and(|refusal| refusal.message.contains(said))
    };
    types.into_iter().find(is_refused)
}

/// Returns the part of a query that does not bind: one of its CTEs, or what
/// comes after them.
fn failing_part(desk: &Desk, code: &str) -> Range<usize> {
    let ctes = text::ctes(code);
    for cte in &ctes {
        let name = crate::adapter::quote_identifier(&cte.name);
        let query = format!("{} select * from {name}", &code[..cte.end]);
        if desk.describe(&query).is_err() {
            return cte.body.clone();
        }
    }
    ctes.last().map_or(0, |cte| cte.end)..code.len()
}
