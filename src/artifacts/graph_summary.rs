//! `graph_summary.json`: the graph's edges by number, without anything else.

use std::io;

use foldhash::HashMap;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::graph::Graph;
use crate::invocation::Invocation;
use crate::parse::UniqueId;

/// Writes the summary as JSON text.
pub fn graph_summary(
    out: &mut dyn io::Write,
    graph: &Graph,
    invocation: &Invocation,
) -> io::Result<()> {
    let summary = Summary {
        _invocation_id: &invocation.id,
        linked: Linked(graph),
    };
    Ok(serde_json::to_writer(out, &summary)?)
}

#[derive(Serialize)]
struct Summary<'a> {
    _invocation_id: &'a str,
    linked: Linked<'a>,
}

/// The resources by their numbers, which are their places in the graph.
struct Linked<'a>(&'a Graph);

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    r#type: &'a str,
    /// The numbers of those that read it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    succ: Vec<usize>,
}

impl Serialize for Linked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Graph {
            parents, children, ..
        } = self.0;
        let numbers: HashMap<&UniqueId, usize> = parents
            .keys()
            .enumerate()
            .map(|(number, id)| (id, number))
            .collect();
        let mut map = serializer.serialize_map(Some(parents.len()))?;
        for (number, id) in parents.keys().enumerate() {
            let readers = children.get(id).into_iter().flatten();
            let entry = Entry {
                name: id.as_str(),
                r#type: id.as_str().split('.').next().unwrap_or_default(),
                succ: readers
                    .filter_map(|reader| numbers.get(reader).copied())
                    .collect(),
            };
            map.serialize_entry(&number.to_string(), &entry)?;
        }
        map.end()
    }
}
