//! A world in which some files have other contents: those that an editor has
//! and did not save yet.

use std::collections::HashMap;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Contents, Entry, World};

/// Another world, with some texts in the place of files.
pub struct Overlay {
    below: Arc<dyn World>,
    texts: Mutex<HashMap<Utf8PathBuf, String>>,
}

impl Overlay {
    pub fn new(below: Arc<dyn World>) -> Self {
        Self {
            below,
            texts: Mutex::default(),
        }
    }

    /// Gives a file another text, or its own again.
    pub fn set(&self, path: &Utf8Path, text: Option<String>) {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        match text {
            Some(text) => texts.insert(path.to_owned(), text),
            None => texts.remove(path),
        };
    }

    /// Makes what is said of a file fit its text here: other contents are as if
    /// saved at another time.
    fn overlaid(&self, entry: Entry) -> Entry {
        let Some(text) = self.text(&entry.path) else {
            return entry;
        };
        Entry {
            size: text.len() as u64,
            modified: moment_of(&text),
            ..entry
        }
    }

    fn text(&self, path: &Utf8Path) -> Option<String> {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.get(path).cloned()
    }
}

/// Returns a time for a text: another one for another text.
fn moment_of(text: &str) -> i128 {
    let mut hash = std::hash::DefaultHasher::new();
    text.hash(&mut hash);
    i128::from(hash.finish())
}

impl World for Overlay {
    fn modified(&self, path: &Utf8Path) -> Option<i128> {
        match self.text(path) {
            Some(text) => Some(moment_of(&text)),
            None => self.below.modified(path),
        }
    }

    fn read(&self, path: &Utf8Path) -> io::Result<String> {
        match self.text(path) {
            Some(text) => Ok(text),
            None => self.below.read(path),
        }
    }

    fn read_bytes(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        match self.text(path) {
            Some(text) => Ok(text.into_bytes()),
            None => self.below.read_bytes(path),
        }
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + Send>> {
        match self.text(path) {
            Some(text) => Ok(Box::new(io::Cursor::new(text.into_bytes()))),
            None => self.below.open(path),
        }
    }

    fn entry(&self, path: &Utf8Path) -> io::Result<Entry> {
        let entry = self.below.entry(path)?;
        Ok(self.overlaid(entry))
    }

    fn walk(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>> {
        let entries = self.below.walk(folder)?.into_iter();
        Ok(entries.map(|entry| self.overlaid(entry)).collect())
    }

    fn folders(&self, folder: &Utf8Path) -> io::Result<Vec<Utf8PathBuf>> {
        self.below.folders(folder)
    }

    fn exists(&self, path: &Utf8Path) -> bool {
        self.below.exists(path)
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        self.below.is_dir(path)
    }

    fn write_with(&self, path: &Utf8Path, contents: &mut Contents<'_>) -> io::Result<()> {
        self.below.write_with(path, contents)
    }

    fn append(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        self.below.append(path, contents)
    }

    fn create_dir(&self, path: &Utf8Path) -> io::Result<()> {
        self.below.create_dir(path)
    }

    fn remove(&self, path: &Utf8Path) -> io::Result<()> {
        self.below.remove(path)
    }

    fn replace_folder(&self, new: &Utf8Path, old: &Utf8Path, keep: bool) -> io::Result<()> {
        self.below.replace_folder(new, old, keep)
    }

    fn now(&self) -> jiff::Timestamp {
        self.below.now()
    }
}
