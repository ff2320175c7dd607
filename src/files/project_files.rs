//! Finds and reads the files of a project and its packages.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rayon::prelude::*;

use super::{Entry, World, display_path, normal_path, read_source};
use crate::config::builtin;
use crate::config::load::{LoadedProject, Package, PackageKind};
use crate::diagnostics::{Diagnostic, Outcome, SourceFile};
use crate::parse::Checksum;

/// Every file of a project, by package, in dbt's order.
#[derive(Debug, Default)]
pub struct ProjectFiles {
    /// In the order of the loaded project's packages.
    pub packages: Vec<PackageFiles>,
}

/// The files of one package, by what they hold.
#[derive(Debug, Default)]
pub struct PackageFiles {
    pub package: Arc<str>,
    pub macros: Vec<ProjectFile>,
    /// `.sql` and `.py`.
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

/// A seed larger than this is known by its path alone, as in dbt: its
/// contents are not hashed.
const MOST_SEED_BYTES: u64 = 1024 * 1024;

/// Reads every file of a project and its packages.
pub fn read_project(world: &dyn World, project: &LoadedProject) -> Outcome<ProjectFiles> {
    let mut diagnostics = Vec::new();
    let mut files = ProjectFiles::default();
    for package in project.packages.values() {
        let found = match package.kind {
            PackageKind::BuiltIn => builtin_files(package),
            PackageKind::Root | PackageKind::Installed => {
                let search = Search::new(world, &project.current_dir, package);
                search.read(&mut diagnostics)
            }
        };
        files.packages.push(found);
    }
    Outcome::with(files, diagnostics)
}

fn builtin_files(package: &Package) -> PackageFiles {
    let mut files = PackageFiles {
        package: Arc::clone(&package.name),
        ..PackageFiles::default()
    };
    for builtin in builtin::files(&package.name) {
        let (folder, path) = builtin.path.split_once('/').unwrap_or(("", &builtin.path));
        let file = ProjectFile {
            file: SourceFile::new(format!("{}/{}", package.name, builtin.path), builtin.text),
            path: path.to_owned(),
            original_file_path: builtin.path.clone(),
            search_path: folder.into(),
            // Nothing compares the built-in packages' files.
            checksum: Checksum {
                name: "none",
                checksum: String::new(),
            },
        };
        match (folder, Utf8Path::new(path).extension()) {
            ("macros", Some("sql")) => files.macros.push(file),
            ("tests", Some("sql")) => files.generic_tests.push(file),
            (_, Some("md")) => files.docs.push(file),
            _ => {}
        }
    }
    files
}

/// A file that was found and is not read yet.
struct Found {
    absolute: Utf8PathBuf,
    path: String,
    original_file_path: String,
    search_path: Arc<str>,
    size: u64,
}

/// The search for the files of one package.
struct Search<'a> {
    world: &'a dyn World,
    current_dir: &'a Utf8Path,
    package: &'a Package,
    ignored: Gitignore,
    /// Folders that were walked, since most are searched for several kinds.
    walked: RefCell<HashMap<String, Rc<Vec<Entry>>>>,
}

impl<'a> Search<'a> {
    fn new(world: &'a dyn World, current_dir: &'a Utf8Path, package: &'a Package) -> Self {
        let mut builder = GitignoreBuilder::new(&package.root);
        if let Ok(text) = world.read(&package.root.join(".dbtignore")) {
            for line in text.lines() {
                // A line that is no pattern ignores nothing.
                let _ = builder.add_line(None, line);
            }
        }
        Self {
            world,
            current_dir,
            package,
            ignored: builder.build().unwrap_or_else(|_| Gitignore::empty()),
            walked: RefCell::default(),
        }
    }

    fn read(&self, diagnostics: &mut Vec<Diagnostic>) -> PackageFiles {
        let project = &self.package.project;
        let below = |paths: &[String], folder: &str| -> Vec<String> {
            paths
                .iter()
                .map(|path| format!("{path}/{folder}"))
                .collect()
        };
        let mut all_paths: Vec<String> = Vec::new();
        for paths in [
            &project.model_paths,
            &project.seed_paths,
            &project.snapshot_paths,
            &project.analysis_paths,
            &project.macro_paths,
            &project.test_paths,
            &project.function_paths,
        ] {
            for path in paths {
                if !all_paths.contains(path) {
                    all_paths.push(path.clone());
                }
            }
        }
        let docs_paths = if project.docs_paths.is_empty() {
            &all_paths
        } else {
            &project.docs_paths
        };
        let mut singular = self.find(&project.test_paths, &["sql"]);
        singular.retain(|found| {
            let first = found.path.split('/').next();
            !matches!(first, Some("generic" | "fixtures"))
        });
        let mut texts = |found: Vec<Found>| self.texts(found, diagnostics);
        let macros = texts(self.find(&project.macro_paths, &["sql"]));
        let models = texts(self.find(&project.model_paths, &["sql", "py"]));
        let snapshots = texts(self.find(&project.snapshot_paths, &["sql"]));
        let analyses = texts(self.find(&project.analysis_paths, &["sql"]));
        let singular_tests = texts(singular);
        let generic_tests = texts(self.find(&below(&project.test_paths, "generic"), &["sql"]));
        let docs = texts(self.find(docs_paths, &["md"]));
        let properties = texts(self.find(&all_paths, &["yml", "yaml"]));
        let fixtures = texts(self.find(&below(&project.test_paths, "fixtures"), &["csv", "sql"]));
        let functions = texts(self.find(&project.function_paths, &["sql", "py"]));
        let seeds = self.seeds(self.find(&project.seed_paths, &["csv"]), diagnostics);
        PackageFiles {
            package: Arc::clone(&self.package.name),
            macros,
            models,
            snapshots,
            analyses,
            singular_tests,
            generic_tests,
            seeds,
            docs,
            properties,
            fixtures,
            functions,
        }
    }

