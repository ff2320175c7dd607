//! `hcdbt.yml`, beside `dbt_project.yml`: what dbt has no word for, so that
//! dbt reads the same project without complaint.
//!
//! A part of the program that is to be configured adds a file here with its
//! section's type and how it is read, and a field to [`HcdbtYml`].

mod alerts;
mod audit;
mod check;
mod ci;
mod phi;
mod section;
#[cfg(test)]
mod tests;

use camino::Utf8Path;

pub use alerts::{Alert, AlertStatus, Channel, Email, Tls, WebhookFormat};
pub use audit::Audit;
pub use check::{BeforeRun, Check};
pub use ci::{Ci, Gates, RemovedColumns};
pub use phi::{Phi, PhiTarget, PhiTransform};

use super::context::YamlRenderer;
use super::reader::Reader;
use crate::diagnostics::Diagnostic;
use crate::files::{World, read_source};
use crate::yaml::parse_yaml_checked;
use section::Section;

/// The name of the file.
pub const FILE_NAME: &str = "hcdbt.yml";

/// The file's contents, defaults filled in.
#[derive(Debug, Default)]
pub struct HcdbtYml {
    pub audit: Audit,
    pub check: Check,
    pub ci: Ci,
    pub alerts: Vec<Alert>,
    pub phi: Phi,
}

impl HcdbtYml {
    fn of(file: &Section<'_>) -> Self {
        Self {
            audit: file.section("audit", Audit::of).unwrap_or_default(),
            check: file.section("check", Check::of).unwrap_or_default(),
            ci: file.section("ci", Ci::of).unwrap_or_default(),
            alerts: file.sections("alerts", Alert::of),
            phi: file.section("phi", Phi::of).unwrap_or_default(),
        }
    }
}

/// Reads the file, when there is one. A mistake in it is added to `found`.
pub(super) fn read(
    world: &dyn World,
    current_dir: &Utf8Path,
    root: &Utf8Path,
    renderer: &YamlRenderer<'_>,
    found: &mut Vec<Diagnostic>,
) -> HcdbtYml {
    let path = root.join(FILE_NAME);
    if !world.exists(&path) {
        return HcdbtYml::default();
    }
    let read = read_source(world, current_dir, &path).and_then(|file| {
        let (yaml, warnings) = parse_yaml_checked(&file)?;
        Ok((file, yaml, warnings))
    });
    let (file, yaml, warnings) = match read {
        Ok(read) => read,
        Err(error) => {
            found.push(error);
            return HcdbtYml::default();
        }
    };
    found.extend(warnings);
    let reader = Reader::new(&file, renderer);
    let value = Section::read(&reader, "", &yaml, HcdbtYml::of);
    found.extend(reader.into_found());
    value.unwrap_or_default()
}
