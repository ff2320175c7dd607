//! Finds and reads the files of a project and its packages.

mod again;

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

pub use self::again::ReadFiles;
use crate::config::{LoadedProject, Package, PackageKind, Project, builtin};
use crate::diagnostics::{Diagnostic, Outcome, SourceFile};
use crate::files::{Entry, World, display_path, normal_path, unreadable};
use crate::parse::Checksum;

/// Every file of a project, by package, in dbt's order.
#[derive(Debug, Default)]
pub struct ProjectFiles {
    /// In the order of the loaded project's packages.
    pub packages: Vec<PackageFiles>,
}

/// The files of one package, by what they hold.
#[derive(Debug, Clone, Default)]
pub struct PackageFiles {
    pub package: Arc<str>,
    pub macros: Vec<ProjectFile>,
    /// `.sql` first, then `.py`.
    pub models: Vec<ProjectFile>,
    pub snapshots: Vec<ProjectFile>,
    pub analyses: Vec<ProjectFile>,
    pub singular_tests: Vec<ProjectFile>,
    pub generic_tests: Vec<ProjectFile>,
    /// Their texts are empty: nothing reads a seed before it is loaded.
    pub seeds: Vec<ProjectFile>,
    /// `.md`.
    pub docs: Vec<ProjectFile>,
    /// `.yml` and `.yaml`.
    pub properties: Vec<ProjectFile>,
    /// Of unit tests: `.csv` and `.sql`.
    pub fixtures: Vec<ProjectFile>,
    /// `.sql` first, then `.py`.
    pub functions: Vec<ProjectFile>,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct ProjectFile {
    pub file: Arc<SourceFile>,
    /// Below the resource folder: `staging/stg_claims.sql`.
    pub path: String,
    /// Below the package's folder: `models/staging/stg_claims.sql`.
    pub original_file_path: String,
    /// The resource folder: `models`.
    pub search_path: Arc<str>,
    pub checksum: Checksum,
}

impl ProjectFile {
    /// Returns the file's name without its extension.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// What files hold, in the order in which dbt reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Macro,
    Model,
    Snapshot,
    Analysis,
    SingularTest,
    GenericTest,
    Seed,
    Doc,
    Property,
    Fixture,
    Function,
}

const KINDS: [Kind; 11] = [
    Kind::Macro,
    Kind::Model,
    Kind::Snapshot,
    Kind::Analysis,
    Kind::SingularTest,
    Kind::GenericTest,
    Kind::Seed,
    Kind::Doc,
    Kind::Property,
    Kind::Fixture,
    Kind::Function,
];

/// Seeds above this size get a checksum of their path, as in dbt.
const MAX_HASHED_SEED: u64 = 1024 * 1024;

impl Kind {
    fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Model | Self::Function => &[".sql", ".py"],
            Self::Seed => &[".csv"],
            Self::Doc => &[".md"],
            Self::Property => &[".yml", ".yaml"],
            Self::Fixture => &[".csv", ".sql"],
            _ => &[".sql"],
        }
    }

    fn folders(self, project: &Project) -> Vec<String> {
        let below_tests = |name: &str| -> Vec<String> {
            let folders = project.test_paths.iter();
            folders.map(|folder| join_paths(folder, name)).collect()
        };
        match self {
            Self::Macro => project.macro_paths.clone(),
            Self::Model => project.model_paths.clone(),
            Self::Snapshot => project.snapshot_paths.clone(),
            Self::Analysis => project.analysis_paths.clone(),
            Self::SingularTest => project.test_paths.clone(),
            Self::GenericTest => below_tests("generic"),
            Self::Seed => project.seed_paths.clone(),
            Self::Doc => project.docs_paths.clone(),
            Self::Property => project.all_source_paths(),
            Self::Fixture => below_tests("fixtures"),
            Self::Function => project.function_paths.clone(),
        }
    }
}

impl PackageFiles {
    fn of_kind(&mut self, kind: Kind) -> &mut Vec<ProjectFile> {
        match kind {
            Kind::Macro => &mut self.macros,
            Kind::Model => &mut self.models,
            Kind::Snapshot => &mut self.snapshots,
            Kind::Analysis => &mut self.analyses,
            Kind::SingularTest => &mut self.singular_tests,
            Kind::GenericTest => &mut self.generic_tests,
            Kind::Seed => &mut self.seeds,
            Kind::Doc => &mut self.docs,
            Kind::Property => &mut self.properties,
            Kind::Fixture => &mut self.fixtures,
            Kind::Function => &mut self.functions,
        }
    }
}

/// Reads every file of a project and its packages.
pub fn read_project(world: &dyn World, project: &LoadedProject) -> Outcome<ProjectFiles> {
    read(world, project, None)
}

/// The same where they may have been read before: what says what it said is the
/// same [`SourceFile`].
pub fn read_project_again(
    world: &dyn World,
    project: &LoadedProject,
    before: &ReadFiles,
) -> Outcome<ProjectFiles> {
    read(world, project, Some(before))
}

