//! The packages that come with the binary: `dbt` and `dbt_duckdb`.
//!
//! They hold macros under dbt's public names, so that projects and packages
//! override them as they do in dbt. Debug builds read them from disk.

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "src/jinja/macros"]
struct Macros;

/// A file of a built-in package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltinFile {
    /// `macros/etc/statement.sql`.
    pub path: String,
    pub text: String,
}

/// Names the built-in packages that serve a database, the more specific first.
pub fn packages(adapter_type: &str) -> &'static [&'static str] {
    match adapter_type {
        "duckdb" => &["dbt_duckdb", "dbt"],
        _ => &["dbt"],
    }
}

/// Tells whether a package comes with the binary.
pub fn is_builtin(package: &str) -> bool {
    matches!(package, "dbt" | "dbt_duckdb")
}

/// Returns the files of a built-in package, in path order.
pub fn files(package: &str) -> Vec<BuiltinFile> {
    let prefix = format!("{package}/");
    let mut files: Vec<BuiltinFile> = Macros::iter()
        .filter_map(|path| {
            let below = path.strip_prefix(&prefix)?.to_owned();
            let file = Macros::get(&path)?;
            Some(BuiltinFile {
                path: below,
                text: String::from_utf8_lossy(&file.data).into_owned(),
            })
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
