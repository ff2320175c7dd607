//! What must hold for a project as a whole.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::place;
use super::resolve::ResolveContext;
use super::unresolved::describe;
use crate::config::{ConfigMerger, behaviour_flag};
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::event::kinds;
use crate::parse::{
    Disabled, GRANULARITIES, IdMap, Node, NodeKind, ParsedProject, Place, ResourceType,
    SemanticDefinition, UniqueId,
};

/// Returns everything that is wrong with the project as a whole.
pub(super) fn check(cx: &ResolveContext<'_>, project: &ParsedProject) -> Vec<Diagnostic> {
    let batches = uses_microbatches(cx, project);
    let mut found: Vec<Diagnostic> = project
        .nodes
        .par_values()
        .flat_map_iter(|node| check_node(project, node, batches))
        .collect();
    let definitions = [
        &project.metrics,
        &project.semantic_models,
        &project.saved_queries,
    ];
    for definition in definitions.into_iter().flat_map(|map| map.values()) {
        found.extend(definition_group(project, definition));
    }
    found.extend(spaces(cx, project));
    if !batches {
        found.extend(own_microbatch_macro(project));
    }
    found.extend(missing_time_spine(project));
    found.extend(super::semantic::check(project));
    found.extend(names(cx, project));
    found.extend(relations(cx, project));
    found.extend(unused_configs(cx, project));
    found
}

fn check_node(project: &ParsedProject, node: &Node, batches: bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(group) = &node.group {
        let place = || properties_or_file(node, "group");
        let what = describe(node.resource_type, &node.name);
        found.extend(unknown_group(project, &what, group, &place));
    }
    found.extend(on_error(node));
    match node.resource_type {
        ResourceType::Model => {
            found.extend(public_ephemeral(node));
            if batches {
                found.extend(microbatch(project, node));
            }
        }
        ResourceType::Snapshot => found.extend(snapshot(node)),
        ResourceType::Function => found.extend(argument_order(node)),
        ResourceType::Test => found.extend(super::quarantine::check(project, node)),
        _ => {}
    }
    found
}

/// Checks `on_error`, which dbt leaves to the user.
fn on_error(node: &Node) -> Option<Diagnostic> {
    let given = node.config.get("on_error")?;
    if matches!(given.as_str(), Some("continue" | "skip_children")) {
        return None;
    }
    let title = format!(
        "{} `{}` has `on_error: {given}`",
        node.resource_type.as_str(),
        node.name
    );
    let place = properties_or_file(node, "on_error");
    let diagnostic = Diagnostic::error("on-error", title);
    Some(
        diagnostic
            .at(&place.file, place.range, "not known")
            .hint("write `continue`, or `skip_children` for what happens anyway"),
    )
}

/// Returns the place of a config: in the properties, else in the node's file.
fn properties_or_file(node: &Node, key: &str) -> Place {
    if let Some(place) = &node.properties
        && let Some(text) = place.file.text.get(place.range.clone())
        && let Some(at) = text.find(key)
    {
        let start = place.range.start + at;
        let length = text[at..].find(['\n', '\r']).unwrap_or(text.len() - at);
        return Place {
            file: Arc::clone(&place.file),
            range: start..start + text[at..at + length].trim_end().len(),
        };
    }
    if let Some(text) = node.file.text.get(node.span.clone())
        && let Some(at) = text.find(key)
    {
        let start = node.span.start + at;
        return Place {
            file: Arc::clone(&node.file),
            range: start..start + key.len(),
        };
    }
    place::of_definition(&node.file, &node.span)
}

fn unknown_group(
    project: &ParsedProject,
    what: &str,
    group: &str,
    place: &dyn Fn() -> Place,
) -> Option<Diagnostic> {
    let known = || project.groups.values().map(|g| g.name.as_str());
    if known().any(|name| name == group) {
        return None;
    }
    let place = place();
    let title = format!("Invalid group '{group}': {what} is in it, but it does not exist");
    let diagnostic =
        Diagnostic::error("unknown-group", title).at(&place.file, place.range, "in this group");
    Some(match suggest::nearest(group, known()) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic.hint(format!(
            "add `- name: {group}` with an owner under `groups:` of a property file"
        )),
    })
}

