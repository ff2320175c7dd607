//! Checks that the asset of the docs page is what its sources give.

use std::fs;
use std::path::Path;

use crate::shell::{self, command, must, quietly};

const SOURCES: &str = "src/docs/ui";
const ASSET: &str = "src/docs/assets/page.html";

/// Builds the page's asset again, compares it with the committed one, and tries the page in
/// a browser. Without Node this is left out, except on the machine that tests changes, which
/// sets `CI`.
pub fn check(hcdbt: &Path) -> Result<(), String> {
    if let Err(why) = quietly(&mut command("npm", &["--version"])) {
        if std::env::var_os("CI").is_some() {
            return Err(format!("the docs page cannot be checked: {why}"));
        }
        println!("\nLeft out: the docs page was not built again ({why}).");
        return Ok(());
    }
    let sources = shell::root().join(SOURCES);
    if !has_packages(&sources) {
        must(command("npm", &["ci", "--ignore-scripts"]).current_dir(&sources))?;
    }
    let built = shell::target().join("page-check.html");
    must(
        command("npm", &["run", "--silent", "build"])
            .current_dir(&sources)
            .env("HCDBT_PAGE", &built),
    )?;
    let read = |path: &Path| {
        fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
    };
    if read(&built)? != read(&shell::root().join(ASSET))? {
        return Err(format!(
            "`{ASSET}` is not what `{SOURCES}` gives; run `npm run build` there and commit it"
        ));
    }
    must(
        command("npm", &["run", "--silent", "test"])
            .current_dir(&sources)
            .env("HCDBT", hcdbt),
    )
}

/// Whether the installed packages are those of the lock file: npm notes there what it
/// installed, and when.
fn has_packages(sources: &Path) -> bool {
    let changed = |path: &str| {
        fs::metadata(sources.join(path))
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    let installed = changed("node_modules/.package-lock.json");
    installed.is_some() && installed >= changed("package-lock.json")
}
