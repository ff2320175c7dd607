//! Lets the program find DuckDB's library at run time: beside itself, or in
//! the folder it was linked from, so that `cargo run`, `cargo test` and the
//! bare binary all work without setting a search path.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=DUCKDB_LIB_DIR");
    let target = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let (library, beside) = match target.as_str() {
        "macos" => ("libduckdb.dylib", "@loader_path"),
        "windows" => ("duckdb.lib", ""),
        _ => ("libduckdb.so", "$ORIGIN"),
    };
    // `.cargo/config.toml` sets the variable unless the user does.
    let folder = PathBuf::from(env::var_os("DUCKDB_LIB_DIR").unwrap_or_else(|| ".duckdb".into()));
    let file = folder.join(library);
    // Without this, a missing library would show only at link time, minutes
    // later and in the linker's words.
    if !file.exists() {
        println!(
            "cargo::error=DuckDB's library is missing: `{}`. Run `cargo xtask duckdb`, which puts it there.",
            file.display()
        );
        return;
    }
    println!("cargo::rerun-if-changed={}", file.display());
    if target != "windows" {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{beside}");
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}