fn definition_group(
    project: &ParsedProject,
    definition: &SemanticDefinition,
) -> Option<Diagnostic> {
    let group = definition.config.str("group")?;
    let place = || place::of_name(&definition.file, &definition.span, group);
    let what = describe(definition.resource_type, &definition.name);
    unknown_group(project, &what, group, &place)
}

fn public_ephemeral(node: &Node) -> Option<Diagnostic> {
    if !node.is_ephemeral() || node.model()?.access != "public" {
        return None;
    }
    let place = properties_or_file(node, "access");
    let title = format!("model `{}` is public and ephemeral", node.name);
    Some(
        Diagnostic::error("invalid-access", title)
            .at(&place.file, place.range, "public here")
            .because("Others could not read it, since an ephemeral model has no relation.")
            .hint("set another `materialized`, or `access: protected`"),
    )
}

fn snapshot(node: &Node) -> Option<Diagnostic> {
    let config = &node.config;
    let is_given = |key: &str| match config.get(key) {
        None => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(_) => true,
    };
    let problem = |what: &str, hint: &str| {
        let place = match &node.properties {
            Some(place) => place::of_definition(&place.file, &place.range),
            None => place::of_definition(&node.file, &node.span),
        };
        let title = format!("snapshot `{}` {what}", node.name);
        Some(
            Diagnostic::error("invalid-snapshot", title)
                .at(&place.file, place.range, "this snapshot")
                .hint(hint),
        )
    };
    if !is_given("strategy") {
        return problem(
            "has no strategy: Snapshots must be configured with a 'strategy' and 'unique_key'",
            "set `strategy: timestamp` or `strategy: check`",
        );
    }
    if !is_given("unique_key") {
        return problem(
            "has no unique key: Snapshots must be configured with a 'strategy' and 'unique_key'",
            "set `unique_key` to the column that names a row",
        );
    }
    match config.str("strategy") {
        Some("check") if !is_given("check_cols") => {
            return problem(
                "has strategy `check` but no `check_cols`",
                "set `check_cols: all`, or a list of columns",
            );
        }
        Some("check") if config.str("check_cols").is_some_and(|c| c != "all") => {
            return problem(
                "has `check_cols` that is neither `all` nor a list",
                "set `check_cols: all`, or a list of columns",
            );
        }
        Some("timestamp") if !is_given("updated_at") => {
            return problem(
                "has strategy `timestamp` but no `updated_at`",
                "set `updated_at` to the column that tells when a row changed",
            );
        }
        Some("timestamp") if is_given("check_cols") => {
            return problem(
                "has strategy `timestamp` and `check_cols`",
                "take out `check_cols`, or set `strategy: check`",
            );
        }
        _ => {}
    }
    match config.materialized() {
        "snapshot" => None,
        _ => problem(
            "is not materialized as a snapshot",
            "take out `materialized`",
        ),
    }
}

/// Tells whether microbatch models run in batches: unless the project has its
/// own macro for them, or a flag says so.
fn uses_microbatches(cx: &ResolveContext<'_>, project: &ParsedProject) -> bool {
    let flag = "require_batched_execution_for_custom_microbatch_strategy";
    if behaviour_flag(cx.project, cx.invocation, flag) {
        return true;
    }
    let internal = cx.project.internal_packages();
    let is_builtin = |package: &str| internal.contains(&package);
    let mut own = project
        .macros
        .values()
        .filter(|m| m.name == "get_incremental_microbatch_sql");
    own.all(|m| is_builtin(&m.package_name))
}

fn is_microbatch(node: &Node) -> bool {
    let config = &node.config;
    config.materialized() == "incremental"
        && config.str("incremental_strategy") == Some("microbatch")
}

/// Warns of a microbatch model that a project's own macro builds in one go.
fn own_microbatch_macro(project: &ParsedProject) -> Option<Diagnostic> {
    let mut models = project.nodes.values();
    let model = models.find(|n| n.resource_type == ResourceType::Model && is_microbatch(n))?;
    let title = "The use of a custom microbatch macro outside of batched execution is deprecated. \
                 To use it with batched execution, set \
                 `flags.require_batched_execution_for_custom_microbatch_strategy` to `True` in \
                 `dbt_project.yml`. In the future this will be the default behavior.";
    let place = properties_or_file(model, "incremental_strategy");
    Some(
        Diagnostic::warning("deprecated", title)
            .at(&place.file, place.range, "in this model")
            .as_event(kinds::MICROBATCH_MACRO_OUTSIDE_OF_BATCHES, json!({})),
    )
}

