//! Messages about refs that stand for nothing, or for what they may not.

use super::lookup::{RefTarget, version_key};
use super::place;
use super::resolve::ResolveContext;
use serde_json::json;

use crate::diagnostics::{Diagnostic, suggest};
use crate::event::kinds;
use crate::parse::{Node, Place, RefArgs, ResourceType, version_text};

/// Who refers to something.
#[derive(Debug, Clone, Copy)]
pub struct Referrer<'a> {
    pub unique_id: &'a str,
    pub resource_type: ResourceType,
    pub name: &'a str,
    pub package: &'a str,
    pub group: Option<&'a str>,
}

impl<'a> Referrer<'a> {
    pub fn node(node: &'a Node) -> Self {
        Self {
            unique_id: node.unique_id.as_str(),
            resource_type: node.resource_type,
            name: &node.name,
            package: &node.package_name,
            group: node.group.as_deref(),
        }
    }

    pub fn is_test(&self) -> bool {
        self.resource_type == ResourceType::Test
    }

    /// Names it in the user's words: model `dim_patients`.
    fn describe(&self) -> String {
        describe(self.resource_type, self.name)
    }

    /// dbt leaves out a test of what does not exist, and warns; anything else
    /// cannot do without. The sentence is dbt's, which tools look for.
    fn report(&self, missing: &Missing<'_>, place: Place, label: &str) -> Diagnostic {
        let Missing {
            code,
            kind,
            name,
            is_disabled,
            ..
        } = *missing;
        let named = match missing.qualified {
            Some(more) => format!("a {kind} named '{name}' {more}"),
            None => format!("a {kind} named '{name}'"),
        };
        let reason = if is_disabled {
            "is disabled"
        } else {
            "was not found"
        };
        let title = format!("{} depends on {named} which {reason}", self.describe());
        if !self.is_test() {
            return Diagnostic::error(code, title).at(&place.file, place.range, label);
        }
        let path = place.file.path.to_string();
        let diagnostic = Diagnostic::warning(code, title)
            .because("The test is left out.")
            .at(&place.file, place.range, label);
        // dbt never makes an error of a test of what is disabled.
        if is_disabled {
            return diagnostic;
        }
        diagnostic.as_event(
            kinds::NODE_NOT_FOUND_OR_DISABLED,
            json!({
                "original_file_path": path,
                "unique_id": self.unique_id,
                "resource_type_title": "Test",
                "target_name": name,
                "target_kind": kind,
                "target_package": missing.package.unwrap_or_default(),
                "disabled": "False",
            }),
        )
    }
}

/// What someone refers to that is not there.
#[derive(Clone, Copy)]
struct Missing<'a> {
    code: &'static str,
    /// What dbt calls it: `node`, `source`, `metric`, `function`.
    kind: &'a str,
    name: &'a str,
    package: Option<&'a str>,
    /// What else it was named by: `with version '2'`.
    qualified: Option<&'a str>,
    is_disabled: bool,
}

impl<'a> Missing<'a> {
    fn new(code: &'static str, kind: &'a str, name: &'a str) -> Self {
        Self {
            code,
            kind,
            name,
            package: None,
            qualified: None,
            is_disabled: false,
        }
    }

    fn disabled(self) -> Self {
        Self {
            is_disabled: true,
            ..self
        }
    }
}

/// Writes what a ref names besides a name, as dbt does.
fn qualification(args: &RefArgs) -> Option<String> {
    let version = args
        .version
        .as_ref()
        .map(|version| format!("with version '{}'", version_text(version)));
    let package = args
        .package
        .as_ref()
        .map(|package| format!("in package or project '{package}'"));
    match (version, package) {
        (Some(version), Some(package)) => Some(format!("{version} {package}")),
        (version, package) => version.or(package),
    }
}

/// Names a resource in the user's words: model `dim_patients`.
pub fn describe(resource_type: ResourceType, name: &str) -> String {
    let kind = match resource_type {
        ResourceType::Operation => "hook",
        ResourceType::SqlOperation => "query",
        ResourceType::SemanticModel => "semantic model",
        ResourceType::SavedQuery => "saved query",
        ResourceType::UnitTest => "unit test",
        other => other.as_str(),
    };
    format!("{kind} `{name}`")
}

