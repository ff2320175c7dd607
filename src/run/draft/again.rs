//! Where the texts of SQL that has failed come from: the node is rendered once
//! more, and this time it is noted which piece of the template made what.

use std::ops::Range;
use std::sync::Arc;

use super::Places;
use crate::diagnostics::Label;
use crate::event::Silent;
use crate::files::Unwritten;
use crate::plan::Plan;
use crate::run::compile::{self, Compiled};
use crate::run::context::NodeState;
use crate::run::db::Db;
use crate::run::failure::Origins;
use crate::run::session::Session;
use crate::run::{Place, RunContext};

/// A compiled node, and the state that it was compiled in.
#[derive(Clone, Copy)]
pub struct Again<'a> {
    pub state: &'a Arc<NodeState>,
    pub compiled: &'a Compiled,
}

impl Origins for Again<'_> {
    fn of(&self, range: &Range<usize>) -> Vec<Label> {
        // A template that does something, or that took its time, is not asked
        // again for an error's sake.
        if !self.compiled.is_repeatable {
            return Vec::new();
        }
        self.find(range).unwrap_or_default()
    }
}

impl Again<'_> {
    fn find(&self, range: &Range<usize>) -> Option<Vec<Label>> {
        let state = self.quiet_state();
        let (code, own, ephemerals) = compile::draft(&state).ok()?;
        let mapped = compile::draft_mapped(&state).ok();
        let draft = super::Draft {
            code,
            own,
            ephemerals,
            asked: Vec::new(),
            looked_around: false,
        };
        state.db.release();
        if draft.code != self.compiled.code {
            return None;
        }
        let places = Places::new(state.session.graph(), &state.node, &draft, mapped);
        match places.find(range) {
            Place::Own(labels) => Some(labels),
            Place::Ephemeral(_) | Place::Compiled(_) => None,
        }
    }

    /// Makes a state like the node's that tells nobody what it does.
    fn quiet_state(&self) -> Arc<NodeState> {
        let session = &self.state.session;
        let cx = RunContext {
            world: Arc::new(Unwritten(Arc::clone(&session.cx.world))),
            events: Arc::new(Silent),
            ..session.cx.clone()
        };
        let db = Db::new(
            Arc::clone(&cx.adapter),
            Arc::new(Silent),
            Arc::clone(&cx.cancelled),
            true,
            80,
        );
        let plan = Plan {
            command: session.command(),
            steps: Vec::new(),
            selected: session.selected.clone(),
        };
        let mut state = NodeState::new(
            &Session::new(cx, &plan),
            &Arc::new(db),
            self.state.node.clone(),
        );
        state.extra.clone_from(&self.state.extra);
        state.batch.clone_from(&self.state.batch);
        state.fixtures.clone_from(&self.state.fixtures);
        Arc::new(state)
    }
}