fn microbatch(project: &ParsedProject, node: &Node) -> Vec<Diagnostic> {
    if !is_microbatch(node) {
        return Vec::new();
    }
    let config = &node.config;
    let mut found = Vec::new();
    let mut problem = |key: &str, what: &str, hint: &str| {
        let place = properties_or_file(node, key);
        let title = format!("Microbatch model '{}' must provide {what}", node.name);
        found.push(
            Diagnostic::error("invalid-microbatch", title)
                .at(&place.file, place.range, "in this model")
                .hint(hint),
        );
    };
    match config.get("event_time") {
        Some(Value::String(_)) => {}
        _ => problem(
            "event_time",
            "an 'event_time' (string) config",
            "set `event_time` to the column that tells when a row happened",
        ),
    }
    match config.get("begin") {
        Some(Value::String(text)) if is_iso_time(text) => {}
        None | Some(Value::Null) => problem(
            "begin",
            "a 'begin' (datetime) config",
            "set `begin` to the first date to build, such as '2020-01-01'",
        ),
        _ => problem(
            "begin",
            "a 'begin' config of valid datetime (ISO format)",
            "set `begin` to the first date to build, such as '2020-01-01'",
        ),
    }
    match config.str("batch_size") {
        Some("hour" | "day" | "month" | "year") => {}
        _ => problem(
            "batch_size",
            "a 'batch_size' config that is one of hour, day, month, year",
            "set `batch_size` to hour, day, month or year",
        ),
    }
    if config
        .get("lookback")
        .is_some_and(|v| !v.is_i64() && !v.is_u64())
    {
        problem(
            "lookback",
            "the optional 'lookback' config as type int",
            "set a number of batches",
        );
    }
    if config
        .get("concurrent_batches")
        .is_some_and(|v| !v.is_boolean())
    {
        problem(
            "concurrent_batches",
            "the optional 'concurrent_batches' config as type bool",
            "set true or false",
        );
    }
    let has_event_time = node.depends_on_nodes.iter().any(|id| {
        let node = project.nodes.get(id).map(|n| &n.config);
        let config = node.or_else(|| project.sources.get(id).map(|s| &s.config));
        config.is_some_and(|c| c.get("event_time").is_some())
    });
    if !has_event_time {
        let place = place::of_definition(&node.file, &node.span);
        let title = format!(
            "microbatch model `{}` reads nothing that has an `event_time`",
            node.name
        );
        found.push(
            Diagnostic::warning("unfiltered-microbatch", title)
                .at(&place.file, place.range, "in this model")
                .because("Each batch reads all rows, which can make duplicates.")
                .hint("set `event_time` on a model or source that it reads")
                .as_event(
                    kinds::MICROBATCH_MODEL_NO_EVENT_TIME_INPUTS,
                    json!({"model_name": node.name}),
                ),
        );
    }
    found
}

/// Reads a time as Python's `datetime.fromisoformat` does, for what matters
/// here.
fn is_iso_time(text: &str) -> bool {
    let text = text.trim().replacen(' ', "T", 1);
    text.parse::<jiff::civil::DateTime>().is_ok()
        || text.parse::<jiff::civil::Date>().is_ok()
        || text.parse::<jiff::Timestamp>().is_ok()
}

fn argument_order(node: &Node) -> Option<Diagnostic> {
    let NodeKind::Function(function) = &node.kind else {
        return None;
    };
    let has_default =
        |argument: &&Value| argument.get("default_value").is_some_and(|v| !v.is_null());
    let mut rest = function.arguments.iter().skip_while(|a| !has_default(a));
    let late = rest.find(|a| !has_default(a))?;
    let name = late.get("name").and_then(Value::as_str).unwrap_or_default();
    let place = properties_or_file(node, name);
    let title = format!(
        "Non-defaulted argument '{name}' of function '{}' comes after a defaulted argument. \
         Non-defaulted arguments cannot come after defaulted arguments. ",
        node.name
    );
    Some(
        Diagnostic::error("argument-order", title)
            .at(&place.file, place.range, "this argument")
            .hint("give it a `default_value`, or move it before the arguments that have one"),
    )
}

