//! The outside world of files and clocks, behind one trait.
//!
//! Nothing else in the program touches the disk or asks for the time. Tests
//! use [`MemoryWorld`].

mod disk;
mod memory;
mod overlay;
mod project_files;
mod replace;
mod shipped;
mod unwritten;

use std::io;
use std::sync::Arc;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::diagnostics::{Diagnostic, SourceFile};

pub use disk::DiskWorld;
pub use memory::MemoryWorld;
pub use overlay::Overlay;
pub use project_files::{
    PackageFiles, ProjectFile, ProjectFiles, ReadFiles, read_project, read_project_again,
};
pub use shipped::{SHIPPED_PACKAGES, WithShipped, shipped_folder};
pub use unwritten::Unwritten;

/// A file that a walk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub path: Utf8PathBuf,
    pub size: u64,
    /// Nanoseconds since the epoch.
    pub modified: i128,
}

/// Writes what a file shall hold, piece by piece.
pub type Contents<'a> = dyn FnMut(&mut (dyn io::Write + Send)) -> io::Result<()> + 'a;

/// Files and the clock.
pub trait World: Send + Sync {
    /// Reads a text file. A byte order mark is dropped; line ends stay.
    fn read(&self, path: &Utf8Path) -> io::Result<String>;
    fn read_bytes(&self, path: &Utf8Path) -> io::Result<Vec<u8>>;
    /// Opens a file that may be too large to be in memory as a whole.
    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + Send>>;
    /// Lists the files below a folder, in path order, without following
    /// hidden folders. A folder that does not exist has no files.
    fn walk(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>>;
    /// Lists the folders that are directly in a folder, in path order. A
    /// folder that does not exist has none.
    fn folders(&self, folder: &Utf8Path) -> io::Result<Vec<Utf8PathBuf>>;
    fn exists(&self, path: &Utf8Path) -> bool;
    /// Tells the size of a file and when it was written.
    fn entry(&self, path: &Utf8Path) -> io::Result<Entry>;
    fn is_dir(&self, path: &Utf8Path) -> bool;
    /// Returns when a file was last changed, in nanoseconds since the epoch; none when there
    /// is no such file.
    fn modified(&self, path: &Utf8Path) -> Option<i128>;
    /// Writes a file whole or not at all, and makes its folders. What the
    /// file holds need never be in memory as a whole.
    fn write_with(&self, path: &Utf8Path, contents: &mut Contents<'_>) -> io::Result<()>;
    /// Writes a file whole or not at all, and makes its folders.
    fn write(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        self.write_with(path, &mut |out| out.write_all(contents))
    }
    /// Writes a file that nothing but a look of the user's depends on, and
    /// makes its folders. A process that is killed may leave half of it; one
    /// that holds these contents already is left alone.
    fn write_for_reading(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        self.write(path, contents)
    }
    /// Adds to the end of a file, and makes its folders.
    fn append(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()>;
    fn create_dir(&self, path: &Utf8Path) -> io::Result<()>;
    /// Removes a file or a folder with all that is in it. It is no error when
    /// there is none.
    fn remove(&self, path: &Utf8Path) -> io::Result<()>;
    /// Puts the folder `new` in the place of `old`, which may not be there:
    /// whoever looks sees the one or the other, where the system can exchange
    /// two folders. With `keep`, the old files that have no new namesake stay.
    fn replace_folder(&self, new: &Utf8Path, old: &Utf8Path, keep: bool) -> io::Result<()>;
    /// Returns the present time.
    fn now(&self) -> jiff::Timestamp;
}

/// Reads a text file that diagnostics can point into.
pub fn read_source(
    world: &dyn World,
    current_dir: &Utf8Path,
    path: &Utf8Path,
) -> Result<Arc<SourceFile>, Diagnostic> {
    let shown = display_path(current_dir, path);
    match world.read(path) {
        Ok(text) => Ok(SourceFile::new(shown, text)),
        Err(error) => Err(unreadable(&shown, &error)),
    }
}

/// Says why a file could not be read.
pub(crate) fn unreadable(shown: &Utf8Path, error: &io::Error) -> Diagnostic {
    let diagnostic = Diagnostic::error("unreadable-file", format!("could not read `{shown}`"));
    match error.kind() {
        io::ErrorKind::NotFound => diagnostic.because("There is no such file."),
        io::ErrorKind::PermissionDenied => diagnostic
            .because("You have no right to read it.")
            .hint("check the file's owner and permissions"),
        io::ErrorKind::InvalidData => diagnostic
            .because("It is not UTF-8 text.")
            .hint("save the file in the encoding UTF-8"),
        _ => diagnostic.because(error.to_string()),
    }
}

/// Returns a path as it is shown to the user: relative to the folder that the
/// command was run in.
pub fn display_path(current_dir: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    let from = normal_path(current_dir);
    let to = normal_path(path);
    let mut from_parts = from.components().peekable();
    let mut to_parts = to.components().peekable();
    let mut shared = 0;
    while let (Some(a), Some(b)) = (from_parts.peek(), to_parts.peek()) {
        if a != b {
            break;
        }
        shared += usize::from(matches!(a, Utf8Component::Normal(_)));
        from_parts.next();
        to_parts.next();
    }
    let up = from_parts.count();
    // A path that has only the root in common is clearer as it is.
    if shared == 0 && up > 0 {
        return to;
    }
    let mut shown: Utf8PathBuf = std::iter::repeat_n("..", up).collect();
    shown.extend(to_parts);
    if shown.as_str().is_empty() {
        shown.push(".");
    }
    shown
}

/// Resolves `.` and `..` in a path by its text alone.
pub fn normal_path(path: &Utf8Path) -> Utf8PathBuf {
    let mut normal = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => {
                let last = normal.components().next_back();
                match last {
                    Some(Utf8Component::Normal(_)) => {
                        normal.pop();
                    }
                    Some(Utf8Component::RootDir | Utf8Component::Prefix(_)) => {}
                    _ => normal.push(".."),
                }
            }
            other => normal.push(other),
        }
    }
    normal
}