    fn find(&self, search_paths: &[String], extensions: &[&str]) -> Vec<Found> {
        let mut found = Vec::new();
        for extension in extensions {
            for search_path in search_paths {
                let folder = normal_path(&self.package.root.join(search_path));
                let shared: Arc<str> = search_path.as_str().into();
                for entry in self.walk(&folder).iter() {
                    let Ok(path) = entry.path.strip_prefix(&folder) else {
                        continue;
                    };
                    let name = entry.path.file_name().unwrap_or_default();
                    if entry.path.extension() != Some(*extension)
                        || name.starts_with(['.', '#', '~'])
                        || self.is_ignored(&entry.path)
                    {
                        continue;
                    }
                    let path = path.as_str().replace('\\', "/");
                    found.push(Found {
                        absolute: entry.path.clone(),
                        original_file_path: join(search_path, &path),
                        path,
                        search_path: Arc::clone(&shared),
                        size: entry.size,
                    });
                }
            }
        }
        found
    }

    fn walk(&self, folder: &Utf8Path) -> Rc<Vec<Entry>> {
        if let Some(entries) = self.walked.borrow().get(folder.as_str()) {
            return Rc::clone(entries);
        }
        // A folder that cannot be listed has no files that could be read.
        let entries = Rc::new(self.world.walk(folder).unwrap_or_default());
        let mut walked = self.walked.borrow_mut();
        walked.insert(folder.to_string(), Rc::clone(&entries));
        entries
    }

    fn is_ignored(&self, path: &Utf8Path) -> bool {
        if self.ignored.is_empty() {
            return false;
        }
        let Ok(path) = path.strip_prefix(&self.package.root) else {
            return false;
        };
        self.ignored
            .matched_path_or_any_parents(path, false)
            .is_ignore()
    }

    fn texts(&self, found: Vec<Found>, diagnostics: &mut Vec<Diagnostic>) -> Vec<ProjectFile> {
        let (world, current_dir) = (self.world, self.current_dir);
        let read: Vec<Result<ProjectFile, Diagnostic>> = found
            .into_par_iter()
            .map(|found| {
                let file = read_source(world, current_dir, &found.absolute)?;
                // dbt hashes the text without the white space around it.
                let checksum = sha256(file.text.trim().as_bytes());
                Ok(ProjectFile {
                    file,
                    path: found.path,
                    original_file_path: found.original_file_path,
                    search_path: found.search_path,
                    checksum,
                })
            })
            .collect();
        settle(read, diagnostics)
    }

    fn seeds(&self, found: Vec<Found>, diagnostics: &mut Vec<Diagnostic>) -> Vec<ProjectFile> {
        let (world, current_dir) = (self.world, self.current_dir);
        let read: Vec<Result<ProjectFile, Diagnostic>> = found
            .into_par_iter()
            .map(|found| {
                let checksum = if found.size > MOST_SEED_BYTES {
                    Checksum {
                        name: "path",
                        checksum: found.original_file_path.clone(),
                    }
                } else {
                    let file = read_source(world, current_dir, &found.absolute)?;
                    sha256(file.text.trim().as_bytes())
                };
                Ok(ProjectFile {
                    file: SourceFile::new(display_path(current_dir, &found.absolute), ""),
                    path: found.path,
                    original_file_path: found.original_file_path,
                    search_path: found.search_path,
                    checksum,
                })
            })
            .collect();
        settle(read, diagnostics)
    }
}

fn settle(
    read: Vec<Result<ProjectFile, Diagnostic>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<ProjectFile> {
    let mut files = Vec::with_capacity(read.len());
    for result in read {
        match result {
            Ok(file) => files.push(file),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    files
}

/// Joins a resource folder and a path below it as Python's `os.path.join`.
fn join(search_path: &str, path: &str) -> String {
    if search_path.is_empty() || search_path.ends_with('/') {
        format!("{search_path}{path}")
    } else {
        format!("{search_path}/{path}")
    }
}

fn sha256(bytes: &[u8]) -> Checksum {
    use sha2::{Digest as _, Sha256};
    use std::fmt::Write as _;
    let mut checksum = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(checksum, "{byte:02x}");
    }
    Checksum {
        name: "sha256",
        checksum,
    }
}
