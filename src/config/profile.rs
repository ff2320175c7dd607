//! `profiles.yml`: which database, with which credentials.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use super::context::YamlRenderer;
use super::reader::json_kind;
use super::target::target;
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::files::{World, display_path, read_source};
use crate::invocation::Invocation;
use crate::yaml::{Yaml, YamlEntry, parse_yaml};

/// The target that the command uses.
#[derive(Debug, Clone)]
pub struct Profile {
    pub name: String,
    pub target_name: String,
    pub threads: usize,
    /// `type` of the output: `duckdb`.
    pub adapter_type: String,
    /// The rendered output, without `type` and `threads`.
    pub credentials: Map<String, Value>,
    /// What `target` shows in templates: no secrets.
    pub target: Map<String, Value>,
    pub file: Arc<SourceFile>,
    /// The output's place in the file.
    pub span: Range<usize>,
}

impl Profile {
    /// Returns the schema that models go to unless they name another.
    pub fn schema(&self) -> &str {
        self.target
            .get("schema")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Lets models go to another schema than the profile says.
    pub(super) fn set_schema(&mut self, schema: String) {
        self.credentials
            .insert("schema".into(), schema.clone().into());
        self.target.insert("schema".into(), schema.into());
    }
}

/// Who names the profile, and where.
pub(super) struct ProfileName<'a> {
    /// As `--profile` or `profile:` gives it, unrendered.
    pub text: Option<&'a Yaml>,
    pub project_file: &'a Arc<SourceFile>,
}

/// What says where `profiles.yml` is.
#[derive(Debug, Clone, Copy)]
pub struct ProfilePlaces<'a> {
    /// `--profiles-dir`, absolute.
    pub profiles_dir: Option<&'a Utf8Path>,
    pub current_dir: &'a Utf8Path,
    pub project_dir: &'a Utf8Path,
    pub env: &'a BTreeMap<String, String>,
}

impl<'a> ProfilePlaces<'a> {
    /// Returns the places that a command looks in.
    pub fn of(invocation: &'a Invocation) -> Self {
        Self {
            profiles_dir: invocation.profiles_dir.as_deref(),
            current_dir: &invocation.current_dir,
            project_dir: &invocation.project_dir,
            env: &invocation.env,
        }
    }
}

/// Reads `config:` of `profiles.yml`, where flags stood before they had a
/// place in `dbt_project.yml`. A file that is broken is reported later.
pub fn profile_flags(world: &dyn World, places: &ProfilePlaces<'_>) -> Map<String, Value> {
    let path = profile_folders(places)
        .into_iter()
        .map(|folder| folder.join("profiles.yml"))
        .find(|path| world.exists(path));
    let read = || {
        let text = world.read(&path?).ok()?;
        let yaml = parse_yaml(&SourceFile::new("profiles.yml", text)).ok()?;
        match yaml.entry("config")?.value.to_json() {
            Value::Object(flags) => Some(flags),
            _ => None,
        }
    };
    read().unwrap_or_default()
}

/// Lists the folders that may hold `profiles.yml`, the first one first.
fn profile_folders(places: &ProfilePlaces<'_>) -> Vec<Utf8PathBuf> {
    if let Some(folder) = places.profiles_dir {
        return vec![folder.to_owned()];
    }
    let mut folders = vec![places.current_dir.to_owned(), places.project_dir.to_owned()];
    folders.dedup();
    let home = ["HOME", "USERPROFILE"]
        .into_iter()
        .find_map(|name| places.env.get(name).filter(|home| !home.is_empty()));
    folders.extend(home.map(|home| Utf8PathBuf::from(home).join(".dbt")));
    folders
}

/// Returns the folder whose `profiles.yml` counts: the first that has one,
/// else the last that is looked in (`~/.dbt` where nothing else is said).
pub fn profiles_folder(world: &dyn World, places: &ProfilePlaces<'_>) -> Utf8PathBuf {
    let mut folders = profile_folders(places);
    let last = folders.pop().unwrap_or_default();
    let has_file = |folder: &Utf8PathBuf| world.exists(&folder.join("profiles.yml"));
    folders.into_iter().find(has_file).unwrap_or(last)
}

