//! `docs serve`.

use clap::Args;

use crate::cli::commands::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::diagnostics::{Diagnostic, Severity};
use crate::docs;
use crate::event::Level;

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Port to listen on
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Open the page in a browser (the default)
    #[arg(long, overrides_with = "no_browser", hide = true)]
    browser: bool,
    /// Do not open a browser
    #[arg(long)]
    no_browser: bool,
}

/// Runs `docs serve`.
pub fn serve(cx: &CommandContext<'_>, args: &ServeArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "serve",
        ..CommandFlags::default()
    })?;
    let project = session.settle(crate::config::load_root_project(
        &session.invocation,
        &*session.world,
    ))?;
    let target = session.invocation.flags.target_path.clone();
    let target = target.unwrap_or_else(|| project.target_path.clone().into());
    let folder = session.invocation.project_dir.join(target);
    if !session.world.exists(&folder.join("index.html")) {
        return Err(Exit::failed(
            Diagnostic::error("no-docs", format!("there is no page in `{folder}`"))
                .hint("make it with `hcdbt docs generate`"),
        ));
    }
    let server = docs::serve::Server::bind(&args.host, args.port).map_err(|error| {
        Exit::failed(
            Diagnostic::error(
                "cannot-listen",
                format!("cannot listen on {}:{}: {error}", args.host, args.port),
            )
            .hint("another program may use the port; name another one with `--port`"),
        )
    })?;
    let url = server.url();
    session.say(
        Level::Info,
        "ServingDocs",
        "Z018",
        format!("Serving docs at {url}\nPress Ctrl+C to exit."),
    );
    if !args.no_browser && docs::serve::open_in_browser(&url).is_err() {
        session.report(&[Diagnostic {
            severity: Severity::Note,
            ..Diagnostic::note(
                "no-browser",
                format!("no browser could be started; open {url}"),
            )
        }]);
    }
    server.run(&*session.world, &folder);
    Ok(())
}
