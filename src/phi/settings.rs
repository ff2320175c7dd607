//! What `hcdbt.yml` says about patient data, made ready.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::recognise::RESTRICTED_ZIP3;
use super::transform::Transforms;

/// The rules by which a project is judged.
#[derive(Debug, Clone)]
pub struct Settings {
    pub transforms: Arc<Transforms>,
    /// Areas whose three digits must become `000`.
    pub restricted_zip3: BTreeSet<String>,
    /// Shifted dates are dates, as Safe Harbor has it.
    pub breaks_on_shifted_dates: bool,
    /// Whatever decides about rows breaks a promise.
    pub breaks_on_indirect: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            transforms: Arc::new(Transforms::new(Vec::new())),
            restricted_zip3: RESTRICTED_ZIP3
                .iter()
                .map(|area| (*area).to_owned())
                .collect(),
            breaks_on_shifted_dates: false,
            breaks_on_indirect: false,
        }
    }
}
