//! Files of external models: written beside their place, then moved there, so
//! that a killed run leaves the old files or the new ones.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::{NodeState, nothing, text};
use crate::files::World;
use crate::jinja::{Call, JinjaError, Value, python};

/// `adapter.stage_external_files(location, options)`: where to write and with
/// which options, as a mapping `location`, `options`.
pub fn stage(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let (location, options) = arguments(call)?;
    let world = &*state.session.cx.world;
    let (location, options) = match Write::of(world, &location, &options) {
        Write::AsItIs => (location, options),
        // DuckDB does the same for a file of its own accord, but only where
        // there is one to replace.
        Write::File => {
            let separator = if options.trim().is_empty() { "" } else { ", " };
            (location, format!("{options}{separator}use_tmp_file true"))
        }
        Write::Folder { staging, .. } => {
            let old = aside(&staging);
            let place = Utf8Path::new(&location);
            clear(world, &staging, &old, place).map_err(|error| moving(&location, &error))?;
            (staging.into_string(), options)
        }
    };
    let staged = [("location", location), ("options", options)];
    let staged = staged.map(|(key, value)| (key.to_owned(), Value::from(value)));
    Ok(python::dict(staged.to_vec()))
}

/// `adapter.publish_external_files(location, options)`: moves what was
/// written to its place.
pub fn publish(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let (location, options) = arguments(call)?;
    let world = &*state.session.cx.world;
    if let Write::Folder { staging, keep } = Write::of(world, &location, &options) {
        world
            .replace_folder(&staging, Utf8Path::new(&location), keep)
            .map_err(|error| moving(&location, &error))?;
    }
    Ok(nothing())
}

fn arguments(call: &mut Call<'_>) -> Result<(String, String), JinjaError> {
    let [location, options] = call.bind(["location", "options"], 2)?;
    let location = text(location, "the location of an external table")?;
    let options = options.filter(|options| !options.is_none());
    Ok((location, options.unwrap_or_default().to_string()))
}

fn moving(location: &str, error: &std::io::Error) -> JinjaError {
    JinjaError::raised(format!(
        "the files of `{location}` could not be put in place: {error}"
    ))
}

/// Removes what an interrupted run has left.
fn clear(
    world: &dyn World,
    staging: &Utf8Path,
    old: &Utf8Path,
    place: &Utf8Path,
) -> std::io::Result<()> {
    if world.exists(old) {
        if world.exists(place) {
            world.remove(old)?;
        } else {
            world.replace_folder(old, place, false)?;
        }
    }
    world.remove(staging)
}

/// Where the old folder is for a moment, where two cannot be exchanged.
fn aside(staging: &Utf8Path) -> Utf8PathBuf {
    staging.with_added_extension("old")
}

/// How a location is written.
#[derive(Debug, PartialEq, Eq)]
enum Write {
    /// Elsewhere than on the disk, or in a way that the project has chosen.
    AsItIs,
    File,
    Folder {
        staging: Utf8PathBuf,
        /// Old files stay where there are no new ones of the same name.
        keep: bool,
    },
}

impl Write {
    fn of(world: &dyn World, location: &str, options: &str) -> Self {
        let is_remote = location.contains("://");
        if is_remote || location.starts_with(['~', '$']) || location.starts_with("/dev/") {
            return Self::AsItIs;
        }
        let options = Options::read(options);
        let is_folder = options.is_set("partition_by") || options.is_on("per_thread_output");
        if !is_folder {
            return if options.is_set("use_tmp_file") {
                Self::AsItIs
            } else {
                Self::File
            };
        }
        let path = Utf8Path::new(location.trim_end_matches('/'));
        let keep = options.is_on("overwrite_or_ignore") || options.is_on("append");
        let Some(name) = path.file_name() else {
            return Self::AsItIs;
        };
        // DuckDB refuses a folder that is not empty, unless it is told what to
        // do with it. That is its to say.
        let is_full = || world.walk(path).is_ok_and(|files| !files.is_empty());
        if !keep && !options.is_on("overwrite") && is_full() {
            return Self::AsItIs;
        }
        Self::Folder {
            staging: path.with_file_name(format!(".{name}__dbt_tmp")),
            keep,
        }
    }
}

/// The options of a `copy` statement.
struct Options<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Options<'a> {
    fn read(text: &'a str) -> Self {
        let mut depth = 0;
        let mut quoted = false;
        let parts = text.split(|c: char| {
            match c {
                '\'' => quoted = !quoted,
                '(' | '{' | '[' if !quoted => depth += 1,
                ')' | '}' | ']' if !quoted => depth -= 1,
                _ => {}
            }
            c == ',' && depth == 0 && !quoted
        });
        let pairs = parts.map(str::trim).filter(|part| !part.is_empty());
        Self(
            pairs
                .map(|part| {
                    part.split_once(char::is_whitespace)
                        .map_or((part, ""), |(name, value)| (name, value.trim()))
                })
                .collect(),
        )
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        let pair = self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        pair.map(|(_, value)| *value)
    }

    fn is_set(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    fn is_on(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| {
            let value = value.trim_matches('\'').to_ascii_lowercase();
            !matches!(value.as_str(), "false" | "0" | "off" | "no")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Write;
    use crate::files::MemoryWorld;

    fn check(location: &str, options: &str, expected: &str) {
        let world = MemoryWorld::from_text("# out/full/a.txt\na\n");
        let found = match Write::of(&world, location, options) {
            Write::AsItIs => "as it is".to_owned(),
            Write::File => "file".to_owned(),
            Write::Folder { staging, keep } => format!("{staging} {keep}"),
        };
        assert_eq!(found, expected, "{location} ({options})");
    }

    #[test]
    fn files_and_folders_are_written_beside_their_place() {
        check("out/a.csv", "format csv, delimiter ','", "file");
        check("out/a.csv", "use_tmp_file false", "as it is");
        check("s3://bucket/a.parquet", "format parquet", "as it is");
        check("out/a", "partition_by (x, y)", "out/.a__dbt_tmp false");
        check("out/a/", "per_thread_output true", "out/.a__dbt_tmp false");
        check("out/a", "per_thread_output false", "file");
        check("out/full", "partition_by x", "as it is");
        check(
            "out/full",
            "partition_by x, overwrite 1",
            "out/.full__dbt_tmp false",
        );
        check(
            "out/full",
            "OVERWRITE_OR_IGNORE, partition_by x",
            "out/.full__dbt_tmp true",
        );
    }
}
