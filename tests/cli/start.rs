//! What the program's start costs.

/// The loader lists the libraries that a program needs, and ends, when this
/// variable is set.
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#[test]
fn the_library_of_duckdb_is_not_loaded_at_the_start() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_hcdbt"))
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .output()
        .expect("the program starts");
    let libraries = String::from_utf8_lossy(&output.stdout);
    assert!(libraries.contains("libc.so"), "{libraries}");
    // A function that the driver has come to need is not in the list of
    // `adapter/duckdb/library/linux.rs` when this fails.
    assert!(!libraries.contains("libduckdb"), "{libraries}");
}
