//! Decides each node's column, and which nodes belong together.

use super::vertex;

/// The edges of the graph, both ways, without duplicates, loops and cycles.
pub(super) struct Adjacency {
    parents: Vec<Vec<u32>>,
    children: Vec<Vec<u32>>,
    /// Every node after all the nodes it depends on.
    topological: Vec<u32>,
}

impl Adjacency {
    pub(super) fn new(node_count: usize, edges: &[(u32, u32)]) -> Self {
        let mut edges: Vec<(u32, u32)> = edges
            .iter()
            .copied()
            .filter(|&(a, b)| a != b && (a as usize) < node_count && (b as usize) < node_count)
            .collect();
        edges.sort_unstable();
        edges.dedup();

        let mut children = vec![Vec::new(); node_count];
        let mut waiting_for = vec![0usize; node_count];
        for &(from, to) in &edges {
            children[from as usize].push(to);
            waiting_for[to as usize] += 1;
        }

        // A project's graph has no cycles; an artifact from elsewhere might, and
        // then the node that comes first goes first.
        let mut position = vec![usize::MAX; node_count];
        let mut topological = Vec::with_capacity(node_count);
        let mut ready = std::collections::VecDeque::new();
        for start in [true, false] {
            for node in 0..node_count {
                if position[node] == usize::MAX && (!start || waiting_for[node] == 0) {
                    position[node] = topological.len();
                    topological.push(vertex(node));
                    ready.push_back(node);
                }
                while let Some(done) = ready.pop_front() {
                    for &child in &children[done] {
                        let child = child as usize;
                        waiting_for[child] = waiting_for[child].saturating_sub(1);
                        if waiting_for[child] == 0 && position[child] == usize::MAX {
                            position[child] = topological.len();
                            topological.push(vertex(child));
                            ready.push_back(child);
                        }
                    }
                }
            }
        }

        let mut parents = vec![Vec::new(); node_count];
        for node in 0..node_count {
            children[node].retain(|&child| position[child as usize] > position[node]);
            for &child in &children[node] {
                parents[child as usize].push(vertex(node));
            }
        }
        Self {
            parents,
            children,
            topological,
        }
    }

    pub(super) fn children(&self, node: u32) -> &[u32] {
        &self.children[node as usize]
    }

    fn parents(&self, node: u32) -> &[u32] {
        &self.parents[node as usize]
    }
}

/// Returns the column of each node: the length of the longest path to it.
pub(super) fn assign(graph: &Adjacency, follows: &[bool]) -> Vec<u32> {
    let mut columns = vec![0; graph.children.len()];
    for &node in &graph.topological {
        let before = graph.parents(node).iter().map(|&p| columns[p as usize] + 1);
        columns[node as usize] = before.max().unwrap_or(0);
    }
    for &node in &graph.topological {
        let moves = follows.get(node as usize).copied().unwrap_or(false);
        if moves && graph.parents(node).is_empty() {
            let users = graph.children(node).iter().map(|&c| columns[c as usize]);
            columns[node as usize] = users.min().map_or(0, |first| first - 1);
        }
    }
    columns
}

/// Returns the connected parts of the graph, the largest first, each with its nodes
/// in ascending order.
pub(super) fn components(graph: &Adjacency) -> Vec<Vec<u32>> {
    let count = graph.children.len();
    let mut seen = vec![false; count];
    let mut components = Vec::new();
    for start in 0..count {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let mut members = vec![vertex(start)];
        let mut next = 0;
        while next < members.len() {
            let node = members[next];
            next += 1;
            for &other in graph.children(node).iter().chain(graph.parents(node)) {
                if !std::mem::replace(&mut seen[other as usize], true) {
                    members.push(other);
                }
            }
        }
        members.sort_unstable();
        components.push(members);
    }
    components.sort_by_key(|members| (std::cmp::Reverse(members.len()), members[0]));
    components
}
