//! What a column may tell about patients: a small lattice.

use super::kind::Kind;

/// In which form something is told, from what must not be seen by anybody to
/// what only decided about rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// As it is.
    Plain,
    /// Something made of it, which may tell as much.
    Made,
    /// A keyed hash: still an identifier for whoever has the key.
    Hashed,
    /// A date moved by a number of days that is the patient's own.
    Shifted,
    /// The rows are those that have one value, or one of a few.
    Picked,
    /// It decided about rows, or about their order, and is not told.
    Touched,
}

const LEVELS: [Level; 6] = [
    Level::Plain,
    Level::Made,
    Level::Hashed,
    Level::Shifted,
    Level::Picked,
    Level::Touched,
];

impl Level {
    /// Says how something of a kind is told, after the kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "as it is",
            Self::Made => "made of it",
            Self::Hashed => "hashed",
            Self::Shifted => "shifted",
            Self::Picked => "rows picked by it",
            Self::Touched => "rows chosen or put in order by it",
        }
    }
}

/// A kind in a form.
pub type Fact = (Kind, Level);

/// Everything that a column may tell: a set of facts. Joining two is a union,
/// and nothing but a transform takes anything out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Class([u32; LEVELS.len()]);

impl Class {
    pub fn of(kind: Kind, level: Level) -> Self {
        let mut class = Self::default();
        class.add(kind, level);
        class
    }

    pub fn add(&mut self, kind: Kind, level: Level) {
        self.0[level as usize] |= 1 << kind as u32;
    }

    pub fn remove(&mut self, kind: Kind, level: Level) {
        self.0[level as usize] &= !(1 << kind as u32);
    }

    pub fn has(&self, (kind, level): Fact) -> bool {
        self.0[level as usize] & (1 << kind as u32) != 0
    }

    pub fn is_empty(&self) -> bool {
        self.0 == Self::default().0
    }

    /// Returns everything that either tells.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own |= other;
        }
        self
    }

    /// Returns the facts, the worst form first, then in the kinds' order.
    pub fn facts(&self) -> impl Iterator<Item = Fact> + '_ {
        let all = LEVELS.iter().flat_map(|level| {
            let is_empty = self.0[*level as usize] == 0;
            let kinds = (!is_empty).then(Kind::all).into_iter().flatten();
            kinds.map(move |kind| (kind, *level))
        });
        all.filter(|fact| self.has(*fact))
    }

    /// Returns the facts that a test lets through.
    #[must_use]
    pub fn only(&self, test: impl Fn(Fact) -> bool) -> Self {
        let mut class = Self::default();
        for (kind, level) in self.facts().filter(|fact| test(*fact)) {
            class.add(kind, level);
        }
        class
    }

    /// Returns what is told of values themselves, without what only decided
    /// about rows.
    #[must_use]
    pub fn of_values(mut self) -> Self {
        self.0[Level::Picked as usize] = 0;
        self.0[Level::Touched as usize] = 0;
        self
    }

    /// Returns what is told of how rows were chosen.
    #[must_use]
    pub fn of_rows(self) -> Self {
        let mut class = Self::default();
        for level in [Level::Picked, Level::Touched] {
            class.0[level as usize] = self.0[level as usize];
        }
        class
    }

    /// The class of something made of values by nobody knows what.
    #[must_use]
    pub fn made(mut self) -> Self {
        self.0[Level::Made as usize] |= self.0[Level::Plain as usize];
        self.0[Level::Plain as usize] = 0;
        self
    }

    /// The class of a keyed hash of values.
    #[must_use]
    pub fn hashed(self) -> Self {
        let mut class = Self::default();
        let values = self.of_values();
        class.0[Level::Hashed as usize] = values.0.iter().fold(0, |all, level| all | level);
        class
    }
}
