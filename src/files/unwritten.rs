//! A world that is read as it is, and in which nothing is written.

use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Contents, Entry, World};

/// Reads from another world and drops what is written to it.
pub struct Unwritten(pub Arc<dyn World>);

impl World for Unwritten {
    fn read(&self, path: &Utf8Path) -> io::Result<String> {
        self.0.read(path)
    }

    fn read_bytes(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        self.0.read_bytes(path)
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + Send>> {
        self.0.open(path)
    }

    fn walk(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>> {
        self.0.walk(folder)
    }

    fn folders(&self, folder: &Utf8Path) -> io::Result<Vec<Utf8PathBuf>> {
        self.0.folders(folder)
    }

    fn entry(&self, path: &Utf8Path) -> io::Result<Entry> {
        self.0.entry(path)
    }

    fn exists(&self, path: &Utf8Path) -> bool {
        self.0.exists(path)
    }

    fn modified(&self, path: &Utf8Path) -> Option<i128> {
        self.0.modified(path)
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        self.0.is_dir(path)
    }

    fn write_with(&self, _: &Utf8Path, _: &mut Contents<'_>) -> io::Result<()> {
        Ok(())
    }

    fn append(&self, _: &Utf8Path, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn create_dir(&self, _: &Utf8Path) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, _: &Utf8Path) -> io::Result<()> {
        Ok(())
    }

    fn replace_folder(&self, _: &Utf8Path, _: &Utf8Path, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }
}
