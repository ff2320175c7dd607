use super::*;

/// Draws a graph given as `a>b b>c`, one letter per node, and checks what holds for
/// every drawing.
fn draw(edges: &str) -> (Drawing, impl Fn(char) -> usize) {
    let names: Vec<char> = {
        let mut names: Vec<char> = edges.chars().filter(|c| c.is_alphanumeric()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let number = move |name: char| names.iter().position(|n| *n == name).unwrap();
    let pairs: Vec<(u32, u32)> = edges
        .split_whitespace()
        .filter_map(|edge| edge.split_once('>'))
        .map(|(a, b)| {
            let at = |s: &str| vertex(number(s.chars().next().unwrap()));
            (at(a), at(b))
        })
        .collect();
    let count = edges.chars().filter(|c| c.is_alphanumeric());
    let count = count.collect::<std::collections::BTreeSet<_>>().len();
    let drawing = layout(count, &pairs, &[]);
    check_invariants(&drawing);
    (drawing, number)
}

fn check_invariants(drawing: &Drawing) {
    // Nothing overlaps: in a column, boxes and lines keep their distance.
    let mut columns = std::collections::BTreeMap::<u32, Vec<(i32, i32)>>::new();
    for place in &drawing.places {
        let column = columns.entry(place.column).or_default();
        column.push((place.y - NODE_HEIGHT / 2, place.y + NODE_HEIGHT / 2));
        for (step, y) in (1..).zip(&place.trunk) {
            let column = columns.entry(place.column + step).or_default();
            column.push((y - LINE_HEIGHT / 2, y + LINE_HEIGHT / 2));
        }
    }
    for (column, mut spans) in columns {
        assert!(column < drawing.columns);
        spans.sort_unstable();
        assert!(spans[0].0 >= 0, "nothing above the top");
        assert!(spans.last().unwrap().1 <= drawing.height);
        for pair in spans.windows(2) {
            assert!(
                pair[1].0 - pair[0].1 >= ROW_GAP - 1,
                "overlap in column {column}: {pair:?}"
            );
        }
    }
}

#[test]
fn a_chain_is_one_straight_line() {
    let (drawing, _) = draw("a>b b>c c>d");
    let columns: Vec<u32> = drawing.places.iter().map(|p| p.column).collect();
    assert_eq!(columns, [0, 1, 2, 3]);
    assert!(drawing.places.iter().all(|p| p.y == drawing.places[0].y));
    assert_eq!(drawing.height, NODE_HEIGHT);
}

#[test]
fn a_node_stands_right_of_everything_it_depends_on() {
    let (drawing, at) = draw("a>b b>c a>c d>c");
    assert_eq!(drawing.places[at('c')].column, 2);
    assert_eq!(drawing.places[at('d')].column, 0);
}

#[test]
fn long_edges_of_one_node_share_a_trunk() {
    let (drawing, at) = draw("a>b b>c c>d a>c a>d");
    // To reach `d` in column 3, the line passes columns 1 and 2; `c` leaves it after 1.
    assert_eq!(drawing.places[at('a')].trunk.len(), 2);
    assert!(drawing.places[at('b')].trunk.is_empty());
}

#[test]
fn crossings_that_can_be_avoided_are() {
    // In the order given, all three edges cross.
    let (drawing, at) = draw("a>z b>y c>x");
    for (from, to) in [('a', 'z'), ('b', 'y'), ('c', 'x')] {
        assert_eq!(drawing.places[at(from)].y, drawing.places[at(to)].y);
    }
    let (drawing, at) = draw("a>z b>y c>x s>a s>b s>c z>t y>t x>t");
    let rows = |names: [char; 3]| names.map(|n| drawing.places[at(n)].y);
    assert_eq!(rows(['a', 'b', 'c']), rows(['z', 'y', 'x']));
}

#[test]
fn a_parent_is_centred_on_its_children() {
    let (drawing, at) = draw("s>a s>b s>c");
    assert_eq!(drawing.places[at('s')].y, drawing.places[at('b')].y);
}

#[test]
fn a_follower_stands_beside_its_first_user() {
    let edges = [(0, 1), (1, 2), (2, 3), (4, 3)];
    let stays = layout(5, &edges, &[]);
    let moves = layout(5, &edges, &[false, false, false, false, true]);
    assert_eq!(stays.places[4].column, 0);
    assert_eq!(moves.places[4].column, 2);
    assert!(moves.places[4].trunk.is_empty());
}

#[test]
fn separate_parts_do_not_touch_and_loose_nodes_come_last() {
    let (drawing, at) = draw("a>b b>c x>y m n");
    let y = |name| drawing.places[at(name)].y;
    assert!(y('x') > y('a') + NODE_HEIGHT);
    assert!(y('m') > y('x') + NODE_HEIGHT);
    assert_eq!(y('m'), y('n'));
}

#[test]
fn cycles_loops_and_strange_edges_do_no_harm() {
    let edges = [
        (0, 1),
        (1, 2),
        (2, 0),
        (1, 1),
        (0, 1),
        (7, 1),
        (1, 7),
        (2, 3),
    ];
    let drawing = layout(4, &edges, &[]);
    check_invariants(&drawing);
    assert_eq!(drawing.places.len(), 4);
    assert!(drawing.places[0].column < drawing.places[1].column);
}

#[test]
fn an_empty_graph_is_an_empty_drawing() {
    assert_eq!(layout(0, &[], &[]), Drawing::default());
}

/// A project-like graph: layers of nodes, each reading a few of the layers before.
fn project(nodes: u32) -> Vec<(u32, u32)> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |bound: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state % u64::from(bound)).unwrap()
    };
    let mut edges = Vec::new();
    for node in nodes / 5..nodes {
        for _ in 0..=below(3) {
            // Mostly what was made shortly before, sometimes anything.
            let back = if below(4) == 0 {
                node
            } else {
                node.min(nodes / 5)
            };
            edges.push((node - 1 - below(back), node));
        }
    }
    edges
}

#[test]
fn a_large_graph_is_drawn_the_same_each_time() {
    let edges = project(2_000);
    let first = layout(2_000, &edges, &[]);
    check_invariants(&first);
    let mut shuffled = edges.clone();
    shuffled.reverse();
    assert_eq!(first, layout(2_000, &shuffled, &[]));
}

#[test]
fn a_chain_as_long_as_the_project_is_drawn() {
    let chain: Vec<(u32, u32)> = (1..3_000).map(|i| (i - 1, i)).collect();
    let drawing = layout(3_000, &chain, &[]);
    assert_eq!(drawing.columns, 3_000);
    // Every node also reads the first: the lines stay one trunk.
    let star: Vec<(u32, u32)> = (1..3_000).map(|i| (0, i)).chain(chain).collect();
    assert_eq!(layout(3_000, &star, &[]).places[0].trunk.len(), 2_998);
}
