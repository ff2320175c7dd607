//! Where in the user's files a place of a draft comes from.

use std::ops::Range;
use std::sync::Arc;

use super::{Desk, Draft, Drafts};
use crate::diagnostics::{Label, SourceFile};
use crate::graph::Graph;
use crate::jinja::{Origin, SourceMap};
use crate::parse::{Node, UniqueId};
use crate::run::compile;
use crate::run::failure;

/// Where the texts of a node's SQL come from.
pub struct Places<'a> {
    graph: &'a Graph,
    node: &'a Node,
    draft: &'a Draft,
    map: Option<SourceMap>,
}

/// What a place of a draft belongs to.
pub enum Place {
    /// The node's own file; the place to mend comes first.
    Own(Vec<Label>),
    /// An ephemeral model that was put into the SQL.
    Ephemeral(UniqueId),
    /// The SQL itself, since what made it has no place in a file.
    Compiled(Label),
}

impl Drafts {
    /// Makes ready to tell where the texts of a draft come from: the node is
    /// rendered once more.
    pub fn places<'a>(&'a self, desk: &Desk, node: &'a Node, draft: &'a Draft) -> Places<'a> {
        let map = self.state(desk, &node.unique_id).ok();
        let map = map.and_then(|state| compile::draft_mapped(&state).ok());
        desk.end();
        Places::new(&self.cx().graph, node, draft, map)
    }
}

impl<'a> Places<'a> {
    /// `mapped` is the text that rendering the node once more has given, with
    /// where it comes from.
    pub fn new(
        graph: &'a Graph,
        node: &'a Node,
        draft: &'a Draft,
        mapped: Option<(String, SourceMap)>,
    ) -> Self {
        Self {
            graph,
            node,
            draft,
            // What gives another text the second time cannot be told apart.
            map: mapped
                .filter(|(text, _)| **text == *draft.own)
                .map(|(_, map)| map),
        }
    }

    /// Finds the place that a range of the draft's code comes from.
    pub fn find(&self, range: &Range<usize>) -> Place {
        let own = match self.in_own(range) {
            Ok(own) => own,
            Err(ephemeral) => return Place::Ephemeral(ephemeral),
        };
        let origins = self.map.as_ref().map(|map| map.origins(&own));
        let labels = origins.map(|origins| self.labels(&origins));
        match labels {
            Some(labels) if !labels.is_empty() => Place::Own(labels),
            _ => {
                let path = format!("compiled SQL of {}", self.node.name);
                Place::Compiled(Label {
                    file: SourceFile::new(path, &*self.draft.code),
                    range: range.clone(),
                    message: "in the compiled SQL".into(),
                })
            }
        }
    }

    /// Turns a range of the code into one of the node's own SQL, or says which
    /// ephemeral model it lies in.
    fn in_own(&self, range: &Range<usize>) -> Result<Range<usize>, UniqueId> {
        let (code, own) = (self.draft.code.as_bytes(), self.draft.own.as_bytes());
        let Some(added) = code.len().checked_sub(own.len()).filter(|added| *added > 0) else {
            return Ok(range.clone());
        };
        let same = |a: (&u8, &u8)| a.0 == a.1;
        let after = code
            .iter()
            .rev()
            .zip(own.iter().rev())
            .take_while(|p| same(*p))
            .count();
        if range.start >= code.len() - after {
            return Ok(range.start - added..range.end - added);
        }
        let before = code.iter().zip(own).take_while(|pair| same(*pair)).count();
        if range.end <= before {
            return Ok(range.clone());
        }
        let nodes = &self.graph.project.nodes;
        let inside = self.draft.ephemerals.iter().rev().find(|id| {
            let name = nodes.get(*id).map(|node| node.alias.as_str());
            let begins = name.and_then(|name| {
                let mark = format!(" __dbt__cte__{name} as (");
                self.draft.code.find(&mark)
            });
            begins.is_some_and(|begins| begins <= range.start)
        });
        match inside {
            Some(id) => Err(id.clone()),
            None => Ok(range.clone()),
        }
    }

    fn labels(&self, origins: &[Origin]) -> Vec<Label> {
        let Some((first, macros)) = origins.split_first() else {
            return Vec::new();
        };
        let rendered = compile::rendered(self.node);
        let mut labels: Vec<Label> = Vec::new();
        if let Some(range) = failure::own_range(rendered, &first.range) {
            labels.push(Label {
                file: Arc::clone(&self.node.file),
                range,
                message: if first.is_verbatim {
                    "here"
                } else {
                    "made here"
                }
                .into(),
            });
        }
        // What dbt's own macros look like helps nobody who has no file of them.
        let is_shipped = |path: &str| path.starts_with("dbt/") || path.starts_with("dbt_duckdb/");
        if let Some(inner) = macros.last()
            && !is_shipped(&inner.path)
            && let Some(file) = failure::file(self.graph, &inner.path)
            && inner.range.end <= file.text.len()
            && !labels.is_empty()
        {
            labels.push(Label {
                file,
                range: inner.range.clone(),
                message: "in the macro".into(),
            });
        }
        labels
    }
}