/// Writes what was referred to: `name`, or version 2 of `name`.
fn target(args: &RefArgs) -> String {
    match &args.version {
        Some(version) => format!("version {} of `{}`", version_text(version), args.name),
        None => format!("`{}`", args.name),
    }
}

pub fn unknown_ref(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    args: &RefArgs,
    place: Place,
) -> Diagnostic {
    let qualified = qualification(args);
    let missing = Missing {
        package: args.package.as_deref(),
        qualified: qualified.as_deref(),
        ..Missing::new("unknown-ref", "node", &args.name)
    };
    let refs = &cx.lookup.refs;
    let label = match (&args.package, &args.version) {
        (Some(package), _) if cx.project.package(package).is_none() => {
            format!("there is no package `{package}`")
        }
        (Some(package), _) => format!("no model, seed or snapshot of `{package}` has this name"),
        (None, Some(_)) => "no model has this name and version".to_owned(),
        (None, None) => "no model, seed or snapshot has this name".to_owned(),
    };
    let diagnostic = referrer.report(&missing, place, &label);
    if args.version.is_some() {
        let prefix = version_key(&args.name, "");
        let mut versions: Vec<&str> = refs
            .names()
            .filter_map(|n| n.strip_prefix(&prefix))
            .collect();
        versions.sort_unstable();
        if !versions.is_empty() {
            let list = versions.join(", ");
            return diagnostic.hint(format!("`{}` has these versions: {list}", args.name));
        }
    }
    if let Some(elsewhere) = named_package_is_wrong(cx, args) {
        return diagnostic.hint(elsewhere);
    }
    let known = refs.names().filter(|name| is_plain(name));
    match suggest::nearest(&args.name, known) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}

fn is_plain(name: &str) -> bool {
    !name.contains(".v")
}

fn named_package_is_wrong(cx: &ResolveContext<'_>, args: &RefArgs) -> Option<String> {
    args.package.as_ref()?;
    let packages = cx.project.packages.keys();
    let package = packages
        .filter(|package| cx.lookup.refs.get(&args.name, package).is_some())
        .min()?;
    Some(format!("package `{package}` has a `{}`", args.name))
}

pub fn ambiguous_ref(
    referrer: &Referrer<'_>,
    args: &RefArgs,
    targets: &[&RefTarget],
    place: Place,
) -> Diagnostic {
    let packages: Vec<String> = targets.iter().map(|t| format!("`{}`", t.package)).collect();
    let title = format!(
        "{} refers to `{}`, which several packages have",
        referrer.describe(),
        args.name
    );
    Diagnostic::error("ambiguous-ref", title)
        .at(
            &place.file,
            place.range,
            format!("in {}", packages.join(" and ")),
        )
        .hint(format!(
            "name the package: ref('{}', '{}')",
            targets.first().map_or("", |t| &*t.package),
            args.name
        ))
}

pub fn disabled_ref(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    args: &RefArgs,
    found: &RefTarget,
    place: Place,
) -> Diagnostic {
    let qualified = qualification(args);
    let missing = Missing {
        package: args.package.as_deref(),
        qualified: qualified.as_deref(),
        ..Missing::new("disabled-ref", "node", &args.name).disabled()
    };
    let diagnostic = referrer.report(&missing, place, "this is disabled");
    let switch = cx
        .disabled
        .get(&found.id)
        .and_then(|node| place::of_disabling(node, cx.project));
    let diagnostic = match switch {
        Some(switch) => diagnostic.at(&switch.file, switch.range, "switched off here"),
        None => diagnostic,
    };
    diagnostic.hint(format!(
        "enable `{}`, or disable `{}` as well",
        args.name, referrer.name
    ))
}