fn is_relational(cx: &ResolveContext<'_>, node: &Node) -> bool {
    match node.resource_type {
        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot => true,
        ResourceType::Test => node.stores_failures(cx.invocation.flags.store_failures),
        _ => false,
    }
}

/// Finds resources with a space in their names: an error, unless a flag of dbt
/// allows them for now.
fn spaces(cx: &ResolveContext<'_>, project: &ParsedProject) -> Vec<Diagnostic> {
    let flag = "require_resource_names_without_spaces";
    let nodes = project.nodes.values();
    let spaced: Vec<&Node> = nodes.filter(|n| n.name.contains(' ')).collect();
    let Some(first) = spaced.first() else {
        return Vec::new();
    };
    if behaviour_flag(cx.project, cx.invocation, flag) {
        let lines = spaced
            .iter()
            .map(|n| format!("  * '{}' ({})", n.unique_id, n.original_file_path));
        let title = format!(
            "Resource names cannot contain spaces:\n{}\nPlease rename the invalid model(s) so \
             that their name(s) do not contain any spaces.",
            lines.collect::<Vec<_>>().join("\n")
        );
        let mut error = Diagnostic::error("spaces-in-name", title);
        for node in &spaced {
            let (file, range) = definition(node);
            error = error.at(&file, range, "its name has a space");
        }
        return vec![error.hint(format!("rename them, or set the flag `{flag}` to false"))];
    }
    let debug = cx.invocation.flags.all.get("DEBUG");
    let shows_all = debug.and_then(Value::as_bool).unwrap_or_default();
    let shown = if shows_all { &spaced[..] } else { &spaced[..1] };
    let mut found: Vec<Diagnostic> = shown
        .iter()
        .map(|node| {
            let (file, range) = definition(node);
            let id = node.unique_id.as_str();
            Diagnostic::warning("deprecated", format!("Found spaces in the name of `{id}`"))
                .at(&file, range, "this one")
                .as_event(kinds::SPACES_IN_RESOURCE_NAME, json!({"unique_id": id}))
        })
        .collect();
    let count = spaced.len();
    let mut title = format!(
        "Spaces found in {count} resource name(s). This is deprecated, and may lead to errors \
         when using dbt."
    );
    if !shows_all {
        title.push_str(" Run again with `--debug` to see them all.");
    }
    let (file, range) = definition(first);
    let data = json!({"count_invalid_names": count, "show_debug_hint": !shows_all});
    found.push(
        Diagnostic::warning("deprecated", title)
            .at(&file, range, "the first of them")
            .as_event(kinds::RESOURCE_NAMES_WITH_SPACES, data),
    );
    found
}

/// Semantic models need a model with a row per day or less: one that has a
/// `time_spine:`, or one with the name that dbt once asked for.
fn missing_time_spine(project: &ParsedProject) -> Option<Diagnostic> {
    let needs = project.semantic_models.values().next()?;
    let is_fine = |node: &Node| {
        let NodeKind::Model(model) = &node.kind else {
            return false;
        };
        let column = model
            .time_spine
            .as_ref()
            .and_then(|spine| spine.get("standard_granularity_column"))
            .and_then(Value::as_str)
            .and_then(|name| node.columns.values().find(|column| column.name == name));
        let granularity = column.and_then(|column| column.granularity.as_deref());
        let is_a_day_or_less = |granularity: &str| {
            let mut fine = GRANULARITIES.iter().take_while(|g| **g != "week");
            fine.any(|g| g.eq_ignore_ascii_case(granularity))
        };
        node.name == "metricflow_time_spine" || granularity.is_some_and(is_a_day_or_less)
    };
    if project.nodes.values().any(is_fine) {
        return None;
    }
    let place = place::of_definition(&needs.file, &needs.span);
    Some(
        Diagnostic::error(
            "no-time-spine",
            "The semantic layer requires a time spine model with granularity DAY or smaller in \
             the project, but none was found.",
        )
        .at(&place.file, place.range, "this semantic model needs it")
        .hint(
            "add a model with one row per day, and to its properties `time_spine: \
             {standard_granularity_column: date_day}` and `granularity: day` of that column",
        ),
    )
}