/// Reads the profile and the target that the command uses.
pub(super) fn load_profile(
    invocation: &Invocation,
    world: &dyn World,
    name: &ProfileName<'_>,
    renderer: &YamlRenderer<'_>,
) -> Result<Profile, Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    let (profile_name, name_span) = profile_name(invocation, name, renderer)?;
    let (file, yaml) = read_profiles(invocation, world).map_err(one)?;
    let profiles = yaml.entries().unwrap_or_default();
    let Some(entry) = yaml.entry(&profile_name) else {
        return Err(vec![missing_profile(
            &profile_name,
            name_span.map(|span| (name.project_file, span)),
            &file,
            profiles,
        )]);
    };
    let outputs = entry.value.get("outputs");
    let Some(outputs) = outputs.filter(|o| o.entries().is_some_and(|e| !e.is_empty())) else {
        return Err(one(Diagnostic::error(
            "invalid-profile",
            format!("profile `{profile_name}` has no outputs"),
        )
        .at(&file, entry.key_span.clone(), "`outputs:` is missing here")
        .hint(
            "add `outputs:` with one entry per target, such as `dev:` with `type: duckdb`",
        )));
    };
    let (target_name, target_span) = target_name(invocation, &file, &entry.value, renderer)?;
    let Some(output) = outputs.entry(&target_name) else {
        return Err(one(missing_target(
            &profile_name,
            &target_name,
            target_span,
            &file,
            outputs,
        )));
    };
    read_output(
        invocation,
        &file,
        output,
        renderer,
        profile_name,
        target_name,
    )
}

/// Renders the settings of one output. Others are left alone, so that what
/// only they need may be missing.
fn read_output(
    invocation: &Invocation,
    file: &Arc<SourceFile>,
    output: &YamlEntry,
    renderer: &YamlRenderer<'_>,
    profile_name: String,
    target_name: String,
) -> Result<Profile, Vec<Diagnostic>> {
    let span = output.key_span.start..output.value.span.end.max(output.key_span.end);
    let invalid = |title: String, at: Range<usize>, message: &str| {
        vec![Diagnostic::error("invalid-profile", title).at(file, at, message)]
    };
    let Some(entries) = output.value.entries() else {
        return Err(invalid(
            format!("target `{target_name}` of profile `{profile_name}` has no settings"),
            output.key_span.clone(),
            "at least `type:` belongs here",
        ));
    };
    let mut credentials = Map::with_capacity(entries.len());
    let mut found = Vec::new();
    for entry in entries {
        let mut errors = Vec::new();
        let mut value = renderer.value(file, &entry.value, &mut errors);
        if !errors.is_empty() && entry.key == "password" {
            // A password may look like Jinja without being any.
            value = entry.value.to_json();
            errors.clear();
        }
        found.append(&mut errors);
        credentials.insert(entry.key.clone(), value);
    }
    if !found.is_empty() {
        return Err(found);
    }
    let adapter_type = match credentials.shift_remove("type") {
        Some(Value::String(adapter_type)) => adapter_type,
        Some(other) => {
            let at = output.value.get("type").map_or(span, |y| y.span.clone());
            let title = format!("`type` of target `{target_name}` must be a text");
            return Err(invalid(title, at, json_kind(&other)));
        }
        None => {
            return Err(invalid(
                format!("target `{target_name}` of profile `{profile_name}` has no `type`"),
                output.key_span.clone(),
                "`type: duckdb` belongs here",
            ));
        }
    };
    let written = credentials.shift_remove("threads");
    let threads = match (invocation.threads, &written) {
        (Some(threads), _) => threads,
        (None, None | Some(Value::Null)) => 1,
        (None, Some(threads)) => match positive(threads) {
            Some(threads) => threads,
            None => {
                let at = output.value.get("threads").map_or(span, |y| y.span.clone());
                let title = format!("`threads` of target `{target_name}` must be a number");
                return Err(invalid(title, at, "a whole number above 0 belongs here"));
            }
        },
    };
    Ok(Profile {
        target: target(
            &adapter_type,
            &credentials,
            threads,
            &target_name,
            &profile_name,
        ),
        name: profile_name,
        target_name,
        threads,
        adapter_type,
        credentials,
        file: Arc::clone(file),
        span,
    })
}

fn positive(value: &Value) -> Option<usize> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    };
    number
        .filter(|n| *n > 0)
        .and_then(|n| usize::try_from(n).ok())
}

