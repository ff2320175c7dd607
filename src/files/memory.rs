//! Files in memory, and a clock that stands still, for tests.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Contents, Entry, World};

/// A world that lives in memory.
#[derive(Debug, Default)]
pub struct MemoryWorld {
    files: Mutex<BTreeMap<Utf8PathBuf, Vec<u8>>>,
}

impl MemoryWorld {
    /// Makes a world from one text that is several files: a line `-- path` or
    /// `# path` begins each.
    pub fn from_text(text: &str) -> Self {
        let world = Self::default();
        let mut current: Option<(Utf8PathBuf, String)> = None;
        for line in text.lines() {
            if let Some(path) = file_heading(line) {
                if let Some((path, contents)) = current.take() {
                    world.put(path, contents.into_bytes());
                }
                current = Some((path.into(), String::new()));
            } else if let Some((_, contents)) = &mut current {
                contents.push_str(line);
                contents.push('\n');
            }
        }
        if let Some((path, contents)) = current {
            world.put(path, contents.into_bytes());
        }
        world
    }

    fn put(&self, path: Utf8PathBuf, contents: Vec<u8>) {
        self.files().insert(path, contents);
    }

    fn files(&self) -> std::sync::MutexGuard<'_, BTreeMap<Utf8PathBuf, Vec<u8>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads `-- models/a.sql` or `# models/schema.yml` as the start of a file.
fn file_heading(line: &str) -> Option<&str> {
    let path = line
        .strip_prefix("-- ")
        .or_else(|| line.strip_prefix("# "))?
        .trim();
    let is_path = !path.contains(char::is_whitespace) && Utf8Path::new(path).extension().is_some();
    is_path.then_some(path)
}

impl World for MemoryWorld {
    fn read(&self, path: &Utf8Path) -> io::Result<String> {
        let bytes = self.read_bytes(path)?;
        let mut text =
            String::from_utf8(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(text)
    }

    fn read_bytes(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        self.files()
            .get(path)
            .cloned()
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("no file `{path}`")))
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.read_bytes(path)?)))
    }

    fn walk(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>> {
        let files = self.files();
        let below = files.iter().filter(|(path, _)| path.starts_with(folder));
        Ok(below
            .map(|(path, contents)| Entry {
                path: path.clone(),
                size: contents.len() as u64,
                modified: 0,
            })
            .collect())
    }

    fn folders(&self, folder: &Utf8Path) -> io::Result<Vec<Utf8PathBuf>> {
        let files = self.files();
        let mut folders: Vec<Utf8PathBuf> = files
            .keys()
            .filter_map(|path| {
                let below = path.strip_prefix(folder).ok()?;
                let mut parts = below.components();
                let first = parts.next()?;
                parts.next().map(|_| folder.join(first))
            })
            .collect();
        folders.dedup();
        Ok(folders)
    }

    fn entry(&self, path: &Utf8Path) -> io::Result<Entry> {
        Ok(Entry {
            path: path.to_owned(),
            size: self.read_bytes(path)?.len() as u64,
            modified: 0,
        })
    }

    fn exists(&self, path: &Utf8Path) -> bool {
        self.files().contains_key(path) || self.is_dir(path)
    }

    fn modified(&self, path: &Utf8Path) -> Option<i128> {
        self.files().contains_key(path).then_some(0)
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        let files = self.files();
        files.keys().any(|p| p != path && p.starts_with(path))
    }

    fn write_with(&self, path: &Utf8Path, contents: &mut Contents<'_>) -> io::Result<()> {
        let mut file = Vec::new();
        contents(&mut file)?;
        self.put(path.to_owned(), file);
        Ok(())
    }

    fn append(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        let mut files = self.files();
        files
            .entry(path.to_owned())
            .or_default()
            .extend_from_slice(contents);
        Ok(())
    }

    fn create_dir(&self, _path: &Utf8Path) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, path: &Utf8Path) -> io::Result<()> {
        self.files().retain(|p, _| !p.starts_with(path));
        Ok(())
    }

    fn replace_folder(&self, new: &Utf8Path, old: &Utf8Path, keep: bool) -> io::Result<()> {
        let mut files = self.files();
        if !keep {
            files.retain(|path, _| !path.starts_with(old));
        }
        let moved: Vec<Utf8PathBuf> = files
            .keys()
            .filter(|path| path.starts_with(new))
            .cloned()
            .collect();
        for path in moved {
            if let (Some(contents), Ok(below)) = (files.remove(&path), path.strip_prefix(new)) {
                files.insert(old.join(below), contents);
            }
        }
        Ok(())
    }

    fn now(&self) -> jiff::Timestamp {
        // 2024-01-01T00:00:00Z, so that snapshots of tests stay the same.
        jiff::Timestamp::constant(1_704_067_200, 0)
    }
}
