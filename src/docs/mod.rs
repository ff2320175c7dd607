//! The docs page: what a project holds, for people who browse.
//!
//! [`docs_data`] reads dbt's artifacts and keeps what is worth showing, with the lineage
//! graph already laid out; [`render_page`] puts it into one HTML file that loads nothing
//! from anywhere (its script and style are built from `ui/` and committed as `assets/page.html`). Neither touches a file: the caller reads the artifacts and
//! writes the page. [`serve`] shows a folder of such files in a browser.

pub mod catalog;
mod cells;
mod charts;
mod collect;
mod fields;
mod layers;
mod layout;
mod lineage;
pub mod manifest;
mod markdown;
mod page;
mod patient_data;
mod payload;
pub mod pdf;
mod profile;
mod search;
pub mod serve;

pub use charts::Ask;
pub use collect::{Artifacts, Changes, Gone, docs_data};
pub use lineage::Columns;
pub use page::{Form, render_page};
pub use payload::DocsData;
