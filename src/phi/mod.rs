//! Patient data: what columns hold of it, where it goes, and whether what was
//! promised to be free of it is.
//!
//! Pure, like [`crate::lineage`], on which it builds: property files say what
//! columns hold ([`declared`]), that goes along every edge of the lineage
//! ([`propagate`]), only expressions that are recognised in the query's tree
//! lower it ([`recognise`]), and what arrives at a promise breaks it
//! ([`promise`]). What hooks and operations write into tables goes there, too
//! ([`beside`]).

mod beside;
mod class;
mod declared;
mod examine;
mod explain;
mod kind;
mod mask;
mod path;
mod promise;
mod propagate;
mod recognise;
pub mod report;
mod settings;
mod spread;
pub mod suggest;
mod transform;

#[cfg(test)]
mod tests;

pub use beside::{Beside, beside};
pub use class::{Class, Fact, Level};
pub use declared::{
    Declaration, Declared, FilePlace, Promise, Promiser, Strength, declared, mask_of,
};
pub use examine::{Examined, Pattern, examine, names_told, settings};
pub use explain::{Places, explain};
pub use kind::Kind;
pub use mask::{Mask, SALT_FROM, SALT_VARIABLE, masked_query, salt};
pub use path::{Step, Ways};
pub use promise::{Broken, Part, broken};
pub use propagate::{Classes, propagate, through};
pub use recognise::{RESTRICTED_ZIP3, passages};
pub use settings::Settings;
pub use transform::{Effect, Transform, Transforms};