fn read(
    world: &dyn World,
    project: &LoadedProject,
    before: Option<&ReadFiles>,
) -> Outcome<ProjectFiles> {
    let mut found = Vec::new();
    let mut files = ProjectFiles::default();
    for package in project.packages.values() {
        files.packages.push(match package.kind {
            PackageKind::BuiltIn => match before {
                Some(before) => before.built_in(&package.name, || builtin_files(package)),
                None => builtin_files(package),
            },
            PackageKind::Root | PackageKind::Installed => {
                package_files(world, package, &project.current_dir, before, &mut found)
            }
        });
    }
    Outcome::with(files, found)
}

/// A file that is to be read.
struct Wanted {
    kind: Kind,
    disk_path: Utf8PathBuf,
    shown: Utf8PathBuf,
    path: String,
    original_file_path: String,
    search_path: Arc<str>,
    size: u64,
    modified: i128,
}

fn package_files(
    world: &dyn World,
    package: &Package,
    current_dir: &Utf8Path,
    before: Option<&ReadFiles>,
    found: &mut Vec<Diagnostic>,
) -> PackageFiles {
    let ignored = dbtignore(world, &package.root, current_dir, found);
    let mut walks = Walks {
        world,
        walked: HashMap::new(),
    };
    let mut wanted = Vec::new();
    for kind in KINDS {
        let start = wanted.len();
        let folders = kind.folders(&package.project);
        for folder in &folders {
            match list(&mut walks, package, current_dir, kind, folder, &ignored) {
                Ok(files) => wanted.extend(files),
                Err(error) => {
                    let folder = package.root.join(folder);
                    found.push(unreadable(&display_path(current_dir, &folder), &error));
                }
            }
        }
        // One of several folders may lie within another; a file counts once.
        if folders.len() > 1 {
            let mut seen = HashSet::new();
            let mut i = 0;
            wanted.retain(|file: &Wanted| {
                i += 1;
                i <= start || seen.insert(file.disk_path.clone())
            });
        }
        // dbt looks for one extension in all folders, then for the next.
        let extension = |file: &Wanted| {
            let name = file.path.to_ascii_lowercase();
            kind.extensions().iter().position(|e| name.ends_with(e))
        };
        wanted[start..].sort_by_key(extension);
    }
    let read: Vec<(Kind, Result<ProjectFile, Diagnostic>)> = wanted
        .into_par_iter()
        .map(|file| (file.kind, read_or_take(world, file, before)))
        .collect();
    let mut files = PackageFiles {
        package: Arc::clone(&package.name),
        ..PackageFiles::default()
    };
    for (kind, file) in read {
        match file {
            Ok(file) => files.of_kind(kind).push(file),
            Err(error) => found.push(error),
        }
    }
    files
}

/// Folders that were walked: most are searched for files of several kinds.
struct Walks<'w> {
    world: &'w dyn World,
    walked: HashMap<Utf8PathBuf, Vec<Entry>>,
}

impl Walks<'_> {
    fn walk(&mut self, folder: &Utf8Path) -> io::Result<&[Entry]> {
        if !self.walked.contains_key(folder) {
            let entries = self.world.walk(folder)?;
            self.walked.insert(folder.to_owned(), entries);
        }
        Ok(&self.walked[folder])
    }
}

/// Lists the files of one kind in a resource folder, in path order.
fn list(
    walks: &mut Walks<'_>,
    package: &Package,
    current_dir: &Utf8Path,
    kind: Kind,
    folder: &str,
    ignored: &Gitignore,
) -> io::Result<Vec<Wanted>> {
    let root = normal_path(&package.root.join(folder));
    let shown_root = display_path(current_dir, &root);
    let search_path: Arc<str> = folder.into();
    let wanted = |entry: &Entry| {
        let below = entry.path.strip_prefix(&root).ok()?;
        let name = below.file_name().unwrap_or_default();
        // dbt leaves out hidden and temporary files by these first letters.
        if name.starts_with(['.', '#', '~']) {
            return None;
        }
        let lower = name.to_ascii_lowercase();
        if !kind.extensions().iter().any(|e| lower.ends_with(e)) {
            return None;
        }
        let first = below.components().next().map(|c| c.as_str());
        if kind == Kind::SingularTest && matches!(first, Some("generic" | "fixtures")) {
            return None;
        }
        let path = slashes(below);
        let original_file_path = join_paths(folder, &path);
        (!is_ignored(ignored, &original_file_path)).then(|| Wanted {
            kind,
            shown: shown_root.join(below),
            path,
            original_file_path,
            search_path: Arc::clone(&search_path),
            size: entry.size,
            modified: entry.modified,
            disk_path: entry.path.clone(),
        })
    };
    Ok(walks.walk(&root)?.par_iter().filter_map(wanted).collect())
}

