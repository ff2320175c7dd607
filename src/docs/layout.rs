//! Computes where each node of the lineage graph is drawn.
//!
//! The drawing is layered, left to right: a node's column is the length of the
//! longest path that leads to it, columns are ordered so that few edges cross,
//! and rows are chosen so that edges run straight where they can. The page gets
//! finished coordinates, because thousands of nodes take a browser seconds and
//! this module milliseconds.
//!
//! The same graph always gives the same drawing.

mod columns;
mod order;
mod rows;

#[cfg(test)]
mod tests;

use columns::Adjacency;

/// The height of a node's box, in the drawing's units (pixels at zoom 1).
pub const NODE_HEIGHT: i32 = 44;
/// The height reserved for a line that passes through a column.
const LINE_HEIGHT: i32 = 6;
/// The empty space kept between two things in one column.
const ROW_GAP: i32 = 14;
/// The empty space between parts of the graph that no edge connects.
const COMPONENT_GAP: i32 = 40;
/// Lines through columns are given up beyond this number in one component, so
/// that a hostile graph cannot take all memory; its long edges are then drawn
/// straight from end to end.
const MAX_LINES: usize = 400_000;

/// Where everything is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawing {
    /// One place per node, in the order of the nodes given.
    pub places: Vec<Place>,
    /// The number of columns.
    pub columns: u32,
    /// The height of the whole drawing.
    pub height: i32,
}

/// Where one node is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The column, from the left.
    pub column: u32,
    /// The middle of the node's box.
    pub y: i32,
    /// The heights at which this node's long edges pass through the columns to
    /// its right: the first is for `column + 1`. Edges from one node to distant
    /// columns share this one line until they leave it, which keeps wide graphs
    /// readable.
    pub trunk: Vec<i32>,
}

/// Lays out a graph of `node_count` nodes.
///
/// `edges` go from a node to one that depends on it. A node whose `follows` entry is
/// true and that depends on nothing moves right until it stands beside its first
/// user (a reference seed, say) instead of staying in the first column.
/// Edges that would close a cycle, point to themselves or out of range are ignored.
pub fn layout(node_count: usize, edges: &[(u32, u32)], follows: &[bool]) -> Drawing {
    let graph = Adjacency::new(node_count, edges);
    let columns = columns::assign(&graph, follows);

    let mut drawing = Drawing {
        places: vec![Place::default(); node_count],
        columns: 0,
        height: 0,
    };
    let mut top = 0;
    let mut loose = Vec::new();
    for members in columns::components(&graph) {
        if let [single] = members[..] {
            loose.push(single);
            continue;
        }
        let component = Component::new(&graph, &columns, &members);
        let height = component.draw(top, &mut drawing);
        top += height + COMPONENT_GAP;
    }

    // Nodes without any edge fill a block below everything else, row by row.
    let used = drawing.places.iter().map(|place| place.column + 1).max();
    let across = used.unwrap_or(0).max(5);
    for (i, &node) in loose.iter().enumerate() {
        let i = u32::try_from(i).expect("node numbers fit in 32 bits");
        let row = i32::try_from(i / across).expect("rows are fewer than nodes");
        drawing.places[node as usize] = Place {
            column: i % across,
            y: top + NODE_HEIGHT / 2 + row * (NODE_HEIGHT + ROW_GAP),
            trunk: Vec::new(),
        };
    }

    for place in &drawing.places {
        drawing.columns = drawing.columns.max(place.column + 1);
        drawing.height = drawing.height.max(place.y + NODE_HEIGHT / 2);
        for &y in &place.trunk {
            drawing.height = drawing.height.max(y + LINE_HEIGHT / 2);
        }
    }
    drawing
}

/// A connected part of the graph, with a vertex for every node and for every
/// column that a long edge passes through, so that each edge joins neighbouring
/// columns.
struct Component {
    /// The node of each of the first vertices; the lines' vertices follow.
    nodes: Vec<u32>,
    /// The column of each vertex.
    column: Vec<u32>,
    /// For each node, its first line vertex and how many there are.
    trunks: Vec<(u32, u32)>,
    /// Neighbours in the column to the left and to the right.
    left: Vec<Vec<u32>>,
    right: Vec<Vec<u32>>,
    /// The vertices of each column, top down.
    layers: Vec<Vec<u32>>,
}

impl Component {
    fn new(graph: &Adjacency, columns: &[u32], members: &[u32]) -> Self {
        let mut local = std::collections::HashMap::with_capacity(members.len());
        for (i, &node) in members.iter().enumerate() {
            local.insert(node, vertex(i));
        }

        // A trunk reaches to the column before the farthest child.
        let reach = |node: u32| {
            let own = columns[node as usize];
            let far = graph.children(node).iter().map(|&c| columns[c as usize]);
            far.max().map_or(0, |far| far.saturating_sub(own + 1))
        };
        let lines: usize = members.iter().map(|&node| reach(node) as usize).sum();
        let with_trunks = lines <= MAX_LINES;

        let mut this = Self {
            nodes: members.to_vec(),
            column: members.iter().map(|&n| columns[n as usize]).collect(),
            trunks: vec![(0, 0); members.len()],
            left: vec![Vec::new(); members.len()],
            right: vec![Vec::new(); members.len()],
            layers: Vec::new(),
        };
        for (i, &node) in members.iter().enumerate() {
            let own = columns[node as usize];
            let first = vertex(this.column.len());
            let length = if with_trunks { reach(node) } else { 0 };
            this.trunks[i] = (first, length);
            for step in 0..length {
                this.column.push(own + 1 + step);
                this.left.push(Vec::new());
                this.right.push(Vec::new());
                let before = if step == 0 {
                    vertex(i)
                } else {
                    first + step - 1
                };
                this.connect(before, first + step);
            }
            for &child in graph.children(node) {
                let span = columns[child as usize] - own;
                if span == 1 {
                    this.connect(vertex(i), local[&child]);
                } else if with_trunks {
                    this.connect(first + span - 2, local[&child]);
                }
            }
        }
        let depth = this.column.iter().max().map_or(0, |c| *c as usize + 1);
        this.layers = vec![Vec::new(); depth];
        this
    }

    fn connect(&mut self, from: u32, to: u32) {
        self.right[from as usize].push(to);
        self.left[to as usize].push(from);
    }

    fn is_line(&self, vertex: u32) -> bool {
        vertex as usize >= self.nodes.len()
    }

    /// Places the component below `top` and returns its height.
    fn draw(mut self, top: i32, drawing: &mut Drawing) -> i32 {
        order::arrange(&mut self);
        let (rows, height) = rows::assign(&self);
        for (i, &node) in self.nodes.iter().enumerate() {
            let (first, length) = self.trunks[i];
            let trunk = rows[first as usize..(first + length) as usize].iter();
            drawing.places[node as usize] = Place {
                column: self.column[i],
                y: top + rows[i],
                trunk: trunk.map(|y| top + y).collect(),
            };
        }
        height
    }
}

fn vertex(index: usize) -> u32 {
    u32::try_from(index).expect("vertex numbers fit in 32 bits")
}