/// Finds models, seeds and snapshots that share a name.
fn names(cx: &ResolveContext<'_>, project: &ParsedProject) -> Vec<Diagnostic> {
    let is_error = behaviour_flag(
        cx.project,
        cx.invocation,
        "require_unique_project_resource_names",
    );
    let mut plain: HashMap<(&str, &str), &Node> = HashMap::new();
    let mut versioned: HashMap<(&str, &str), &Node> = HashMap::new();
    let mut found = Vec::new();
    let nodes = project.nodes.values().filter(|n| is_relational(cx, n));
    for node in nodes {
        let key = (&*node.package_name, node.name.as_str());
        let has_version = node.version_text().is_some();
        let other = if has_version {
            plain.get(&key)
        } else {
            versioned.get(&key).or_else(|| plain.get(&key))
        };
        if let Some(other) = other {
            let mixes = has_version || other.version_text().is_some();
            found.push(same_name(other, node, mixes, is_error));
        }
        let map = if has_version {
            &mut versioned
        } else {
            &mut plain
        };
        map.insert(key, node);
    }
    found
}

fn same_name(first: &Node, second: &Node, mixes: bool, is_error: bool) -> Diagnostic {
    let title = format!(
        "Found resources with the same name '{}' in package '{}': {} and {}",
        first.name,
        first.package_name,
        describe(first.resource_type, &first.name),
        describe(second.resource_type, &second.name),
    );
    let diagnostic = if mixes {
        let title = format!(
            "dbt found versioned and unversioned models with the name \"{}\".",
            first.name
        );
        Diagnostic::error("duplicate-name", title)
    } else if is_error {
        let title = format!("dbt found two resources with the name \"{}\".", first.name);
        Diagnostic::error("duplicate-name", title)
    } else {
        Diagnostic::warning("duplicate-name", title).as_event(
            kinds::DUPLICATE_NAME_DISTINCT_NODE_TYPES,
            json!({
                "resource_name": first.name,
                "unique_id1": first.unique_id.as_str(),
                "unique_id2": second.unique_id.as_str(),
                "package_name": &*first.package_name,
            }),
        )
    };
    let (a, b) = (definition(first), definition(second));
    diagnostic
        .at(&b.0, b.1, "this one")
        .at(&a.0, a.1, "has the same name")
        .hint("rename one of them")
}

fn definition(node: &Node) -> (Arc<SourceFile>, std::ops::Range<usize>) {
    let place = place::of_definition(&node.file, &node.span);
    (place.file, place.range)
}

/// Finds resources that would be written to one relation.
fn relations(cx: &ResolveContext<'_>, project: &ParsedProject) -> Vec<Diagnostic> {
    let mut by_relation: HashMap<(Option<&str>, &str, &str), &Node> = HashMap::new();
    let mut found = Vec::new();
    for node in project.nodes.values().filter(|n| is_relational(cx, n)) {
        let key = (
            node.database.as_deref(),
            node.schema.as_str(),
            node.alias.as_str(),
        );
        let Some(other) = by_relation.insert(key, node) else {
            continue;
        };
        let relation = node
            .relation_name
            .clone()
            .unwrap_or_else(|| format!("{}.{}", node.schema, node.alias));
        let title =
            format!("dbt found two resources with the database representation \"{relation}\".");
        let (a, b) = (definition(other), definition(node));
        found.push(
            Diagnostic::error("duplicate-relation", title)
                .at(&b.0, b.1, format!("this one is `{relation}`"))
                .at(&a.0, a.1, "and so is this one")
                .hint("give one of them another `alias` or `schema`"),
        );
    }
    found
}

