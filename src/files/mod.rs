//! The outside world of files and clocks, behind one trait.
//!
//! Nothing else in the program touches the disk or asks for the time. Tests
//! use [`MemoryWorld`].

mod disk;
mod memory;
mod project_files;

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

pub use disk::DiskWorld;
pub use memory::MemoryWorld;
pub use project_files::{PackageFiles, ProjectFile, ProjectFiles, read_project};

/// A file that a walk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub path: Utf8PathBuf,
    pub size: u64,
    /// Nanoseconds since the epoch.
    pub modified: i128,
}

/// Files and the clock.
pub trait World: Send + Sync {
    /// Reads a text file. A byte order mark is dropped; line ends stay.
    fn read(&self, path: &Utf8Path) -> io::Result<String>;
    fn read_bytes(&self, path: &Utf8Path) -> io::Result<Vec<u8>>;
    /// Lists the files below a folder, in path order, without following
    /// hidden folders. A folder that does not exist has no files.
    fn walk(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>>;
    fn exists(&self, path: &Utf8Path) -> bool;
    fn is_dir(&self, path: &Utf8Path) -> bool;
    /// Writes a file whole or not at all, and makes its folders.
    fn write(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()>;
    /// Adds to the end of a file, and makes its folders.
    fn append(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()>;
    fn create_dir(&self, path: &Utf8Path) -> io::Result<()>;
    /// Removes a file or a folder with all that is in it. It is no error when
    /// there is none.
    fn remove(&self, path: &Utf8Path) -> io::Result<()>;
    /// Returns the present time.
    fn now(&self) -> jiff::Timestamp;
}
