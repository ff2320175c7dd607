//! Incremental models, which have two forms: one that makes the table, and one
//! that adds to it.

use std::sync::Arc;

use serde_json::Value;

use super::relations::quoted;
use super::{Item, State, Twin};
use crate::check::asked::is_answered_here;
use crate::check::catalog::Known;
use crate::check::verdict::{self, Judged};
use crate::check::{Basis, errors};
use crate::diagnostics::Diagnostic;
use crate::parse::{Language, Node, ResourceType};
use crate::sql::Schema;

fn is_incremental(node: &Node) -> bool {
    node.resource_type == ResourceType::Model
        && node.language == Language::Sql
        && node.config.materialized() == "incremental"
}

/// Something of an incremental model's config that names columns of the model.
struct Named<'n> {
    key: &'static str,
    text: &'n str,
    /// What the statement that adds rows calls the model's table, and the new
    /// rows.
    aliases: &'static [&'static str],
}

/// Returns what an incremental model's config says of its own columns, for the
/// strategies that are dbt's.
fn named_columns(node: &Node) -> Vec<Named<'_>> {
    let texts = |key: &str| match node.config.get(key) {
        Some(Value::String(text)) => vec![text.as_str()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let merge: &[&str] = &["DBT_INTERNAL_DEST", "DBT_INTERNAL_SOURCE"];
    let keys: &[(&'static str, &[&'static str])] = match node.config.str("incremental_strategy") {
        None | Some("delete+insert") => &[("unique_key", &[]), ("incremental_predicates", &[])],
        Some("merge") => &[
            ("unique_key", &[]),
            ("merge_update_columns", &[]),
            ("incremental_predicates", merge),
        ],
        Some("microbatch") => &[("event_time", &[])],
        Some(_) => &[],
    };
    let is_used = |key: &str| key != "incremental_predicates" || !texts("unique_key").is_empty();
    let keys = keys.iter().filter(|(key, _)| is_used(key));
    let named = keys.flat_map(|(key, aliases)| {
        texts(key)
            .into_iter()
            .map(|text| Named { key, text, aliases })
    });
    let is_plain = |text: &str| !text.trim().is_empty() && !text.contains("{{");
    named.filter(|named| is_plain(named.text)).collect()
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

    /// Looks for columns that an incremental model's config names and the model
    /// does not have: rows cannot be added with them.
    pub fn check_config_columns(&mut self, bound: &[Item<'a>]) {
        for item in bound.iter().filter(|item| is_incremental(item.node)) {
            let node = item.node;
            let is_added_to = self.request.basis == Basis::Project || self.existing(node).is_some();
            let named = named_columns(node);
            let is_known = matches!(self.states.get(&node.unique_id), Some(State::Known(_)));
            if !is_added_to || named.is_empty() || !is_known {
                continue;
            }
            self.make_relations(std::slice::from_ref(&node.unique_id));
            let Some(relation) = self.relation(node) else {
                continue;
            };
            let relation = quoted(&relation);
            let wrong = named.into_iter().filter_map(|named| {
                let Named { key, text, aliases } = named;
                let tables = match aliases {
                    [] => relation.clone(),
                    aliases => {
                        let tables = aliases.iter().map(|alias| format!("{relation} as {alias}"));
                        tables.collect::<Vec<_>>().join(", ")
                    }
                };
                let query = format!("select ({text}) from {tables}");
                let error = self.desk().describe(&query).err()?;
                let is_table = error.message.contains("Referenced table");
                if !is_table && !errors::is_of_names(&error) {
                    return None;
                }
                let title = match key {
                    "incremental_predicates" => {
                        let message = error.message.lines().next().unwrap_or_default();
                        let message = message.trim_end_matches('!');
                        format!("model `{}`: `{key}`: {message}", node.name)
                    }
                    _ => {
                        let name = &node.name;
                        format!("model `{name}` has no column `{text}`, which is its `{key}`")
                    }
                };
                let found = Diagnostic::error("unknown-column", title);
                let found = errors::at_word(found, node, text);
                Some(errors::with_hint(found, &error))
            });
            let wrong: Vec<Diagnostic> = wrong.collect();
            if !wrong.is_empty() {
                // What it gives is known nevertheless.
                self.report(node, wrong);
                self.again.does_not_last(node);
            }
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
