//! Replaces a whole folder at once.

use std::io;

use camino::Utf8Path;
use walkdir::WalkDir;

/// See [`World::replace_folder`](super::World::replace_folder).
pub fn replace_folder(new: &Utf8Path, old: &Utf8Path, keep: bool) -> io::Result<()> {
    if !old.exists() {
        return fs_err::rename(new, old);
    }
    // What a link leads to is replaced, not the link.
    let old = &old.canonicalize_utf8()?;
    if keep {
        link_files(old, new)?;
    }
    exchange(new, old)?;
    fs_err::remove_dir_all(new)
}

/// Links the files of one folder into another that lacks them.
fn link_files(from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry.map_err(io::Error::from)?;
        let Some(path) = Utf8Path::from_path(entry.path()) else {
            let text = format!("`{}` is not UTF-8", entry.path().display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        };
        let Ok(below) = path.strip_prefix(from) else {
            continue;
        };
        let target = to.join(below);
        if entry.file_type().is_dir() {
            fs_err::create_dir_all(&target)?;
        } else if fs_err::symlink_metadata(&target).is_err() {
            // Not every file system has links.
            if fs_err::hard_link(path, &target).is_err() {
                fs_err::copy(path, &target)?;
            }
        }
    }
    Ok(())
}

/// Exchanges two folders: in one step where the system can, else in three.
fn exchange(a: &Utf8Path, b: &Utf8Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(
            CWD,
            a.as_std_path(),
            CWD,
            b.as_std_path(),
            RenameFlags::EXCHANGE,
        )
        .is_ok()
        {
            return Ok(());
        }
    }
    let aside = Utf8Path::new(a.as_str().trim_end_matches('/')).with_added_extension("old");
    fs_err::rename(b, &aside)?;
    fs_err::rename(a, b)?;
    fs_err::rename(&aside, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keep: bool, expected: &[(&str, &str)]) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for (path, text) in [
            ("out/part=1/a", "old 1"),
            ("out/part=2/a", "old 2"),
            ("new/part=2/a", "new 2"),
        ] {
            let path = root.join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        replace_folder(&root.join("new"), &root.join("out"), keep).unwrap();
        let found: Vec<(String, String)> = WalkDir::new(root)
            .sort_by_file_name()
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = Utf8Path::from_path(entry.path()).unwrap();
                let below = path.strip_prefix(root).unwrap().to_string();
                (below, fs_err::read_to_string(path).unwrap())
            })
            .collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_folder_is_replaced_whole() {
        check(false, &[("out/part=2/a", "new 2")]);
    }

    #[test]
    fn old_files_without_a_new_namesake_can_stay() {
        check(
            true,
            &[("out/part=1/a", "old 1"), ("out/part=2/a", "new 2")],
        );
    }
}
