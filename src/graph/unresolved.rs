//! Messages about refs that stand for nothing, or for what they may not.

use super::lookup::{RefTarget, version_key};
use super::place;
use super::resolve::ResolveContext;
use crate::diagnostics::{Diagnostic, suggest};
use crate::parse::{Node, Place, RefArgs, ResourceType, version_text};

/// Who refers to something.
#[derive(Debug, Clone, Copy)]
pub struct Referrer<'a> {
    pub resource_type: ResourceType,
    pub name: &'a str,
    pub package: &'a str,
    pub group: Option<&'a str>,
}

impl<'a> Referrer<'a> {
    pub fn node(node: &'a Node) -> Self {
        Self {
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
    /// cannot do without.
    fn report(&self, code: &'static str, title: String, place: Place, label: &str) -> Diagnostic {
        let diagnostic = if self.is_test() {
            Diagnostic::warning(code, title).because("The test is left out.")
        } else {
            Diagnostic::error(code, title)
        };
        diagnostic.at(&place.file, place.range, label)
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
    let title = format!(
        "{} refers to {}, which does not exist",
        referrer.describe(),
        target(args)
    );
    let refs = &cx.lookup.refs;
    let label = match (&args.package, &args.version) {
        (Some(package), _) if cx.project.package(package).is_none() => {
            format!("there is no package `{package}`")
        }
        (Some(package), _) => format!("no model, seed or snapshot of `{package}` has this name"),
        (None, Some(_)) => "no model has this name and version".to_owned(),
        (None, None) => "no model, seed or snapshot has this name".to_owned(),
    };
    let diagnostic = referrer.report("unknown-ref", title, place, &label);
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
    let title = format!(
        "{} refers to {}, which is disabled",
        referrer.describe(),
        target(args)
    );
    let diagnostic = referrer.report("disabled-ref", title, place, "this is disabled");
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

pub fn root_dependency(referrer: &Referrer<'_>, args: &RefArgs, place: Place) -> Diagnostic {
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
}

pub fn unknown_source(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    source: &str,
    table: &str,
    place: Place,
) -> Diagnostic {
    let title = format!(
        "{} refers to source `{source}.{table}`, which does not exist",
        referrer.describe()
    );
    let prefix = format!("{source}.");
    let sources = &cx.lookup.sources;
    let has_source = sources.names().any(|name| name.starts_with(&prefix));
    let label = if has_source {
        format!("source `{source}` has no table `{table}`")
    } else {
        format!("there is no source `{source}`")
    };
    let diagnostic = referrer.report("unknown-source", title, place, &label);
    let key = format!("{source}.{table}");
    match suggest::nearest(&key, sources.names()) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}

pub fn disabled_source(referrer: &Referrer<'_>, key: &str, place: Place) -> Diagnostic {
    let title = format!(
        "{} refers to source `{key}`, which is disabled",
        referrer.describe()
    );
    referrer.report("disabled-source", title, place, "this is disabled")
}

pub fn unknown_metric(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    name: &str,
    place: Place,
) -> Diagnostic {
    let title = format!(
        "{} refers to metric `{name}`, which does not exist",
        referrer.describe()
    );
    let diagnostic = referrer.report("unknown-metric", title, place, "no metric has this name");
    match suggest::nearest(name, cx.lookup.metrics.names()) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}

pub fn disabled_metric(referrer: &Referrer<'_>, name: &str, place: Place) -> Diagnostic {
    let title = format!(
        "{} refers to metric `{name}`, which is disabled",
        referrer.describe()
    );
    referrer.report("disabled-metric", title, place, "this is disabled")
}

pub fn unknown_function(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    name: &str,
    place: Place,
) -> Diagnostic {
    let title = format!(
        "{} calls function `{name}`, which does not exist",
        referrer.describe()
    );
    let diagnostic = referrer.report(
        "unknown-function",
        title,
        place,
        "no function has this name",
    );
    match suggest::nearest(name, cx.lookup.functions.names()) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}

pub fn disabled_function(referrer: &Referrer<'_>, name: &str, place: Place) -> Diagnostic {
    let title = format!(
        "{} calls function `{name}`, which is disabled",
        referrer.describe()
    );
    referrer.report("disabled-function", title, place, "this is disabled")
}
