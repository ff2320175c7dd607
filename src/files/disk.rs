//! The real disk and clock.

use std::io::{self, Write as _};
use std::time::{Duration, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use walkdir::WalkDir;

use super::replace::replace_folder;
use super::{Contents, Entry, World};

/// The age at which an unfinished file is nobody's any more.
const LEFT_OVER_AFTER: Duration = Duration::from_mins(1);

/// The machine's disk and clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiskWorld {
    /// A time that stands for the present one, as `DBT_CONF_FAKE_NOW` sets it
    /// for tests that freeze time.
    pub fixed_now: Option<jiff::Timestamp>,
}

/// Tells whether something is a file that can be reached in one way alone.
fn has_one_name(metadata: &std::fs::Metadata) -> bool {
    #[cfg(unix)]
    let names = std::os::unix::fs::MetadataExt::nlink(metadata);
    #[cfg(not(unix))]
    let names = 1;
    metadata.is_file() && names == 1
}

fn entry_of(path: Utf8PathBuf, metadata: &std::fs::Metadata) -> Entry {
    let modified = metadata.modified().ok();
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Entry {
        path,
        size: metadata.len(),
        modified: modified.map_or(0, |d| i128::try_from(d.as_nanos()).unwrap_or(0)),
    }
}

impl World for DiskWorld {
    fn read(&self, path: &Utf8Path) -> io::Result<String> {
        let mut text = fs_err::read_to_string(path)?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(text)
    }

