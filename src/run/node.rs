//! A node that is being worked on, wherever it comes from.

use std::ops::Deref;
use std::sync::Arc;

use crate::graph::Graph;
use crate::parse::{Node, UniqueId};

/// A node of the graph, or one that exists for this run alone, as the SQL of
/// a unit test does. It outlives the borrow of the graph, since templates
/// keep what they are given.
#[derive(Debug, Clone)]
pub enum NodeHandle {
    InGraph { graph: Arc<Graph>, index: usize },
    Own(Arc<Node>),
}

impl NodeHandle {
    /// Takes a node of the graph.
    pub fn find(graph: &Arc<Graph>, id: &UniqueId) -> Option<Self> {
        let index = graph.project.nodes.get_index_of(id)?;
        Some(Self::InGraph {
            graph: Arc::clone(graph),
            index,
        })
    }
}

impl Deref for NodeHandle {
    type Target = Node;

    fn deref(&self) -> &Node {
        match self {
            Self::InGraph { graph, index } => &graph.project.nodes[*index],
            Self::Own(node) => node,
        }
    }
}
