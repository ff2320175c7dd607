//! What checks have found before, as the target folder keeps it.

use std::cell::OnceCell;
use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::check::Memory;
use crate::cli::exit::Exit;
use crate::cli::session::{ReadyProject, Session};

/// Where it is kept, below a target folder.
pub const PATH: &str = "hcdbt/schemas.json";

/// What was found before, read when it is first asked for. All that a command
/// checks shares it.
pub struct KnownSchemas<'a> {
    session: &'a Session,
    ready: &'a ReadyProject,
    memory: OnceCell<Arc<Memory>>,
}

impl<'a> KnownSchemas<'a> {
    pub fn new(session: &'a Session, ready: &'a ReadyProject) -> Self {
        Self::sharing(session, ready, None)
    }

    /// The same for a command that has read it before.
    pub fn sharing(
        session: &'a Session,
        ready: &'a ReadyProject,
        memory: Option<Arc<Memory>>,
    ) -> Self {
        Self {
            session,
            ready,
            memory: memory.map_or_else(OnceCell::new, OnceCell::from),
        }
    }

    fn path(&self) -> Utf8PathBuf {
        self.session.target_dir(&self.ready.project).join(PATH)
    }

    /// Returns what was found before, to be added to.
    pub fn memory(&self) -> &Arc<Memory> {
        self.memory.get_or_init(|| {
            let text = self.session.world.read(&self.path()).unwrap_or_default();
            Arc::new(Memory::from_json(&text))
        })
    }

    /// Writes it for the next command, unless nobody has asked for it or nothing
    /// new was found.
    pub fn keep(&self) -> Result<(), Exit> {
        match self.memory.get() {
            Some(memory) if memory.is_new() && self.session.invocation.flags.write_json => self
                .session
                .write(&self.path(), memory.to_json().as_bytes()),
            _ => Ok(()),
        }
    }
}
