//! `pivot` over values that only the rows tell: what is wrong with it whatever
//! the rows are.

use super::{Item, Twin};
use crate::check::errors;
use crate::diagnostics::Diagnostic;
use crate::parse::ResourceType;
use crate::sql::with_pivot_values;

impl<'a> Twin<'a> {
    /// Returns what is wrong with a query whose columns depend on rows.
    pub(super) fn wrong_pivot(&mut self, item: &Item<'a>) -> Vec<Diagnostic> {
        let Some(written) = with_pivot_values(&item.draft.code) else {
            return Vec::new();
        };
        // With a value written out, all of it is bound.
        if let Err(mut error) = self.desk().describe(&written.text)
            && let Some(position) = error.position
        {
            error.position = Some(written.place_before(position));
            if errors::is_of_names(&error) {
                return errors::diagnostics(self, item, &[error]);
            }
        }
        let is_view = item.node.resource_type == ResourceType::Model
            && item.node.config.materialized() == "view";
        let view = format!(
            "explain create temp view __hcdbt_pivot as ({})",
            item.draft.code
        );
        match self.desk().execute(&view) {
            Err(mut error) if is_view && error.message.contains("cannot be used in views") => {
                error.position =
                    crate::check::text::words(&item.draft.code, 0..item.draft.code.len(), "pivot")
                        .next()
                        .map(|word| word.start);
                errors::diagnostics(self, item, &[error])
            }
            _ => Vec::new(),
        }
    }
}
