//! What may be done to values so that they tell less.

use super::class::{Class, Level};
use super::kind::Kind;
use crate::sql::tree::Expr;

/// A way to make values tell less. Those that come with the program are
/// numbered in the order in which they are taken to have happened.
#[derive(Debug, Clone)]
pub struct Transform {
    pub name: String,
    /// Why what comes out may be told: the rule, or what the project says.
    pub reason: String,
    pub effect: Effect,
    /// The expression of a transform that the project registers, with columns
    /// `value` and `constant` in place of what differs.
    pub pattern: Option<Expr>,
}

/// What becomes of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Clear,
    /// Only what many persons share is gone.
    ClearShared,
    Hash,
    YearOfDate,
    AgeOfDate,
    CapAge,
    CutZip,
    ShiftDate,
    /// These kinds are gone, or told in this form only.
    Registered {
        kinds: Vec<Kind>,
        to: Option<Level>,
    },
}

/// The built-in transforms' numbers.
pub mod number {
    pub const COUNT: u8 = 0;
    pub const HASH: u8 = 1;
    pub const YEAR: u8 = 2;
    pub const AGE: u8 = 3;
    pub const AGE_CAP: u8 = 4;
    pub const ZIP3: u8 = 5;
    pub const SHIFT: u8 = 6;
    pub const COUNT_OF_RANGE: u8 = 7;
    /// The first that a project may register.
    pub const REGISTERED: u8 = 8;
    /// Marks have room for so many.
    pub const MOST: usize = 32;
}

/// Every transform that expressions may go through, by number.
#[derive(Debug, Clone)]
pub struct Transforms(Vec<Transform>);

impl Transforms {
    /// Returns the built-in ones and those that a project registers; of these
    /// there is room for [`number::MOST`] less the built-in ones.
    pub fn new(registered: Vec<Transform>) -> Self {
        let mut all = built_in();
        all.extend(registered);
        all.truncate(number::MOST);
        Self(all)
    }

    pub fn iter(&self) -> impl Iterator<Item = (u8, &Transform)> {
        (0..).zip(&self.0)
    }

    /// Returns the transforms whose bits are set.
    pub fn passed(&self, bits: u32) -> impl Iterator<Item = &Transform> {
        let all = self.iter();
        all.filter(move |(i, _)| bits & (1 << i) != 0)
            .map(|(_, transform)| transform)
    }

    /// Returns what is left of a class after the transforms whose bits are set.
    pub fn apply(&self, bits: u32, class: Class) -> Class {
        if bits == 0 {
            return class;
        }
        self.passed(bits)
            .fold(class, |class, transform| transform.effect.apply(class))
    }
}

impl Effect {
    fn apply(&self, class: Class) -> Class {
        let mut left = class;
        match self {
            Self::Clear => return Class::default(),
            Self::ClearShared => left = left.only(|(kind, _)| kind.is_of_person()),
            Self::Hash => return class.hashed(),
            Self::YearOfDate => {
                left.remove(Kind::Date, Level::Plain);
                left.remove(Kind::Date, Level::Shifted);
            }
            Self::AgeOfDate => {
                if class.has((Kind::Date, Level::Plain)) {
                    left.add(Kind::Age, Level::Plain);
                }
                left.remove(Kind::Date, Level::Plain);
                left.remove(Kind::Date, Level::Shifted);
            }
            Self::CapAge => left.remove(Kind::Age, Level::Plain),
            Self::CutZip => left.remove(Kind::Zip, Level::Plain),
            Self::ShiftDate => {
                // The number of days is made of a hash of who the patient is,
                // of which it tells next to nothing.
                left = left.only(|(_, level)| level != Level::Hashed);
                if class.has((Kind::Date, Level::Plain)) {
                    left.remove(Kind::Date, Level::Plain);
                    left.add(Kind::Date, Level::Shifted);
                }
            }
            Self::Registered { kinds, to } => {
                for kind in kinds {
                    for level in [Level::Plain, Level::Made, Level::Hashed, Level::Shifted] {
                        if left.has((*kind, level)) && Some(level) != *to {
                            left.remove(*kind, level);
                            if let Some(to) = to {
                                left.add(*kind, *to);
                            }
                        }
                    }
                }
            }
        }
        left
    }
}

