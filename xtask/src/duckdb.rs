//! Puts DuckDB's official library into `.duckdb/`, where `.cargo/config.toml`
//! and `build.rs` look for it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::digest;
use crate::pins::{self, DUCKDB_VERSION, NPM_VERSION, Pin};
use crate::shell;
use crate::sources;

/// Puts the library in place, from wherever it can be had. Does nothing when
/// the right one is there.
pub fn put_in_place() -> Result<(), String> {
    let pin = pins::for_this_machine()?;
    let folder = shell::root().join(".duckdb");
    let place = folder.join(pin.library);
    if is_stamped(&place, pin) {
        eprintln!("DuckDB {DUCKDB_VERSION} is in place: `{}`", place.display());
        return Ok(());
    }
    fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make `{}`: {error}", folder.display()))?;
    if place.exists() {
        match digest::check(&place, pin.library_sha256) {
            Ok(()) => {
                stamp(&place, pin)?;
                eprintln!("DuckDB {DUCKDB_VERSION} is in place: `{}`", place.display());
                return Ok(());
            }
            Err(why) => eprintln!("replacing a library: {why}"),
        }
    }
    let from = obtain(pin, &folder)?;
    install(&from, &place, pin)?;
    eprintln!(
        "DuckDB {DUCKDB_VERSION} put in place: `{}`",
        place.display()
    );
    Ok(())
}

/// Finds or fetches a library with the pinned digest.
fn obtain(pin: &Pin, folder: &Path) -> Result<PathBuf, String> {
    if let Some(dir) = given_folder(folder) {
        let file = dir.join(pin.library);
        return match digest::check(&file, pin.library_sha256) {
            Ok(()) => {
                eprintln!("taking DuckDB from `DUCKDB_LIB_DIR`: `{}`", file.display());
                Ok(file)
            }
            // Whoever names a folder wants that one: another must not be
            // taken in silence, all the more as cargo would link to the
            // named one.
            Err(why) => Err(format!(
                "`DUCKDB_LIB_DIR` does not hold DuckDB {DUCKDB_VERSION} as pinned: {why}\n\
                 Name a folder that does, or unset `DUCKDB_LIB_DIR` to have the library fetched."
            )),
        };
    }

    let cached = shell::cache().map(|cache| {
        let folder = cache.join("duckdb").join(NPM_VERSION).join(pin.npm);
        folder.join(pin.library)
    });
    if let Some(file) = cached.as_deref().filter(|file| file.exists()) {
        match digest::check(file, pin.library_sha256) {
            Ok(()) => {
                eprintln!("taking DuckDB from the cache: `{}`", file.display());
                return Ok(file.to_owned());
            }
            Err(why) => eprintln!("leaving the cache aside: {why}"),
        }
    }

    let scratch = folder.join(format!("fetching-{}", std::process::id()));
    let mut reasons = Vec::new();
    for source in sources::ALL {
        eprintln!("fetching DuckDB {DUCKDB_VERSION} with {} ...", source.name);
        let _ = fs::remove_dir_all(&scratch);
        fs::create_dir_all(&scratch)
            .map_err(|error| format!("cannot make `{}`: {error}", scratch.display()))?;
        let fetched = (source.fetch)(pin, &scratch).and_then(|file| {
            digest::check(&file, pin.library_sha256)?;
            Ok(file)
        });
        match fetched {
            Ok(file) => {
                let kept = keep(&file, cached.as_deref(), folder, pin);
                let _ = fs::remove_dir_all(&scratch);
                return kept;
            }
            Err(why) => {
                eprintln!("  that did not work: {why}");
                reasons.push(format!("  {}: {why}", source.name));
            }
        }
    }
    let _ = fs::remove_dir_all(&scratch);
    Err(format!(
        "DuckDB's library could not be fetched:\n{}\n\
         Install npm or pip and try again, or put `{}` of DuckDB {DUCKDB_VERSION} (sha256 {}) \
         into a folder and name the folder in `DUCKDB_LIB_DIR`.",
        reasons.join("\n"),
        pin.library,
        pin.library_sha256
    ))
}

/// Returns `DUCKDB_LIB_DIR` when the user set it. Cargo sets it for everything
/// it runs, to our own folder, which does not count.
fn given_folder(ours: &Path) -> Option<PathBuf> {
    let dir = PathBuf::from(std::env::var_os("DUCKDB_LIB_DIR")?);
    let same = |a: &Path, b: &Path| {
        a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
    };
    (!same(&dir, ours)).then_some(dir)
}

/// Saves a fetched library from the scratch folder, in the cache when there
/// is one.
fn keep(file: &Path, cached: Option<&Path>, folder: &Path, pin: &Pin) -> Result<PathBuf, String> {
    if let Some(cached) = cached {
        match install(file, cached, pin) {
            Ok(()) => return Ok(cached.to_owned()),
            Err(why) => eprintln!("not cached: {why}"),
        }
    }
    let place = folder.join(pin.library);
    install(file, &place, pin)?;
    Ok(place)
}

/// Copies a checked library under its final name, all at once, so that
/// neither an interrupted copy nor two at a time leave half a file.
fn install(from: &Path, to: &Path, pin: &Pin) -> Result<(), String> {
    if from == to {
        return stamp(to, pin);
    }
    let failed = |error: std::io::Error| format!("cannot write `{}`: {error}", to.display());
    let parent = to.parent().expect("a library lies in a folder");
    fs::create_dir_all(parent).map_err(failed)?;
    let temporary = parent.join(format!("{}.{}", pin.library, std::process::id()));
    fs::copy(from, &temporary).map_err(failed)?;
    fs::rename(&temporary, to).map_err(failed)?;
    stamp(to, pin)
}

/// Notes beside a library that its digest was checked. The library's size and
/// time are in the note, so that a changed file is checked again; checking
/// 70 MB takes seconds in an unoptimized build, and every chore begins here.
fn stamp(library: &Path, pin: &Pin) -> Result<(), String> {
    let note = note(library, pin).ok_or_else(|| format!("`{}` vanished", library.display()))?;
    let path = stamp_path(library);
    fs::write(&path, note).map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}

fn is_stamped(library: &Path, pin: &Pin) -> bool {
    let noted = fs::read_to_string(stamp_path(library)).ok();
    noted.is_some() && noted == note(library, pin)
}

fn note(library: &Path, pin: &Pin) -> Option<String> {
    let meta = fs::metadata(library).ok()?;
    let since = meta.modified().ok()?.duration_since(std::time::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    Some(format!("{} {} {nanos}\n", pin.library_sha256, meta.len()))
}

fn stamp_path(library: &Path) -> PathBuf {
    library.with_extension("sha256")
}
