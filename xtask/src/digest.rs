//! SHA-256 of files.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Returns a file's digest in lower-case hexadecimal.
pub fn sha256(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot read `{}`: {error}", path.display());
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        for nibble in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(u32::from(nibble), 16).expect("a nibble is a hex digit"));
        }
    }
    Ok(hex)
}

/// Checks a file against its pinned digest.
pub fn check(path: &Path, pinned: &str) -> Result<(), String> {
    let found = sha256(path)?;
    if found == pinned {
        return Ok(());
    }
    Err(format!(
        "`{}` is not the pinned one: its sha256 is {found}, not {pinned}",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_refused() {
        let path = std::env::temp_dir().join(format!("xtask-digest-{}", std::process::id()));
        std::fs::write(&path, "abc").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&path).unwrap(), abc);
        assert_eq!(check(&path, abc), Ok(()));
        std::fs::write(&path, "abd").unwrap();
        assert!(
            check(&path, abc)
                .unwrap_err()
                .contains("not the pinned one")
        );
        std::fs::remove_file(&path).unwrap();
    }
}
