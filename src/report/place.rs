//! Places in files, named as the repository names them.

use std::ops::Range;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostics::SourceFile;
use crate::files::display_path;

/// Turns paths as a person sees them into paths of the repository.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The folder that shown paths begin at, absolute.
    pub current_dir: Utf8PathBuf,
    /// The repository's folder, absolute.
    pub root: Utf8PathBuf,
}

/// A part of a file. Lines and columns count from 1, columns in characters;
/// the end is the column after the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: Utf8PathBuf,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Paths {
    /// Returns the place of a range of a file. None when the file lies outside
    /// of the repository, or is none at all.
    pub fn place(&self, file: &Arc<SourceFile>, range: &Range<usize>) -> Option<Place> {
        let path = self.file(&file.path)?;
        let (line, column) = file.line_column(range.start);
        let (end_line, end_column) = file.line_column(range.end.max(range.start));
        Some(Place {
            file: path,
            line,
            column,
            end_line,
            end_column,
        })
    }

    fn file(&self, shown: &Utf8Path) -> Option<Utf8PathBuf> {
        if shown.as_str().is_empty() || shown.as_str().contains('<') {
            return None;
        }
        let path = display_path(&self.root, &self.current_dir.join(shown));
        let is_inside = !path.is_absolute() && !path.starts_with("..");
        // Other systems' separators mean nothing to what reads a report.
        is_inside.then(|| path.as_str().replace('\\', "/").into())
    }
}
