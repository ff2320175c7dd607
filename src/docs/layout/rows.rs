//! Chooses the height of every vertex so that edges run straight.
//!
//! One column at a time, with its neighbours held fixed, the heights that minimise the
//! weighted squared distance to where the edges pull, without changing the order or
//! coming closer than allowed, have an exact solution: isotonic regression. Sweeping
//! that back and forth a few times settles the whole drawing.

use super::{Component, LINE_HEIGHT, NODE_HEIGHT, ROW_GAP};

const SWEEPS: usize = 8;
/// What ties a vertex without neighbours to where it is.
const REST: f64 = 0.01;

/// Returns the middle of each vertex, the topmost edge of all being at 0, and the
/// height of the whole.
pub(super) fn assign(component: &Component) -> (Vec<i32>, i32) {
    let mut y = vec![0.0; component.column.len()];
    for layer in &component.layers {
        let mut at = 0.0;
        let mut previous = None;
        for &v in layer {
            at += previous.map_or(0.0, |p| distance(component, p, v));
            y[v as usize] = at;
            previous = Some(v);
        }
        for &v in layer {
            y[v as usize] -= at / 2.0;
        }
    }

    let depth = component.layers.len();
    for _ in 0..SWEEPS {
        for layer in 1..depth {
            settle(component, layer, &[&component.left], &mut y);
        }
        for layer in (0..depth - 1).rev() {
            settle(component, layer, &[&component.right], &mut y);
        }
    }
    for layer in (0..depth).rev().chain(0..depth) {
        settle(
            component,
            layer,
            &[&component.left, &component.right],
            &mut y,
        );
    }
    to_pixels(component, &y)
}

/// Moves one column's vertices towards their neighbours.
fn settle(component: &Component, layer: usize, sides: &[&Vec<Vec<u32>>], y: &mut [f64]) {
    // Subtracting the distances turns "at least so far below" into "not above", and
    // runs of vertices that want to pass each other share their average.
    struct Block {
        wish: f64,
        weight: f64,
        members: usize,
    }
    let vertices = &component.layers[layer];
    let mut blocks: Vec<Block> = Vec::with_capacity(vertices.len());
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(vertices.len());
    for (i, &v) in vertices.iter().enumerate() {
        if i > 0 {
            offset += distance(component, vertices[i - 1], v);
        }
        offsets.push(offset);

        let (mut sum, mut weight) = (y[v as usize] * REST, REST);
        for side in sides {
            for &n in &side[v as usize] {
                let pull = straightness(component, v, n);
                sum += pull * y[n as usize];
                weight += pull;
            }
        }
        blocks.push(Block {
            wish: sum / weight - offset,
            weight,
            members: 1,
        });
        while let [.., above, below] = &blocks[..] {
            if above.wish <= below.wish {
                break;
            }
            let weight = above.weight + below.weight;
            let merged = Block {
                wish: (above.wish * above.weight + below.wish * below.weight) / weight,
                weight,
                members: above.members + below.members,
            };
            blocks.truncate(blocks.len() - 2);
            blocks.push(merged);
        }
    }

    let mut i = 0;
    for block in blocks {
        for _ in 0..block.members {
            y[vertices[i] as usize] = block.wish + offsets[i];
            i += 1;
        }
    }
}

/// How strongly an edge wants to be level. Long lines come first: a bend in them
/// catches the eye more than a slanted short edge.
fn straightness(component: &Component, a: u32, b: u32) -> f64 {
    match (component.is_line(a), component.is_line(b)) {
        (true, true) => 8.0,
        (false, false) => 1.0,
        _ => 2.0,
    }
}

fn distance(component: &Component, above: u32, below: u32) -> f64 {
    f64::from(apart(component, above, below))
}

fn apart(component: &Component, above: u32, below: u32) -> i32 {
    i32::midpoint(height(component, above), height(component, below)) + ROW_GAP
}

fn height(component: &Component, vertex: u32) -> i32 {
    if component.is_line(vertex) {
        LINE_HEIGHT
    } else {
        NODE_HEIGHT
    }
}

/// Rounds, keeping the distances.
fn to_pixels(component: &Component, y: &[f64]) -> (Vec<i32>, i32) {
    let mut pixels = vec![0; y.len()];
    let tops = (0u32..)
        .zip(y)
        .map(|(v, y)| y - f64::from(height(component, v)) / 2.0);
    let top = tops.fold(f64::INFINITY, f64::min);
    let mut bottom = 0;
    for layer in &component.layers {
        let mut previous: Option<(u32, i32)> = None;
        for &v in layer {
            let mut at = (y[v as usize] - top).round() as i32;
            if let Some((above, above_at)) = previous {
                at = at.max(above_at + apart(component, above, v));
            }
            pixels[v as usize] = at;
            bottom = bottom.max(at + height(component, v) / 2);
            previous = Some((v, at));
        }
    }
    (pixels, bottom)
}
