//! Orders the vertices within each column so that few edges cross.
//!
//! Columns are swept left to right and back; in each step a column is sorted by the
//! average position of its vertices' neighbours in the column before. The order with
//! the fewest crossings seen is kept. Small graphs are polished by swapping neighbours.

use super::{Component, vertex};

/// More sweeps than this rarely help.
const SWEEPS: usize = 12;
/// After so many sweeps without a better order, the search ends.
const PATIENCE: usize = 3;
/// Swapping neighbours costs too much beyond this many edges.
const POLISH_LIMIT: usize = 2_500;

/// Fills `layers` with every column's vertices, top down.
pub(super) fn arrange(component: &mut Component) {
    start(component);
    let mut position = vec![0u32; component.column.len()];
    note_positions(&component.layers, &mut position);

    let mut best = component.layers.clone();
    let mut fewest = crossings(component, &position);
    let mut stale = 0;
    for sweep in 0..SWEEPS {
        if fewest == 0 || stale == PATIENCE {
            break;
        }
        let depth = component.layers.len();
        if sweep % 2 == 0 {
            for layer in 1..depth {
                sort_layer(&mut component.layers[layer], &component.left, &mut position);
            }
        } else {
            for layer in (0..depth.saturating_sub(1)).rev() {
                sort_layer(
                    &mut component.layers[layer],
                    &component.right,
                    &mut position,
                );
            }
        }
        let now = crossings(component, &position);
        if now < fewest {
            fewest = now;
            best.clone_from(&component.layers);
            stale = 0;
        } else {
            stale += 1;
        }
    }

    component.layers = best;
    let edges: usize = component.right.iter().map(Vec::len).sum();
    if fewest > 0 && edges <= POLISH_LIMIT {
        note_positions(&component.layers, &mut position);
        polish(component, &mut position);
    }
}

/// Gives a first order: depth first from the left, so that a node starts out near
/// what it depends on.
fn start(component: &mut Component) {
    let mut seen = vec![false; component.column.len()];
    let mut roots: Vec<u32> = (0..component.column.len()).map(vertex).collect();
    roots.retain(|&v| component.left[v as usize].is_empty());
    for root in roots {
        let mut stack = vec![root];
        while let Some(v) = stack.pop() {
            if std::mem::replace(&mut seen[v as usize], true) {
                continue;
            }
            component.layers[component.column[v as usize] as usize].push(v);
            stack.extend(component.right[v as usize].iter().rev());
        }
    }
}

fn note_positions(layers: &[Vec<u32>], position: &mut [u32]) {
    for layer in layers {
        for (i, &v) in layer.iter().enumerate() {
            position[v as usize] = vertex(i);
        }
    }
}

/// Sorts one column by the average position of its vertices' neighbours. A vertex
/// without any keeps its place.
fn sort_layer(layer: &mut [u32], neighbours: &[Vec<u32>], position: &mut [u32]) {
    let mut keyed: Vec<(f64, u32)> = layer
        .iter()
        .map(|&v| {
            let around = &neighbours[v as usize];
            let sum: u64 = around
                .iter()
                .map(|&n| u64::from(position[n as usize]))
                .sum();
            let key = match around.len() {
                0 => f64::from(position[v as usize]),
                n => sum as f64 / n as f64,
            };
            (key, v)
        })
        .collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (i, (slot, (_, v))) in layer.iter_mut().zip(keyed).enumerate() {
        *slot = v;
        position[v as usize] = vertex(i);
    }
}

/// Counts how many pairs of edges cross.
fn crossings(component: &Component, position: &[u32]) -> u64 {
    let mut total = 0;
    let mut targets = Vec::new();
    let mut tree = Vec::new();
    for (i, layer) in component.layers.iter().enumerate() {
        let Some(next) = component.layers.get(i + 1) else {
            break;
        };
        targets.clear();
        for &v in layer {
            let from = targets.len();
            let ends = component.right[v as usize].iter();
            targets.extend(ends.map(|&to| position[to as usize]));
            targets[from..].sort_unstable();
        }
        total += inversions(&targets, next.len(), &mut tree);
    }
    total
}

/// Counts the pairs in `values` (all below `bound`) that are out of order, with a
/// binary indexed tree.
fn inversions(values: &[u32], bound: usize, tree: &mut Vec<u64>) -> u64 {
    tree.clear();
    tree.resize(bound + 1, 0);
    let mut total = 0;
    for (seen, &value) in (0..).zip(values) {
        let mut at_most = 0;
        let mut i = value as usize + 1;
        while i > 0 {
            at_most += tree[i];
            i &= i - 1;
        }
        total += seen - at_most;
        let mut i = value as usize + 1;
        while i <= bound {
            tree[i] += 1;
            i += i & i.wrapping_neg();
        }
    }
    total
}

/// Swaps vertically adjacent vertices as long as that removes crossings.
fn polish(component: &mut Component, position: &mut [u32]) {
    for _ in 0..SWEEPS {
        let mut improved = false;
        for layer in 0..component.layers.len() {
            for i in 1..component.layers[layer].len() {
                let (above, below) = (component.layers[layer][i - 1], component.layers[layer][i]);
                let mut gain = 0;
                for neighbours in [&component.left, &component.right] {
                    let (a, b) = (&neighbours[above as usize], &neighbours[below as usize]);
                    gain += crossings_between(a, b, position) - crossings_between(b, a, position);
                }
                if gain > 0 {
                    component.layers[layer].swap(i - 1, i);
                    position.swap(above as usize, below as usize);
                    improved = true;
                }
            }
        }
        if !improved {
            break;
        }
    }
}

/// Counts the crossings between the edges of a vertex and of the one below it.
fn crossings_between(above: &[u32], below: &[u32], position: &[u32]) -> i64 {
    let mut count = 0;
    for &a in above {
        for &b in below {
            count += i64::from(position[a as usize] > position[b as usize]);
        }
    }
    count
}