/// Reads a file, unless it is known and was not saved since.
fn read_or_take(
    world: &dyn World,
    wanted: Wanted,
    before: Option<&ReadFiles>,
) -> Result<ProjectFile, Diagnostic> {
    let Some(before) = before else {
        return read_file(world, wanted);
    };
    if let Some(known) = before.unsaved(&wanted) {
        return Ok(known);
    }
    let key = (wanted.kind, wanted.disk_path.clone());
    let stamp = (wanted.size, wanted.modified);
    let at = world.now().as_nanosecond();
    let file = read_file(world, wanted)?;
    Ok(before.add(key, stamp, at, file))
}

fn read_file(world: &dyn World, wanted: Wanted) -> Result<ProjectFile, Diagnostic> {
    let fail = |error: io::Error| unreadable(&wanted.shown, &error);
    let (text, checksum) = if wanted.kind == Kind::Seed {
        let checksum = if wanted.size > MAX_HASHED_SEED {
            Checksum {
                name: "path",
                checksum: wanted.original_file_path.clone(),
            }
        } else {
            let bytes = world.read_bytes(&wanted.disk_path).map_err(fail)?;
            match std::str::from_utf8(&bytes) {
                Ok(text) => sha256(stripped(text).as_bytes()),
                // DuckDB may still be able to load it, in another encoding.
                Err(_) => sha256(&bytes),
            }
        };
        (String::new(), checksum)
    } else {
        let text = world.read(&wanted.disk_path).map_err(fail)?;
        let checksum = sha256(stripped(&text).as_bytes());
        (text, checksum)
    };
    Ok(ProjectFile {
        file: SourceFile::new(wanted.shown, text),
        path: wanted.path,
        original_file_path: wanted.original_file_path,
        search_path: wanted.search_path,
        checksum,
    })
}

/// Takes the files of a package that comes with the binary.
fn builtin_files(package: &Package) -> PackageFiles {
    let mut files = PackageFiles {
        package: Arc::clone(&package.name),
        ..PackageFiles::default()
    };
    for file in builtin::files(&package.name) {
        let (kind, folder) = if file.path.starts_with("macros/") && file.path.ends_with(".sql") {
            (Kind::Macro, "macros")
        } else if file.path.starts_with("tests/generic/") && file.path.ends_with(".sql") {
            (Kind::GenericTest, "tests/generic")
        } else if file.path.starts_with("docs/") && file.path.ends_with(".md") {
            (Kind::Doc, "docs")
        } else {
            continue;
        };
        files.of_kind(kind).push(ProjectFile {
            path: file.path[folder.len() + 1..].to_owned(),
            checksum: sha256(stripped(&file.text).as_bytes()),
            file: SourceFile::new(format!("{}/{}", package.name, file.path), file.text),
            original_file_path: file.path,
            search_path: folder.into(),
        });
    }
    files
}

/// Reads `.dbtignore`, which has the form of `.gitignore`.
fn dbtignore(
    world: &dyn World,
    root: &Utf8Path,
    current_dir: &Utf8Path,
    found: &mut Vec<Diagnostic>,
) -> Gitignore {
    let path = root.join(".dbtignore");
    if !world.exists(&path) {
        return Gitignore::empty();
    }
    let shown = display_path(current_dir, &path);
    let text = match world.read(&path) {
        Ok(text) => text,
        Err(error) => {
            found.push(unreadable(&shown, &error));
            return Gitignore::empty();
        }
    };
    let file = SourceFile::new(shown, text);
    let mut builder = GitignoreBuilder::new("");
    for (i, line) in file.text.lines().enumerate() {
        if let Err(error) = builder.add_line(None, line) {
            found.push(
                Diagnostic::warning(
                    "invalid-pattern",
                    format!("`{}` has a line that is no pattern", file.path),
                )
                .at(&file, file.line_range(i + 1), error.to_string()),
            );
        }
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

fn is_ignored(ignored: &Gitignore, original_file_path: &str) -> bool {
    if ignored.is_empty() {
        return false;
    }
    ignored
        .matched_path_or_any_parents(original_file_path, false)
        .is_ignore()
}

fn sha256(bytes: &[u8]) -> Checksum {
    let digest = Sha256::digest(bytes);
    let mut checksum = String::with_capacity(2 * digest.len());
    for byte in digest {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        checksum.push(char::from(DIGITS[usize::from(byte >> 4)]));
        checksum.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    Checksum {
        name: "sha256",
        checksum,
    }
}

/// Trims what Python's `str.strip()` trims.
fn stripped(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}'))
}

/// Joins two parts of a path as `os.path.join` does.
fn join_paths(folder: &str, below: &str) -> String {
    if folder.is_empty() || folder.ends_with('/') {
        format!("{folder}{below}")
    } else {
        format!("{folder}/{below}")
    }
}

/// Writes a relative path with slashes, on every system.
fn slashes(path: &Utf8Path) -> String {
    if cfg!(windows) {
        path.as_str().replace('\\', "/")
    } else {
        path.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests;