fn built_in() -> Vec<Transform> {
    let transform = |name: &str, reason: &str, effect| Transform {
        name: name.to_owned(),
        reason: reason.to_owned(),
        effect,
        pattern: None,
    };
    vec![
        transform(
            "count",
            "how many values there are, or how long they are, is none of them",
            Effect::Clear,
        ),
        transform(
            "keyed hash",
            "nobody without the key can tell the value; still an identifier: 45 CFR 164.514(c)",
            Effect::Hash,
        ),
        transform(
            "year of date",
            "the year may stay: 45 CFR 164.514(b)(2)(i)(C)",
            Effect::YearOfDate,
        ),
        transform(
            "age in years",
            "an age is no date; those over 89 are to be capped: 45 CFR 164.514(b)(2)(i)(C)",
            Effect::AgeOfDate,
        ),
        transform(
            "age with cap",
            "all ages over 89 are one: 45 CFR 164.514(b)(2)(i)(C)",
            Effect::CapAge,
        ),
        transform(
            "first three ZIP digits",
            "areas of 20,000 people or fewer are 000: 45 CFR 164.514(b)(2)(i)(B)",
            Effect::CutZip,
        ),
        transform(
            "date shift",
            "all dates of a patient are moved alike; rests on an expert's determination: \
             45 CFR 164.514(b)(1)",
            Effect::ShiftDate,
        ),
        transform(
            "count of a range",
            "how many are in a range is told of none that many persons share",
            Effect::ClearShared,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::{Class, Kind, Level, Transform, Transforms, number};

    fn after(numbers: &[u8], kind: Kind) -> Vec<(Kind, Level)> {
        let bits = numbers.iter().fold(0, |bits, number| bits | 1 << number);
        let left = Transforms::new(Vec::new()).apply(bits, Class::of(kind, Level::Plain));
        left.facts().collect()
    }

    #[test]
    fn a_transform_lowers_its_own_kind_alone() {
        assert_eq!(after(&[number::YEAR], Kind::Date), []);
        assert_eq!(
            after(&[number::YEAR], Kind::Ssn),
            [(Kind::Ssn, Level::Plain)]
        );
        assert_eq!(
            after(&[number::AGE], Kind::Date),
            [(Kind::Age, Level::Plain)]
        );
        assert_eq!(after(&[number::AGE, number::AGE_CAP], Kind::Date), []);
        assert_eq!(
            after(&[number::AGE_CAP], Kind::Date),
            [(Kind::Date, Level::Plain)]
        );
        assert_eq!(
            after(&[number::ZIP3], Kind::Geo),
            [(Kind::Geo, Level::Plain)]
        );
        assert_eq!(
            after(&[number::HASH], Kind::Mrn),
            [(Kind::Mrn, Level::Hashed)]
        );
        assert_eq!(after(&[number::HASH, number::SHIFT], Kind::Mrn), []);
        assert_eq!(
            after(&[number::SHIFT], Kind::Date),
            [(Kind::Date, Level::Shifted)]
        );
        assert_eq!(after(&[number::COUNT], Kind::FreeText), []);
    }

    #[test]
    fn there_is_room_for_all_marks() {
        let one = Transforms::new(Vec::new()).0.remove(0);
        let many: Vec<Transform> = (0..40).map(|_| one.clone()).collect();
        assert_eq!(Transforms::new(many).iter().count(), number::MOST);
        assert_eq!(
            Transforms::new(Vec::new()).iter().count(),
            usize::from(number::REGISTERED)
        );
    }
}
