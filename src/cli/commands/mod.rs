//! One file a command: its arguments, whose comments are the help text, and a
//! function that calls the core.

pub mod attrition;
pub mod build;
pub mod check;
pub mod ci;
pub mod clean;
pub mod compile;
pub mod completions;
pub mod debug;
pub mod deps;
pub mod diff;
pub mod docs;
pub mod freshness;
pub mod history;
pub mod impact;
pub mod init;
pub mod lineage;
pub mod list;
pub mod lsp;
pub mod parse;
pub mod phi;
pub mod retry;
pub mod run_operation;
pub mod show;
pub mod synth;
pub mod valuesets;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::args::{Globals, SelectionArgs};
use super::exit::Exit;
use super::flags::{CommandFlags, Process};
use super::reports::Keeper;
use super::session::{ReadyProject, Session};
use crate::diagnostics::Diagnostic;
use crate::event::Level;
use crate::files::World;
use crate::graph::select::{Indirect, SelectionRequest};
use crate::parse::ResourceType;
use crate::plan::{Command, Request};

/// What every command is given.
pub struct CommandContext<'a> {
    pub process: &'a Process,
    /// The session that the command opened, for what is said at its end.
    pub session: Rc<RefCell<Option<Arc<Session>>>>,
    pub world: Arc<dyn World>,
    pub globals: &'a Globals,
    /// Keeps what is found for `--report`.
    pub keeper: Keeper,
}

impl CommandContext<'_> {
    /// Opens a session in the project's folder.
    pub fn open(&self, command: &CommandFlags) -> Result<Arc<Session>, Exit> {
        let world = Arc::clone(&self.world);
        let session = Session::open(self.process, world, self.globals, command)?;
        Ok(self.keep(session))
    }

    /// Opens a session in the project's folder or, where no folder was named
    /// and there is none, in the current one.
    pub fn open_anywhere(&self, command: &CommandFlags) -> Result<Arc<Session>, Exit> {
        let world = Arc::clone(&self.world);
        let session = Session::open_anywhere(self.process, world, self.globals, command)?;
        Ok(self.keep(session))
    }

    /// Opens a session in a folder that need hold no project.
    pub fn open_in(&self, dir: Utf8PathBuf, command: &CommandFlags) -> Result<Arc<Session>, Exit> {
        let world = Arc::clone(&self.world);
        let session = Session::in_folder(self.process, world, self.globals, command, dir)?;
        Ok(self.keep(session))
    }

    fn keep(&self, mut session: Session) -> Arc<Session> {
        session.keeper = self.keeper.clone();
        let session = Arc::new(session);
        *self.session.borrow_mut() = Some(Arc::clone(&session));
        session
    }
}

/// Reads the selection flags of a command.
pub fn request(
    session: &Session,
    ready: &ReadyProject,
    command: Command,
    args: &SelectionArgs,
) -> Result<Request, Exit> {
    let indirect = indirect(session)?;
    let select: Vec<String> = args.select.iter().chain(&args.models).cloned().collect();
    let is_free = select.is_empty() && args.exclude.is_empty();
    let name = match (&args.selector, ready.selectors.default_name()) {
        (Some(name), _) => Some(name.as_str()),
        (None, Some(name)) if is_free && ready.inline.is_none() => {
            let message = format!("Using default selector {name}");
            session.say(Level::Info, "DefaultSelector", "Q023", message);
            Some(name)
        }
        _ => None,
    };
    let spec = match name {
        Some(name) => {
            let spec = ready.selectors.require(name).map_err(Exit::failed)?;
            Some(spec.clone())
        }
        None => None,
    };
    Ok(Request {
        command,
        selection: SelectionRequest {
            select: (!select.is_empty()).then_some(select),
            exclude: args.exclude.clone(),
            indirect,
            spec,
            selectors: Arc::clone(&ready.selectors),
            state: ready.state.clone(),
        },
        resource_types: resource_types(session, command, args)?,
    })
}

/// Reads `--indirect-selection`.
pub fn indirect(session: &Session) -> Result<Indirect, Exit> {
    let flag = &session.invocation.flags.indirect_selection;
    Indirect::parse(flag).ok_or_else(|| {
        Exit::failed(
            Diagnostic::error(
                "invalid-flag",
                format!("`--indirect-selection` is `{flag}`, which is no mode"),
            )
            .hint("it is one of eager, cautious, buildable, empty"),
        )
    })
}

fn resource_types(
    session: &Session,
    command: Command,
    args: &SelectionArgs,
) -> Result<Vec<ResourceType>, Exit> {
    let flags = &session.invocation.flags;
    let all = command.default_resource_types();
    if command == Command::List && !args.models.is_empty() {
        let other = [
            ("select", !args.select.is_empty()),
            ("resource_type", !flags.resource_types.is_empty()),
        ];
        if let Some((other, _)) = other.iter().find(|(_, is_given)| *is_given) {
            return Err(Exit::failed(
                Diagnostic::error(
                    "invalid-flag",
                    format!("\"models\" and \"{other}\" are mutually exclusive arguments"),
                )
                .hint("use `--select` alone"),
            ));
        }
        return Ok(vec![ResourceType::Model]);
    }
    let read = |names: &[String]| -> Result<Vec<ResourceType>, Exit> {
        let mut types = Vec::new();
        for name in names {
            match name.as_str() {
                "all" => types.extend(all),
                "default" => types.extend(all.iter().filter(|t| **t != ResourceType::Analysis)),
                _ => {
                    let found = all.iter().find(|t| t.as_str() == name);
                    types.push(*found.ok_or_else(|| unknown_type(name, all))?);
                }
            }
        }
        Ok(types)
    };
    let included = read(&flags.resource_types)?;
    let is_whole = |name: &&String| matches!(name.as_str(), "all" | "default");
    if let Some(name) = flags.exclude_resource_types.iter().find(is_whole) {
        return Err(unknown_type(name, all));
    }
    let excluded = read(&flags.exclude_resource_types)?;
    let by_default = |t: &ResourceType| command != Command::List || *t != ResourceType::Analysis;
    Ok(all
        .iter()
        .filter(|t| {
            if included.is_empty() {
                by_default(t)
            } else {
                included.contains(t)
            }
        })
        .filter(|t| !excluded.contains(t))
        .copied()
        .collect())
}

fn unknown_type(name: &str, all: &[ResourceType]) -> Exit {
    let names: Vec<&str> = all.iter().map(|t| t.as_str()).collect();
    Exit::failed(
        Diagnostic::error(
            "invalid-flag",
            format!("`{name}` is no resource type of this command"),
        )
        .hint(format!("it is one of {}", names.join(", "))),
    )
}