/// Decides which profile is meant. The place is that of `profile:`.
fn profile_name(
    invocation: &Invocation,
    name: &ProfileName<'_>,
    renderer: &YamlRenderer<'_>,
) -> Result<(String, Option<Range<usize>>), Vec<Diagnostic>> {
    if let Some(name) = &invocation.profile {
        return Ok((name.clone(), None));
    }
    let Some(yaml) = name.text.filter(|y| !y.is_null()) else {
        return Err(vec![
            Diagnostic::error("no-profile", "the project names no profile")
                .at(name.project_file, 0..0, "`profile:` is missing here")
                .hint("add `profile: <a profile of profiles.yml>`, or use --profile"),
        ]);
    };
    let mut found = Vec::new();
    let value = renderer.value(name.project_file, yaml, &mut found);
    if !found.is_empty() {
        return Err(found);
    }
    match value {
        Value::String(text) => Ok((text, Some(yaml.span.clone()))),
        other => Err(vec![
            Diagnostic::error("wrong-type", "`profile` must be a text").at(
                name.project_file,
                yaml.span.clone(),
                format!("this is {}", json_kind(&other)),
            ),
        ]),
    }
}

fn read_profiles(
    invocation: &Invocation,
    world: &dyn World,
) -> Result<(Arc<SourceFile>, Yaml), Diagnostic> {
    let folders = profile_folders(&ProfilePlaces::of(invocation));
    let path = folders
        .iter()
        .map(|folder| folder.join("profiles.yml"))
        .find(|path| world.exists(path));
    let Some(path) = path else {
        let looked: Vec<String> = folders
            .iter()
            .map(|folder| {
                let folder = display_path(&invocation.current_dir, folder);
                let shown = folder.as_str();
                if shown.is_empty() { "." } else { shown }.to_owned()
            })
            .collect();
        return Err(
            Diagnostic::error("no-profiles-file", "there is no `profiles.yml`")
                .because(format!(
                    "hcdbt looked for a profiles.yml file in {}, but did not find one.",
                    looked.join(" and in ")
                ))
                .hint("write one of these files, or name its folder with --profiles-dir"),
        );
    };
    let file = read_source(world, &invocation.current_dir, &path)?;
    let yaml = parse_yaml(&file)?;
    if yaml.entries().is_none_or(<[_]>::is_empty) {
        return Err(Diagnostic::error(
            "invalid-profile",
            format!("`{}` has no profile", file.path),
        )
        .at(
            &file,
            yaml.span.clone(),
            "a mapping from profile names to profiles belongs here",
        ));
    }
    Ok((file, yaml))
}

fn missing_profile(
    name: &str,
    place: Option<(&Arc<SourceFile>, Range<usize>)>,
    file: &Arc<SourceFile>,
    profiles: &[YamlEntry],
) -> Diagnostic {
    // `config:` was dbt's place for user settings and is no profile.
    let known: Vec<&str> = profiles
        .iter()
        .map(|entry| entry.key.as_str())
        .filter(|key| *key != "config")
        .collect();
    let mut diagnostic = Diagnostic::error(
        "unknown-profile",
        format!("Could not find profile named '{name}' in `{}`", file.path),
    );
    if let Some((project_file, span)) = place {
        diagnostic = diagnostic.at(project_file, span, "named here");
    }
    let diagnostic = diagnostic.because(format!("`{}` has: {}.", file.path, list(&known)));
    match suggest::nearest(name, known.iter().copied()) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}

/// Decides which target is meant: `--target`, the profile's, or `default`.
fn target_name(
    invocation: &Invocation,
    file: &Arc<SourceFile>,
    profile: &Yaml,
    renderer: &YamlRenderer<'_>,
) -> Result<(String, Option<Range<usize>>), Vec<Diagnostic>> {
    if let Some(target) = &invocation.target {
        return Ok((target.clone(), None));
    }
    let Some(yaml) = profile.get("target").filter(|y| !y.is_null()) else {
        return Ok(("default".to_owned(), None));
    };
    let mut found = Vec::new();
    let value = renderer.value(file, yaml, &mut found);
    if !found.is_empty() {
        return Err(found);
    }
    let name = match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok((name, Some(yaml.span.clone())))
}

fn missing_target(
    profile_name: &str,
    target_name: &str,
    target_span: Option<Range<usize>>,
    file: &Arc<SourceFile>,
    outputs: &Yaml,
) -> Diagnostic {
    let entries = outputs.entries().unwrap_or_default();
    let known: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    let title =
        format!("The profile '{profile_name}' does not have a target named '{target_name}'.");
    let diagnostic = Diagnostic::error("unknown-target", title);
    let diagnostic = match target_span {
        Some(span) => diagnostic.at(file, span, "named here"),
        None => diagnostic.at(file, outputs.span.start..outputs.span.start, "its targets"),
    };
    let diagnostic = diagnostic.because(format!("Its targets are: {}.", list(&known)));
    match suggest::nearest(target_name, known.iter().copied()) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic.hint("name one with --target, or as `target:` of the profile"),
    }
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
