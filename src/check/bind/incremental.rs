//! Incremental models, which have two forms: one that makes the table, and one
//! that adds to it.

use std::sync::Arc;

use super::{Item, State, Twin};
use crate::check::Basis;
use crate::check::asked::is_answered_here;
use crate::check::catalog::Known;
use crate::check::verdict::{self, Judged};
use crate::parse::{Language, Node, ResourceType};
use crate::sql::Schema;

fn is_incremental(node: &Node) -> bool {
    node.resource_type == ResourceType::Model
        && node.language == Language::Sql
        && node.config.materialized() == "incremental"
}

impl<'a> Twin<'a> {
    /// Returns the table that a run of an incremental model would add to.
    pub(super) fn existing(&self, node: &Node) -> Option<Arc<Schema>> {
        let flags = &self.drafts.cx().invocation.flags;
        let is_refreshed = node
            .config
            .bool("full_refresh")
            .unwrap_or(flags.full_refresh);
        if self.request.basis != Basis::Database || !is_incremental(node) || is_refreshed {
            return None;
        }
        match self.catalog.get(&self.drafts.relation(node)) {
            Known::There(schema) => Some(schema),
            Known::Absent | Known::Unknown => None,
        }
    }

    /// Puts the table into the twin that a run is going to add to, so that the
    /// model is rendered in the form that the run uses.
    pub fn take_existing(&mut self, node: &Node) {
        if let Some(schema) = self.existing(node)
            && let Some(relation) = self.relation(node)
        {
            self.make_other(&relation, &schema);
            self.drafts.add_relation(&relation);
        }
    }

    /// Says what the table of an incremental model looks like after the run,
    /// when it is there before: new columns may be added or not.
    pub fn after_adding(&self, node: &Node, state: State) -> State {
        let Some(existing) = self.existing(node) else {
            return state;
        };
        match node.config.str("on_schema_change").unwrap_or("ignore") {
            "ignore" | "fail" => State::Known(existing),
            _ => State::Unknown,
        }
    }

    /// Binds the form of incremental models that adds to the table.
    pub fn bind_incremental_forms(&mut self, bound: &[Item<'a>]) {
        if self.request.basis != Basis::Project {
            return;
        }
        for item in bound.iter().filter(|item| is_incremental(item.node)) {
            let node = item.node;
            let (Ok(draft), asked) = self.drafts.draft(self.desk(), &node.unique_id) else {
                self.again.does_not_last(node);
                continue;
            };
            if draft.looked_around || !asked.is_empty() {
                self.again.does_not_last(node);
            }
            if draft.code == item.draft.code || !asked.iter().all(|sql| is_answered_here(sql)) {
                continue;
            }
            self.make_relations(&self.reads(node));
            self.make_relations(std::slice::from_ref(&node.unique_id));
            let form = self.item(node, draft);
            let Err(error) = self.desk().describe(&form.query) else {
                continue;
            };
            if let Judged::Wrong(found) = verdict::judge(self, &form, error) {
                self.report(node, found);
                self.states.insert(node.unique_id.clone(), State::Broken);
            }
        }
    }
}
