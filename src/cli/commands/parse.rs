//! `parse`: reads the project and writes the manifest.

use super::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::{ReadyProject, Session};
use crate::parse::{CompiledNode, IdMap};

/// Runs the command.
pub fn run(cx: &CommandContext<'_>) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "parse",
        ..CommandFlags::default()
    })?;
    session.greet()?;
    let ready = session.read()?;
    write_manifest(&session, &ready, &IdMap::default())?;
    ready.leave();
    Ok(())
}

/// Writes `manifest.json` and `semantic_manifest.json`, unless the user said not to.
pub fn write_manifest(
    session: &Session,
    ready: &ReadyProject,
    compiled: &IdMap<CompiledNode>,
) -> Result<(), Exit> {
    if !session.invocation.flags.write_json {
        return Ok(());
    }
    let path = session.target_dir(&ready.project).join("manifest.json");
    session.write_with(&path, &mut |out| {
        write_manifest_to(out, session, ready, compiled)
    })?;
    let path = path.with_file_name("semantic_manifest.json");
    session.write_with(&path, &mut |out| {
        let semantic = crate::artifacts::semantic_manifest(&ready.graph);
        serde_json::to_writer(out, &semantic).map_err(std::io::Error::other)
    })
}

fn write_manifest_to(
    out: &mut (dyn std::io::Write + Send),
    session: &Session,
    ready: &ReadyProject,
    compiled: &IdMap<CompiledNode>,
) -> std::io::Result<()> {
    crate::artifacts::manifest(
        out,
        &ready.graph,
        compiled,
        &facts(ready),
        &session.invocation,
        session.world.now(),
    )
}

/// What the manifest says of the project besides its resources.
pub fn facts(ready: &ReadyProject) -> crate::artifacts::ManifestFacts<'_> {
    crate::artifacts::ManifestFacts {
        adapter_type: &ready.project.profile.adapter_type,
        quoting: ready.project.root().project.quoting.to_manifest(),
        selectors: crate::graph::select::selectors_in_manifest(
            ready.project.root().project.selectors.as_ref(),
        ),
    }
}
