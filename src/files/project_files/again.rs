//! Files that were read before, for reading a project again.
//!
//! A file that says what it said is the same [`SourceFile`] as before, so that
//! others see at a glance what has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::Utf8PathBuf;

use super::{Kind, PackageFiles, ProjectFile, Wanted};

/// A file that was saved less than this before it was read, in nanoseconds, may
/// be saved again with the same time and size: it is always read again.
const SETTLED: i128 = 2_000_000_000;

/// The files of a project as they were read last.
#[derive(Debug, Default)]
pub struct ReadFiles(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    files: HashMap<(Kind, Utf8PathBuf), Read>,
    /// What comes with the program does not change while it runs.
    built_in: HashMap<Arc<str>, PackageFiles>,
}

#[derive(Debug, Clone)]
struct Read {
    size: u64,
    /// None where the time does not tell whether a file has changed.
    modified: Option<i128>,
    file: ProjectFile,
}

impl ReadFiles {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a file that has not been saved since it was read.
    pub(super) fn unsaved(&self, wanted: &Wanted) -> Option<ProjectFile> {
        let known = self.lock();
        let read = known.files.get(&(wanted.kind, wanted.disk_path.clone()))?;
        let is_as_it_was = read.size == wanted.size
            && read.modified == Some(wanted.modified)
            && has_same_names(&read.file, wanted);
        is_as_it_was.then(|| read.file.clone())
    }

    /// Takes note of a file that was read `at` a time, in nanoseconds since the
    /// epoch. Returns it as it was read first, when it says the same.
    pub(super) fn add(
        &self,
        key: (Kind, Utf8PathBuf),
        stamp: (u64, i128),
        at: i128,
        mut file: ProjectFile,
    ) -> ProjectFile {
        let mut known = self.lock();
        if let Some(before) = known.files.get(&key)
            && before.file.checksum == file.checksum
            && before.file.file == file.file
        {
            file.file = Arc::clone(&before.file.file);
        }
        let (size, modified) = stamp;
        let is_settled = modified > 0 && modified + SETTLED < at;
        let read = Read {
            size,
            modified: is_settled.then_some(modified),
            file: file.clone(),
        };
        known.files.insert(key, read);
        file
    }

    /// Returns the files of a package that comes with the program.
    pub(super) fn built_in(
        &self,
        package: &Arc<str>,
        read: impl FnOnce() -> PackageFiles,
    ) -> PackageFiles {
        let mut known = self.lock();
        let files = known
            .built_in
            .entry(Arc::clone(package))
            .or_insert_with(read);
        files.clone()
    }
}

fn has_same_names(file: &ProjectFile, wanted: &Wanted) -> bool {
    file.file.path == wanted.shown
        && file.path == wanted.path
        && file.original_file_path == wanted.original_file_path
        && file.search_path == wanted.search_path
}
