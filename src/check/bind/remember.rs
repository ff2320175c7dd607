//! SQL that was bound before, with what it reads as it was.

use std::sync::Arc;

use super::{Item, State, Twin};
use crate::check::memory::{key, schema_key};
use crate::check::verdict::reads_outside;
use crate::sql::Schema;

impl<'a> Twin<'a> {
    /// Settles the nodes that are known from before, and returns them and the
    /// others.
    pub fn remembered(&mut self, items: Vec<Item<'a>>) -> (Vec<Item<'a>>, Vec<Item<'a>>) {
        let Some(memory) = self.request.memory.clone() else {
            return (Vec::new(), items);
        };
        let (mut known, mut others) = (Vec::new(), Vec::new());
        for item in items {
            let id = &item.node.unique_id;
            let schema = self.key_of(&item).and_then(|key| memory.get(id, &key));
            match schema {
                Some(schema) => {
                    self.count(item.node);
                    if item.depends_on_reads_alone() {
                        self.again.lasts(item.node);
                    }
                    self.settle(item.node, State::Known(Arc::new(schema)));
                    known.push(item);
                }
                None => others.push(item),
            }
        }
        (known, others)
    }

    /// Takes note of what a node gives.
    pub fn remember(&self, item: &Item<'_>, schema: &Schema) {
        if let Some(memory) = &self.request.memory
            && let Some(key) = self.key_of(item)
        {
            memory.set(&item.node.unique_id, key, schema);
        }
    }

    /// Returns what a node's columns depend on. None where that is more than its
    /// SQL and what the SQL reads.
    fn key_of(&self, item: &Item<'_>) -> Option<String> {
        let node = item.node;
        if !item.draft.asked.is_empty() || reads_outside(&item.query) || item.reads_unnamed {
            return None;
        }
        // The relation has other columns than the query.
        if self.existing(node).is_some()
            || self.environment.altered.contains(&node.unique_id)
            || node.config.materialized() == "external"
        {
            return None;
        }
        let mut texts = vec![
            item.query.clone(),
            node.config.materialized().to_owned(),
            self.environment.statements.join(";"),
        ];
        if let Some(contract) = node.config.get("contract") {
            texts.push(contract.to_string());
            texts.extend(node.columns.values().map(|column| {
                let data_type = column.data_type.as_deref().unwrap_or_default();
                format!("{} {data_type}", column.name)
            }));
        }
        let mut reads = self.reads(node);
        reads.sort_unstable();
        for id in reads {
            let Some(State::Known(schema)) = self.states.get(&id) else {
                return None;
            };
            texts.push(id.as_str().to_owned());
            texts.push(schema_key(schema));
        }
        Some(key(texts.iter().map(String::as_str)))
    }
}
