//! Packages that come with the program, seen as folders that no disk has.
//!
//! A project that asks for `builtin: healthcare` needs no installed copy: the
//! package's files are in the program, below a path that only
//! [`WithShipped`] knows. Debug builds read them from the repository.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use rust_embed::RustEmbed;

use super::{Contents, Entry, World};

#[derive(RustEmbed)]
#[folder = "src/healthcare"]
struct Healthcare;

/// Names the packages that come with the program.
pub const SHIPPED_PACKAGES: &[&str] = &["healthcare"];

/// What the path of every shipped package begins with. No folder of a disk is
/// called so, and messages that show it say where the file is.
const PREFIX: &str = "builtin:";

/// Returns the folder of a shipped package, if there is one of this name.
pub fn shipped_folder(name: &str) -> Option<Utf8PathBuf> {
    let is_known = SHIPPED_PACKAGES.contains(&name);
    is_known.then(|| Utf8Path::new(PREFIX).join(name))
}

/// A world that has the shipped packages too.
#[derive(Debug)]
pub struct WithShipped<W> {
    outside: W,
}

impl<W: World> WithShipped<W> {
    pub fn new(outside: W) -> Self {
        Self { outside }
    }
}

/// Returns the part of a path below the folder of the shipped package.
fn below(path: &Utf8Path) -> Option<&Utf8Path> {
    let below = path.strip_prefix(PREFIX).ok()?;
    below.strip_prefix(SHIPPED_PACKAGES[0]).ok()
}

fn contents(below: &Utf8Path) -> io::Result<Vec<u8>> {
    match Healthcare::get(&slashes(below)) {
        Some(file) => Ok(file.data.into_owned()),
        None => Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("the package has no file `{below}`"),
        )),
    }
}

/// Lists the package's files below one of its folders, in path order.
fn names_in(folder: &Utf8Path) -> Vec<String> {
    let mut names: Vec<String> = Healthcare::iter()
        .map(|name| name.into_owned())
        .filter(|name| folder.as_str().is_empty() || Utf8Path::new(name).starts_with(folder))
        .collect();
    names.sort();
    names
}

fn slashes(path: &Utf8Path) -> String {
    let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
    parts.join("/")
}

fn root() -> Utf8PathBuf {
    Utf8Path::new(PREFIX).join(SHIPPED_PACKAGES[0])
}

impl<W: World> World for WithShipped<W> {
    fn read(&self, path: &Utf8Path) -> io::Result<String> {
        match below(path) {
            Some(below) => String::from_utf8(contents(below)?)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
            None => self.outside.read(path),
        }
    }

    fn read_bytes(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        match below(path) {
            Some(below) => contents(below),
            None => self.outside.read_bytes(path),
        }
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + Send>> {
        match below(path) {
            Some(below) => Ok(Box::new(io::Cursor::new(contents(below)?))),
            None => self.outside.open(path),
        }
    }

    fn walk(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>> {
        let Some(below) = below(folder) else {
            return self.outside.walk(folder);
        };
        let entry = |name: String| {
            Ok(Entry {
                size: contents(Utf8Path::new(&name))?.len() as u64,
                path: root().join(name),
                // They change with the program alone.
                modified: 0,
            })
        };
        names_in(below).into_iter().map(entry).collect()
    }

    fn folders(&self, folder: &Utf8Path) -> io::Result<Vec<Utf8PathBuf>> {
        let Some(below) = below(folder) else {
            return self.outside.folders(folder);
        };
        let mut folders: Vec<Utf8PathBuf> = names_in(below)
            .iter()
            .filter_map(|name| {
                let rest = Utf8Path::new(name).strip_prefix(below).ok()?;
                let mut parts = rest.components();
                let first = parts.next()?;
                parts.next()?;
                Some(folder.join(first))
            })
            .collect();
        folders.dedup();
        Ok(folders)
    }

    fn entry(&self, path: &Utf8Path) -> io::Result<Entry> {
        match below(path) {
            Some(below) => Ok(Entry {
                path: path.to_owned(),
                size: contents(below)?.len() as u64,
                modified: 0,
            }),
            None => self.outside.entry(path),
        }
    }

    fn exists(&self, path: &Utf8Path) -> bool {
        match below(path) {
            Some(below) => !names_in(below).is_empty(),
            None => self.outside.exists(path),
        }
    }

    fn modified(&self, path: &Utf8Path) -> Option<i128> {
        match below(path) {
            Some(below) => contents(below).is_ok().then_some(0),
            None => self.outside.modified(path),
        }
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        match below(path) {
            Some(below) => contents(below).is_err() && !names_in(below).is_empty(),
            None => self.outside.is_dir(path),
        }
    }

    fn write_with(&self, path: &Utf8Path, contents: &mut Contents<'_>) -> io::Result<()> {
        self.outside.write_with(path, contents)
    }

    fn write_for_reading(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        self.outside.write_for_reading(path, contents)
    }

    fn append(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        self.outside.append(path, contents)
    }

    fn create_dir(&self, path: &Utf8Path) -> io::Result<()> {
        self.outside.create_dir(path)
    }

    fn remove(&self, path: &Utf8Path) -> io::Result<()> {
        self.outside.remove(path)
    }

    fn replace_folder(&self, new: &Utf8Path, old: &Utf8Path, keep: bool) -> io::Result<()> {
        self.outside.replace_folder(new, old, keep)
    }

    fn now(&self) -> jiff::Timestamp {
        self.outside.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryWorld;

    #[test]
    fn a_shipped_package_is_a_folder_like_any_other() {
        let world = WithShipped::new(MemoryWorld::from_text("-- a/b.sql\nselect 1\n"));
        let folder = shipped_folder("healthcare").expect("a shipped package");
        let file = folder.join("dbt_project.yml");
        assert!(world.exists(&file) && !world.is_dir(&file));
        assert!(world.is_dir(&folder) && world.is_dir(&folder.join("macros")));
        assert!(!world.exists(&folder.join("missing.sql")));
        let folders = world.folders(&folder).expect("folders");
        assert!(folders.contains(&folder.join("macros")));
        let walked = world.walk(&folder.join("macros")).expect("files");
        assert!(!walked.is_empty());
        for entry in walked {
            let text = world.read(&entry.path).expect("a text");
            assert_eq!(text.len() as u64, entry.size, "{}", entry.path);
        }
        assert_eq!(world.read("a/b.sql".into()).expect("a text"), "select 1\n");
        assert_eq!(shipped_folder("finance"), None);
    }
}
