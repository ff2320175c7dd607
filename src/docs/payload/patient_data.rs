//! What is shown of patient data: what a column tells, where that comes from, and which
//! promises hold.

use serde::Serialize;

use super::Column;
use crate::phi::{Kind, Level};

/// In which form something is told; [`Level`] in the page's words, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Plain,
    Made,
    Hashed,
    Shifted,
    Picked,
    Touched,
}

impl From<Level> for Form {
    fn from(level: Level) -> Self {
        match level {
            Level::Plain => Self::Plain,
            Level::Made => Self::Made,
            Level::Hashed => Self::Hashed,
            Level::Shifted => Self::Shifted,
            Level::Picked => Self::Picked,
            Level::Touched => Self::Touched,
        }
    }
}

/// Something that is told about patients.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// `ssn`, or what else the project says.
    pub kind: String,
    pub form: Form,
    /// Where it comes from; none where it is declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Origin>,
}

/// One step back on a shortest way from where something is declared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    pub place: Place,
    /// The form in which it is told there.
    pub form: Form,
    /// How it goes on, such as `copy`; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// The transforms that it went through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
}

/// What of a node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// The node, as a position.
    pub node: u32,
    /// Without a column it is all that nobody knows of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// It is the rows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rows: bool,
}

/// What a node as a whole tells, for lists and the graph.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Sensitivity {
    /// How many of its columns tell anything.
    pub columns: u32,
    pub kinds: Vec<String>,
    /// The worst form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// Whether all that was promised of it holds, where something was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<bool>,
}

/// That a node tells nothing about patients, and whether it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PromiseKept {
    /// `none` or `pseudonymous`.
    pub strength: &'static str,
    /// The one column that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// File and line where it is given.
    pub at: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Breach>,
}

/// Where a promise is broken, and by what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Breach {
    pub place: Place,
    pub told: Vec<Told>,
}

impl Column {
    /// Whether it holds identifiers, or hashes that stand for them.
    pub fn is_identifier(&self) -> bool {
        let mut forms = self.phi.iter().map(|told| told.form);
        forms.any(|form| matches!(form, Form::Plain | Form::Hashed))
    }

    /// Whether single values must not be shown: they are identifiers, or made of what belongs
    /// to one person.
    pub fn is_private(&self) -> bool {
        let is_of_person = |kind: &str| Kind::of(kind).is_none_or(Kind::is_of_person);
        self.phi.iter().any(|told| match told.form {
            Form::Plain => true,
            Form::Made | Form::Hashed => is_of_person(&told.kind),
            Form::Shifted | Form::Picked | Form::Touched => false,
        })
    }
}