pub fn private_ref(
    referrer: &Referrer<'_>,
    args: &RefArgs,
    found: &RefTarget,
    place: Place,
) -> Diagnostic {
    let group = found.group.as_deref();
    let title = format!(
        "{} refers to {}, which is private",
        referrer.describe(),
        target(args)
    );
    let label = match group {
        Some(group) => format!("only members of group `{group}` may refer to it"),
        None => "it is private and belongs to no group".to_owned(),
    };
    let diagnostic = Diagnostic::error("private-ref", title).at(&place.file, place.range, label);
    let same_package = *referrer.package == *found.package;
    match group {
        Some(group) if same_package => diagnostic.hint(format!(
            "put `{}` into group `{group}`, or set `access: protected` on `{}`",
            referrer.name, args.name
        )),
        _ if same_package => diagnostic.hint(format!(
            "set `access: protected` on `{}`, or give it a group",
            args.name
        )),
        _ => diagnostic,
    }
}

pub fn protected_ref(
    referrer: &Referrer<'_>,
    args: &RefArgs,
    found: &RefTarget,
    place: Place,
) -> Diagnostic {
    let title = format!(
        "{} refers to {}, which is protected",
        referrer.describe(),
        target(args)
    );
    Diagnostic::error("protected-ref", title).at(
        &place.file,
        place.range,
        format!(
            "package `{}` lets others refer to its public models alone",
            found.package
        ),
    )
}

pub fn root_dependency(
    referrer: &Referrer<'_>,
    args: &RefArgs,
    target: &str,
    place: Place,
) -> Diagnostic {
    let title = format!(
        "{} of package `{}` refers to `{}` of the root project",
        referrer.describe(),
        referrer.package,
        args.name
    );
    Diagnostic::warning("package-reads-root", title)
        .at(
            &place.file,
            place.range,
            "the root project is searched first",
        )
        .hint(
            "set `require_ref_searches_node_package_before_root: true` under `flags:` of \
             dbt_project.yml to search the package first",
        )
        .as_event(
            kinds::PACKAGE_NODE_DEPENDS_ON_ROOT,
            json!({
                "node_name": referrer.name,
                "package_name": referrer.package,
                "root_project_unique_id": target,
            }),
        )
}

pub fn unknown_source(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    source: &str,
    table: &str,
    place: Place,
) -> Diagnostic {
    let key = format!("{source}.{table}");
    let missing = Missing::new("unknown-source", "source", &key);
    let prefix = format!("{source}.");
    let sources = &cx.lookup.sources;
    let has_source = sources.names().any(|name| name.starts_with(&prefix));
    let label = if has_source {
        format!("source `{source}` has no table `{table}`")
    } else {
        format!("there is no source `{source}`")
    };
    let diagnostic = referrer.report(&missing, place, &label);
    match suggest::nearest(&key, sources.names()) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}

pub fn disabled_source(referrer: &Referrer<'_>, key: &str, place: Place) -> Diagnostic {
    let missing = Missing::new("disabled-source", "source", key).disabled();
    referrer.report(&missing, place, "this is disabled")
}

pub fn unknown_metric(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    name: &str,
    place: Place,
) -> Diagnostic {
    let missing = Missing::new("unknown-metric", "metric", name);
    let diagnostic = referrer.report(&missing, place, "no metric has this name");
    match suggest::nearest(name, cx.lookup.metrics.names()) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}

pub fn disabled_metric(referrer: &Referrer<'_>, name: &str, place: Place) -> Diagnostic {
    let missing = Missing::new("disabled-metric", "metric", name).disabled();
    referrer.report(&missing, place, "this is disabled")
}

pub fn unknown_function(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    name: &str,
    place: Place,
) -> Diagnostic {
    let missing = Missing::new("unknown-function", "function", name);
    let diagnostic = referrer.report(&missing, place, "no function has this name");
    match suggest::nearest(name, cx.lookup.functions.names()) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}

pub fn disabled_function(referrer: &Referrer<'_>, name: &str, place: Place) -> Diagnostic {
    let missing = Missing::new("disabled-function", "function", name).disabled();
    referrer.report(&missing, place, "this is disabled")
}
