//! `phi:`, the rules of patient data.

use super::section::Section;
use crate::phi::Kind;

/// What the project decides about patient data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Phi {
    pub transforms: Vec<PhiTransform>,
    /// Shifted dates break promises, as Safe Harbor has it. Without, they rest
    /// on an expert's determination.
    pub breaks_on_shifted_dates: bool,
    /// What only decides about rows breaks promises, too.
    pub breaks_on_indirect: bool,
}

/// A way to make values tell less that the program does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct PhiTransform {
    pub name: String,
    /// SQL, with `value` where the column stands and `constant` where anything
    /// may stand that reads nothing.
    pub expression: String,
    pub lowers: Vec<Kind>,
    pub to: PhiTarget,
    pub reason: String,
}

/// What is left after a transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhiTarget {
    Nothing,
    /// As after a keyed hash.
    Pseudonymous,
}

impl Phi {
    pub(super) fn of(section: &Section<'_>) -> Self {
        let rules = [("pass", false), ("break", true)];
        Self {
            transforms: section.sections("transforms", PhiTransform::of),
            breaks_on_shifted_dates: section.choice("shifted_dates", &rules).unwrap_or_default(),
            breaks_on_indirect: section.choice("indirect", &rules).unwrap_or_default(),
        }
    }
}

impl PhiTransform {
    fn of(section: &Section<'_>) -> Self {
        let kinds: Vec<(&str, Kind)> = Kind::all().map(|kind| (kind.as_str(), kind)).collect();
        let targets = [
            ("none", PhiTarget::Nothing),
            ("pseudonymous", PhiTarget::Pseudonymous),
        ];
        let transform = Self {
            name: section.required_text("name").unwrap_or_default(),
            expression: section.required_text("expression").unwrap_or_default(),
            lowers: section.choices("lowers", &kinds).unwrap_or_default(),
            to: section.choice("to", &targets).unwrap_or(PhiTarget::Nothing),
            reason: section.required_text("reason").unwrap_or_default(),
        };
        if transform.lowers.is_empty() || transform.reason.trim().is_empty() {
            section.wrong(
                "a transform says what it lowers, and why".to_owned(),
                "give it `lowers`, a list of kinds, and a `reason`",
            );
        }
        transform
    }
}
