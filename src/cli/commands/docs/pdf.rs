//! `docs pdf`: an exposure's charts, or another place of the page, on paper.

use camino::Utf8PathBuf;
use clap::Args;

use crate::cli::commands::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::diagnostics::{Diagnostic, suggest};
use crate::docs::pdf;
use crate::event::Level;

#[derive(Debug, Args)]
pub struct PdfArgs {
    /// The exposure whose page is printed, by its name; the overview when none is named
    exposure: Option<String>,
    /// The file to write, relative to where the command runs
    #[arg(short, long, default_value = "docs.pdf")]
    output: Utf8PathBuf,
    /// The browser that prints: Chromium, Chrome or Edge
    #[arg(long)]
    browser: Option<String>,
}

/// Runs the command.
pub fn pdf(cx: &CommandContext<'_>, args: &PdfArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "docs",
        ..CommandFlags::default()
    })?;
    let project = session.load()?;
    let target = session.target_dir(&project);
    let page = target.join("index.html");
    if !session.world.exists(&page) {
        return Err(Exit::failed(
            Diagnostic::error("no-docs", format!("there is no page in `{target}`"))
                .hint("make it with `hcdbt docs generate`"),
        ));
    }
    let place = match &args.exposure {
        None => "#/".to_owned(),
        Some(name) => place_of(&session, &target, name)?,
    };
    let Some(browser) = pdf::find_browser(args.browser.as_deref()) else {
        return Err(Exit::failed(
            Diagnostic::error("no-browser", "no browser that can print was found")
                .hint("install Chromium, or name a browser with `--browser`"),
        ));
    };
    let output = session.invocation.current_dir.join(&args.output);
    let profile = target.join("hcdbt/browser");
    let printed = pdf::print(&browser, &page, &place, &output, &profile);
    // What the browser keeps for itself is of no use to anybody.
    let _ = session.world.remove(&profile);
    printed.map_err(|error| {
        let title = format!("`{browser}` could not print the page: {error}");
        Exit::failed(
            Diagnostic::error("cannot-print", title)
                .hint("open the page in a browser and print it there"),
        )
    })?;
    session.say(
        Level::Info,
        "DocsPrinted",
        "E044",
        format!("Printed to {output}"),
    );
    Ok(())
}

/// Finds an exposure's place in the page, by what the manifest beside it says.
fn place_of(
    session: &crate::cli::session::Session,
    target: &camino::Utf8Path,
    name: &str,
) -> Result<String, Exit> {
    let manifest = super::read_json(session, &target.join("manifest.json")).unwrap_or_default();
    let exposures = manifest["exposures"].as_object();
    let known: Vec<(&str, &str)> = exposures
        .into_iter()
        .flatten()
        .filter_map(|(id, exposure)| Some((id.as_str(), exposure["name"].as_str()?)))
        .collect();
    match known
        .iter()
        .find(|(id, known)| [*id, *known].contains(&name))
    {
        Some((id, _)) => Ok(format!("#/node/{id}")),
        None => {
            let title = format!("there is no exposure `{name}`");
            let diagnostic = Diagnostic::error("unknown-exposure", title);
            Err(Exit::failed(
                match suggest::nearest(name, known.iter().map(|(_, known)| *known)) {
                    Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
                    None => diagnostic,
                },
            ))
        }
    }
}
