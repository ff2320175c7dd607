//! DuckDB's library, loaded when a database is opened for the first time.
//!
//! Linked in the usual way it would be loaded at every start, and binding its
//! forty thousand symbols takes the loader ten times as long as all that
//! `--version` does. So the functions that the driver calls stand here, each
//! a jump through a table, which [`load`] fills. The linker leaves a library
//! out that nothing is needed from; a function that is not in the list is
//! found in the library all the same, which then is loaded at the start again.
//!
//! On systems where nobody has tried this the library is linked as usual.

use crate::adapter::AdapterError;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod linux;

/// Makes sure that the library is there. Nothing of the driver may be called
/// before.
///
/// # Errors
///
/// The library cannot be found, or is of another version.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub fn load() -> Result<(), AdapterError> {
    linux::load().map_err(|error| {
        let text = format!(
            "DuckDB's library could not be loaded: {error}\n`libduckdb.so` of DuckDB {} belongs \
             beside the program",
            super::DUCKDB_VERSION
        );
        AdapterError::new(crate::adapter::ErrorKind::Connection, text)
    })
}

/// The same where the library is loaded with the program.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub fn load() -> Result<(), AdapterError> {
    Ok(())
}
