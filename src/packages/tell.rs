//! What `deps` says while it works, in dbt's events.

use serde_json::{Value, json};

use super::fetch::Fetcher;
use super::listing::Wanted;
use super::{Pinned, PinnedSource};
use crate::diagnostics::Diagnostic;
use crate::event::{Event, EventKind, Level};

impl Fetcher<'_> {
    pub(super) fn tell_start(&self, pinned: &Pinned) {
        let name = pinned.name();
        self.say(
            ("DepsStartPackageInstall", "M014"),
            format!("Installing {name}"),
            json!({"package_name": name}),
        );
    }

    pub(super) fn tell_installed(&self, pinned: &Pinned) {
        let version = pinned.version_text();
        self.say(
            ("DepsInstallInfo", "M015"),
            format!("Installed from {version}"),
            json!({"version_name": version}),
        );
        match &pinned.source {
            PinnedSource::Hub {
                version, latest, ..
            } if version != latest => self.say(
                ("DepsUpdateAvailable", "M016"),
                format!("Updated version available: {latest}"),
                json!({"version_latest": latest}),
            ),
            PinnedSource::Hub { .. } => {
                self.say(("DepsUpToDate", "M017"), "Up to date!".into(), json!({}));
            }
            PinnedSource::Git {
                subdirectory: Some(folder),
                ..
            } => self.say(
                ("DepsListSubdirectory", "M018"),
                format!("and subdirectory {folder}"),
                json!({"subdirectory": folder}),
            ),
            _ => {}
        }
    }

    pub(super) fn tell_outdated(&self, packages: &[String]) {
        let names: Vec<String> = packages.iter().map(|name| format!("'{name}'")).collect();
        self.say(
            ("DepsNotifyUpdatesAvailable", "M019"),
            format!(
                "Updates available for packages: [{}]\nUpdate your versions in packages.yml, then \
                 run hcdbt deps",
                names.join(", ")
            ),
            json!({"packages": packages}),
        );
    }

    /// Warns of a repository at a branch, whose contents may change; fails
    /// where warnings are errors.
    pub(super) fn warn_unpinned(&self, wanted: &Wanted, pinned: &Pinned) -> Result<(), Diagnostic> {
        let Wanted::Git {
            revisions,
            warn_unpinned: true,
            ..
        } = wanted
        else {
            return Ok(());
        };
        let revision = revisions.first().map_or("HEAD", String::as_str);
        let how = match revision {
            "HEAD" => "not pinned, using HEAD (default branch)".to_owned(),
            "main" | "master" => format!("pinned to the \"{revision}\" branch"),
            _ => return Ok(()),
        };
        let name = pinned.name();
        let message = format!(
            "The git package \"{name}\" \n\tis {how}.\n\tThis can introduce breaking changes into \
             your project without warning!"
        );
        self.warn(
            ("DepsUnpinned", "M029"),
            message,
            json!({"revision": revision, "git": name}),
        )
    }

    /// Warns that a secret written out in `packages.yml` is not in the lock
    /// file; fails where warnings are errors.
    pub fn warn_scrubbed(&self, address: &str) -> Result<(), Diagnostic> {
        let message = format!(
            "Detected secret env var in {address}. A scrubbed representation is written to the \
             lock file, so the packages must be resolved again with --upgrade each time"
        );
        self.warn(
            ("DepsScrubbedPackageName", "M035"),
            message,
            json!({"package_name": address}),
        )
    }

    fn warn(
        &self,
        (name, code): (&'static str, &'static str),
        message: String,
        data: Value,
    ) -> Result<(), Diagnostic> {
        if self.is_error(EventKind { name, code }) {
            return Err(Diagnostic::error("warning-as-error", message)
                .because("warnings are errors: `--warn-error` or `--warn-error-options`"));
        }
        self.events().send(Event {
            level: Level::Warn,
            name,
            code,
            message,
            data,
        });
        Ok(())
    }

    fn say(&self, (name, code): (&'static str, &'static str), message: String, data: Value) {
        self.events().send(Event {
            level: Level::Info,
            name,
            code,
            message,
            data,
        });
    }
}
