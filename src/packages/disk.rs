//! What `deps` does to the disk: folders made, copied, moved, deleted.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostics::Diagnostic;
use crate::files::World;

/// A folder for downloads that is gone when the command ends.
pub struct Downloads {
    folder: tempfile::TempDir,
}

impl Downloads {
    /// Makes the folder.
    pub fn new() -> Result<Self, Diagnostic> {
        tempfile::Builder::new()
            .prefix("hcdbt-packages-")
            .tempdir()
            .map(|folder| Self { folder })
            .map_err(|error| failure("a folder for downloads cannot be made", &error))
    }

    /// Returns the folder for what is named by a word of a kind and its
    /// address.
    pub fn path(&self, kind: &str, address: &str) -> Result<Utf8PathBuf, Diagnostic> {
        let name = format!("{kind}-{}", digest(address));
        let path = Utf8PathBuf::from_path_buf(self.folder.path().join(name));
        path.map_err(|path| {
            Diagnostic::error(
                "cannot-write",
                format!("the path `{}` is not UTF-8", path.display()),
            )
        })
    }
}

/// Puts a link to a folder into its place, or a copy where there are no
/// links.
pub fn link_or_copy(source: &Utf8Path, target: &Utf8Path) -> Result<(), Diagnostic> {
    #[cfg(unix)]
    {
        let real = source.canonicalize_utf8().map_err(|error| {
            failure(
                &format!("the local package `{source}` cannot be read"),
                &error,
            )
        })?;
        if std::os::unix::fs::symlink(&real, target).is_ok() {
            return Ok(());
        }
    }
    copy(source, target)
}

/// Copies a folder with all that is in it, links as links.
pub fn copy(source: &Utf8Path, target: &Utf8Path) -> Result<(), Diagnostic> {
    for entry in walkdir::WalkDir::new(source) {
        let entry = entry.map_err(|error| failure("the package cannot be read", &error.into()))?;
        let Ok(relative) = entry.path().strip_prefix(source) else {
            continue;
        };
        let to = target.as_std_path().join(relative);
        let kind = entry.file_type();
        let done = if kind.is_dir() {
            fs_err::create_dir_all(&to)
        } else if kind.is_file() {
            fs_err::copy(entry.path(), &to).map(|_| ())
        } else {
            copy_link(entry.path(), &to)
        };
        done.map_err(|error| failure("the package cannot be copied", &error))?;
    }
    Ok(())
}

/// Writes a folder that comes with the program to the disk.
pub fn write_out(
    world: &dyn World,
    source: &Utf8Path,
    target: &Utf8Path,
) -> Result<(), Diagnostic> {
    let copy = |path: &Utf8Path| {
        let below = path.strip_prefix(source).unwrap_or(path);
        world.write(&target.join(below), &world.read_bytes(path)?)
    };
    let entries = world.walk(source);
    let copied = entries.and_then(|entries| entries.iter().try_for_each(|e| copy(&e.path)));
    copied.map_err(|error| failure("the package cannot be written", &error))
}

#[cfg(unix)]
fn copy_link(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(fs_err::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    fs_err::copy(from, to).map(|_| ())
}

/// Makes a folder, with those above it.
pub fn create_dir(path: &Utf8Path) -> Result<(), Diagnostic> {
    fs_err::create_dir_all(path).map_err(|error| failure("a folder cannot be made", &error))
}

/// Removes a folder with all that is in it, or a link to one.
pub fn remove(path: &Utf8Path) -> Result<(), Diagnostic> {
    let Ok(metadata) = path.symlink_metadata() else {
        return Ok(());
    };
    let done = if metadata.is_dir() {
        fs_err::remove_dir_all(path)
    } else {
        fs_err::remove_file(path)
    };
    done.map_err(|error| failure("a folder cannot be deleted", &error))
}

/// Moves a folder.
pub fn rename(from: &Utf8Path, to: &Utf8Path) -> Result<(), Diagnostic> {
    fs_err::rename(from, to).map_err(|error| failure("a folder cannot be moved", &error))
}

/// Makes a diagnostic of what the system says.
pub fn failure(what: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("cannot-install", format!("{what}: {error}"))
}

fn digest(text: &str) -> String {
    use md5::{Digest as _, Md5};
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in Md5::digest(text.as_bytes()) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
