//! How one column comes from another.

use std::rc::Rc;

use super::passage::Mark;

/// What is done to a column on the way to another one. The first five are
/// direct: the value itself goes in, and of several things done the last in
/// this order tells. The others decide which rows there are, or in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// The value as it is, by its own name.
    Copy,
    /// The value as it is, by another name.
    Rename,
    /// The value in another type.
    Cast,
    /// A value made of it, and maybe of others.
    Compute,
    /// A value made of it in many rows.
    Aggregate,
    /// Rows are kept or left out by it.
    Filter,
    /// Rows of two tables belong together by it.
    JoinKey,
    /// Rows are gathered by it.
    GroupKey,
    /// Rows are put in order by it.
    Order,
    /// It makes the partitions, the order or the frame of a window.
    Window,
}

impl EdgeKind {
    /// All kinds, in their order.
    pub const ALL: [Self; 10] = [
        Self::Copy,
        Self::Rename,
        Self::Cast,
        Self::Compute,
        Self::Aggregate,
        Self::Filter,
        Self::JoinKey,
        Self::GroupKey,
        Self::Order,
        Self::Window,
    ];

    /// Tells whether the value itself goes in.
    pub fn is_direct(self) -> bool {
        self <= Self::Aggregate
    }

    /// Returns the kind's name in output and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Rename => "rename",
            Self::Cast => "cast",
            Self::Compute => "compute",
            Self::Aggregate => "aggregate",
            Self::Filter => "filter",
            Self::JoinKey => "join_key",
            Self::GroupKey => "group_key",
            Self::Order => "order",
            Self::Window => "window",
        }
    }
}

/// A source column's way into a value, while a query is being followed.
#[derive(Debug, Clone)]
pub struct Link {
    /// Number of the source column.
    pub source: u32,
    pub kind: EdgeKind,
    pub mark: Mark,
    /// Whether the expression that is being read has done something to it.
    pub is_touched: bool,
    /// The expressions on the way, the last one first.
    pub steps: Option<Rc<Step>>,
}

/// The beginning of an expression that a value went through.
#[derive(Debug)]
pub struct Step {
    pub at: u32,
    pub before: Option<Rc<Step>>,
}

impl Link {
    fn key(&self) -> (u32, EdgeKind, Mark) {
        (self.source, self.kind, self.mark)
    }

    /// Adds an expression that the value went through.
    fn step(&mut self, at: Option<u32>) {
        let Some(at) = at else { return };
        if self.steps.as_ref().is_some_and(|step| step.at == at) {
            return;
        }
        let before = self.steps.take();
        self.steps = Some(Rc::new(Step { at, before }));
    }

    /// Says that an expression at a place made something of the value.
    pub fn finish(&mut self, at: Option<u32>) {
        if self.is_touched {
            self.step(at);
            self.is_touched = false;
        }
    }

    /// Turns the link into one that only decides on rows.
    pub fn decide(&mut self, kind: EdgeKind, at: Option<u32>) {
        self.kind = kind;
        self.is_touched = false;
        self.step(at);
    }
}

/// Puts two sets of links together. Each is in order and has no two of one
/// source, kind and mark; so is the result, and where both have a link the left
/// one is kept.
pub fn union(left: &[Link], right: &[Link]) -> Vec<Link> {
    let mut links = Vec::with_capacity(left.len() + right.len());
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let (a, b) = (left[i].key(), right[j].key());
        if a <= b {
            links.push(left[i].clone());
            i += 1;
            j += usize::from(a == b);
        } else {
            links.push(right[j].clone());
            j += 1;
        }
    }
    links.extend_from_slice(&left[i..]);
    links.extend_from_slice(&right[j..]);
    links
}

/// Puts links in order and leaves out those of a source, kind and mark that are
/// there already.
pub fn ordered(mut links: Vec<Link>) -> Vec<Link> {
    links.sort_by_key(Link::key);
    links.dedup_by_key(|link| link.key());
    links
}