    fn read_bytes(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        fs_err::read(path)
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(fs_err::File::open(path)?))
    }

    fn walk(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>> {
        let mut files = Vec::new();
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let walk = WalkDir::new(folder)
            .follow_links(true)
            .into_iter()
            .filter_entry(|e| {
                e.depth() == 0 || !e.file_name().as_encoded_bytes().starts_with(b".")
            });
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                // A link in a circle, or to nowhere, leads to no file.
                Err(error) if error.loop_ancestor().is_some() => continue,
                Err(error) => {
                    let error = io::Error::from(error);
                    if error.kind() == io::ErrorKind::NotFound {
                        continue;
                    }
                    return Err(error);
                }
            };
            if !entry.file_type().is_file() {
                continue;
            }
            // A name that is not UTF-8 cannot be written in a project's files or artifacts.
            files.extend(Utf8PathBuf::from_path_buf(entry.into_path()));
        }
        files.par_sort_unstable();
        // Asking for each file takes longer than finding them.
        let entries = files.into_par_iter().map(|path| {
            let metadata = fs_err::metadata(&path)?;
            Ok(entry_of(path, &metadata))
        });
        entries.collect()
    }

    fn folders(&self, folder: &Utf8Path) -> io::Result<Vec<Utf8PathBuf>> {
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut folders = Vec::new();
        for entry in fs_err::read_dir(folder)? {
            // Packages may be links to folders elsewhere, so ask what the path
            // leads to.
            if let Ok(path) = Utf8PathBuf::from_path_buf(entry?.path())
                && path.is_dir()
            {
                folders.push(path);
            }
        }
        folders.sort();
        Ok(folders)
    }

    fn entry(&self, path: &Utf8Path) -> io::Result<Entry> {
        Ok(entry_of(path.to_owned(), &fs_err::metadata(path)?))
    }

    fn exists(&self, path: &Utf8Path) -> bool {
        path.exists()
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        path.is_dir()
    }

    fn modified(&self, path: &Utf8Path) -> Option<i128> {
        let modified = fs_err::metadata(path).and_then(|m| m.modified()).ok()?;
        let since = modified.duration_since(UNIX_EPOCH).ok()?;
        i128::try_from(since.as_nanos()).ok()
    }

    fn write_with(&self, path: &Utf8Path, contents: &mut Contents<'_>) -> io::Result<()> {
        let folder = path.parent().filter(|p| !p.as_str().is_empty());
        let folder = folder.unwrap_or(Utf8Path::new("."));
        fs_err::create_dir_all(folder)?;
        if let Some((temporary, mut file)) = temporary_of(path) {
            let written = write_to(&mut file, contents).and_then(|()| {
                drop(file);
                fs_err::rename(&temporary, path)
            });
            if written.is_err() {
                let _ = fs_err::remove_file(&temporary);
            }
            return written;
        }
        let mut file = tempfile::Builder::new()
            .prefix(".hcdbt-")
            .permissions_for_new_file()
            .tempfile_in(folder)?;
        write_to(&mut file, contents)?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(())
    }

    fn write_for_reading(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        // There are thousands of these. What is replaced by renaming is put
        // on the disk at once by some file systems; what is new is not.
        let mut options = fs_err::OpenOptions::new();
        options.write(true).create_new(true);
        let mut opened = options.open(path);
        match opened.as_ref().map_err(io::Error::kind) {
            Err(io::ErrorKind::NotFound) => {
                let folder = path.parent().unwrap_or(Utf8Path::new("."));
                fs_err::create_dir_all(folder)?;
                opened = options.open(path);
            }
            Err(io::ErrorKind::AlreadyExists) => {
                if fs_err::read(path).is_ok_and(|old| old == contents) {
                    return Ok(());
                }
                if fs_err::symlink_metadata(path).is_ok_and(|old| has_one_name(&old)) {
                    // In its place: some file systems look for seconds for room for thousands
                    // of new files when as many were removed just before.
                    opened = fs_err::OpenOptions::new().write(true).open(path);
                    opened = opened.and_then(|file| {
                        file.set_len(contents.len() as u64)?;
                        Ok(file)
                    });
                } else {
                    let _ = fs_err::remove_file(path);
                    opened = options.open(path);
                }
            }
            _ => {}
        }
        let Ok(mut file) = opened else {
            return self.write(path, contents);
        };
        let written = file.write_all(contents);
        if written.is_err() {
            let _ = fs_err::remove_file(path);
        }
        written
    }

    fn append(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)?
            .write_all(contents)
    }

    fn create_dir(&self, path: &Utf8Path) -> io::Result<()> {
        fs_err::create_dir_all(path)
    }

    fn remove(&self, path: &Utf8Path) -> io::Result<()> {
        match fs_err::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => fs_err::remove_dir_all(path),
            Ok(_) => fs_err::remove_file(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn replace_folder(&self, new: &Utf8Path, old: &Utf8Path, keep: bool) -> io::Result<()> {
        replace_folder(new, old, keep)
    }

    fn now(&self) -> jiff::Timestamp {
        self.fixed_now.unwrap_or_else(jiff::Timestamp::now)
    }
}

/// Makes the temporary file that belongs to a file. Its name is always the
/// same, so that what a killed process leaves is removed by the next that
/// writes the file. None where another process is writing it now.
fn temporary_of(path: &Utf8Path) -> Option<(Utf8PathBuf, fs_err::File)> {
    let temporary = path.with_file_name(format!(".{}.hcdbt-new", path.file_name()?));
    for _ in 0..2 {
        let mut options = fs_err::OpenOptions::new();
        match options.write(true).create_new(true).open(&temporary) {
            Ok(file) => return Some((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let modified = fs_err::metadata(&temporary)
                    .and_then(|m| m.modified())
                    .ok()?;
                // Writing takes a moment: this one is left over.
                if modified.elapsed().ok()? < LEFT_OVER_AFTER {
                    return None;
                }
                let _ = fs_err::remove_file(&temporary);
            }
            Err(_) => return None,
        }
    }
    None
}

/// Writes the contents of a file, small pieces together.
fn write_to(file: &mut (impl io::Write + Send), contents: &mut Contents<'_>) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(64 * 1024, file);
    contents(&mut out)?;
    out.flush()
}

/// Gives a temporary file the rights that a new file of the user would have.
trait NewFilePermissions {
    fn permissions_for_new_file(&mut self) -> &mut Self;
}

impl NewFilePermissions for tempfile::Builder<'_, '_> {
    fn permissions_for_new_file(&mut self) -> &mut Self {
        // The process's umask still applies; without this the file would be
        // readable by its owner alone.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            self.permissions(std::fs::Permissions::from_mode(0o666));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        (folder, path)
    }

    #[test]
    fn a_file_for_reading_is_made_replaced_and_left_alone() {
        let (_kept, folder) = folder();
        let path = folder.join("a/b/c.sql");
        let world = DiskWorld::default();
        let write = |text: &str| {
            world.write_for_reading(&path, text.as_bytes()).unwrap();
            assert_eq!(world.read(&path).unwrap(), text);
            fs_err::metadata(&path).unwrap()
        };
        write("select 1, 2");
        let first = write("select 1");
        let again = write("select 1");
        assert_eq!(first.modified().unwrap(), again.modified().unwrap());
        write("select 1, 2, 3");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_for_reading_is_replaced_in_its_place_unless_it_has_another_name() {
        use std::os::unix::fs::MetadataExt as _;

        let (_kept, folder) = folder();
        let (path, other) = (folder.join("a.sql"), folder.join("b.sql"));
        let write = |text: &str| {
            let world = DiskWorld::default();
            world.write_for_reading(&path, text.as_bytes()).unwrap();
            assert_eq!(fs_err::read_to_string(&path).unwrap(), text);
            fs_err::metadata(&path).unwrap().ino()
        };
        assert_eq!(write("select 1, 2"), write("select 1"));
        fs_err::hard_link(&path, &other).unwrap();
        write("select 2");
        assert_eq!(fs_err::read_to_string(&other).unwrap(), "select 1");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_for_reading_does_not_write_through_a_link() {
        let (_kept, folder) = folder();
        let (kept, link) = (folder.join("kept.sql"), folder.join("link.sql"));
        fs_err::write(&kept, "the user's").unwrap();
        std::os::unix::fs::symlink(&kept, &link).unwrap();
        DiskWorld::default()
            .write_for_reading(&link, b"select 1")
            .unwrap();
        assert_eq!(fs_err::read_to_string(&kept).unwrap(), "the user's");
        assert_eq!(fs_err::read_to_string(&link).unwrap(), "select 1");
    }
}