fn unused_configs(cx: &ResolveContext<'_>, project: &ParsedProject) -> Option<Diagnostic> {
    let nodes = project
        .nodes
        .values()
        .map(|n| (n.resource_type, n.fqn.as_slice()));
    let sources = project
        .sources
        .values()
        .map(|s| (ResourceType::Source, s.fqn.as_slice()));
    let exposures = project
        .exposures
        .values()
        .map(|e| (ResourceType::Exposure, e.fqn.as_slice()));
    let semantic = [
        &project.metrics,
        &project.semantic_models,
        &project.saved_queries,
    ];
    let semantic = semantic
        .into_iter()
        .flat_map(|map| map.values())
        .map(|d| (d.resource_type, d.fqn.as_slice()));
    let unit_tests = project
        .unit_tests
        .values()
        .map(|t| (ResourceType::UnitTest, t.fqn.as_slice()));
    let disabled = project.disabled.values().flatten().map(|d| match d {
        Disabled::Node(n) => (n.resource_type, n.fqn.as_slice()),
        Disabled::Source(s) => (ResourceType::Source, s.fqn.as_slice()),
        Disabled::Exposure(e) => (ResourceType::Exposure, e.fqn.as_slice()),
        Disabled::Semantic(d) => (d.resource_type, d.fqn.as_slice()),
        Disabled::UnitTest(t) => (ResourceType::UnitTest, t.fqn.as_slice()),
    });
    let all = nodes
        .chain(sources)
        .chain(exposures)
        .chain(semantic)
        .chain(unit_tests)
        .chain(disabled);
    ConfigMerger::new(cx.project).unused_config_paths(all)
}

/// Warns of models whose deprecation date has passed, and of those that read
/// them.
pub(super) fn deprecations(
    project: &ParsedProject,
    children: &IdMap<Vec<UniqueId>>,
    now: jiff::Timestamp,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for node in project.nodes.values() {
        let Some(date) = node.model().and_then(|m| m.deprecation_date.as_deref()) else {
            continue;
        };
        let is_past = date.parse::<jiff::Timestamp>().is_ok_and(|date| date < now);
        if is_past {
            let place = properties_or_file(node, "deprecation_date");
            let version = node.version_text().unwrap_or_default();
            let dotted = if version.is_empty() {
                String::new()
            } else {
                format!(".v{version}")
            };
            let title = format!(
                "Model {}{dotted} has passed its deprecation date of {date}. This model should \
                 be disabled or removed.",
                node.name
            );
            found.push(
                Diagnostic::warning("deprecated-model", title)
                    .at(&place.file, place.range, "this date")
                    .as_event(
                        kinds::DEPRECATED_MODEL,
                        json!({
                            "model_name": node.name,
                            "model_version": version,
                            "deprecation_date": date,
                        }),
                    ),
            );
        }
        let readers = children.get(&node.unique_id).map_or(&[][..], Vec::as_slice);
        for reader in readers.iter().filter_map(|id| project.nodes.get(id)) {
            if reader.resource_type != ResourceType::Model {
                continue;
            }
            found.push(deprecated_ref(node, reader, date, is_past));
        }
    }
    found
}

fn deprecated_ref(node: &Node, reader: &Node, date: &str, is_past: bool) -> Diagnostic {
    let args = reader.refs.iter().find(|args| args.name == node.name);
    let place = match args {
        Some(args) => place::of_ref(reader, args),
        None => place::of_definition(&reader.file, &reader.span),
    };
    let (code, when, kind) = if is_past {
        ("deprecated-ref", "was", kinds::DEPRECATED_REFERENCE)
    } else {
        (
            "upcoming-deprecation",
            "will be",
            kinds::UPCOMING_REFERENCE_DEPRECATION,
        )
    };
    let title = format!(
        "model `{}` reads `{}`, which {when} deprecated on {date}",
        reader.name, node.name
    );
    let latest = node.model().and_then(|m| m.latest_version.as_ref());
    let latest_text = latest.map(crate::parse::version_text);
    let data = json!({
        "model_name": reader.name,
        "ref_model_package": &*node.package_name,
        "ref_model_name": node.name,
        "ref_model_version": node.version_text().unwrap_or_default(),
        "ref_model_latest_version": latest_text.as_deref().unwrap_or("None"),
        "ref_model_deprecation_date": date,
    });
    let diagnostic = Diagnostic::warning(code, title)
        .at(&place.file, place.range, "here")
        .as_event(kind, data);
    match latest {
        Some(latest) if !node.is_latest_version() => diagnostic.hint(format!(
            "use the latest version: ref('{}', v={})",
            node.name,
            crate::parse::version_text(latest)
        )),
        _ => diagnostic,
    }
}
