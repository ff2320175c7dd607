//! What fails a pull request.

use super::{Change, Gone};
use crate::config::hcdbt_yml::{Gates, RemovedColumns};
use crate::diagnostics::Diagnostic;

/// What the gates are to judge.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    pub changes: &'a [Change],
    pub gone: &'a [Gone],
    pub failing_tests: usize,
}

/// Returns an error for each gate that is crossed, at the model that does so.
pub fn crossed(judged: Judged<'_>, gates: &Gates) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if judged.failing_tests > gates.failing_tests as usize {
        let title = format!(
            "{} failing, and `ci: gates: failing_tests` of `hcdbt.yml` allows {}",
            if judged.failing_tests == 1 {
                "1 test is".to_owned()
            } else {
                format!("{} tests are", judged.failing_tests)
            },
            gates.failing_tests
        );
        found.push(Diagnostic::error("gate-failing-tests", title));
    }
    let keeps_columns = |is_public: bool| match gates.removed_columns {
        RemovedColumns::Public => is_public,
        RemovedColumns::Any => true,
        RemovedColumns::Allowed => false,
    };
    for gone in judged
        .gone
        .iter()
        .filter(|gone| keeps_columns(gone.is_public))
    {
        let title = format!(
            "{} `{}` is gone with all its columns",
            kind(gone.is_public),
            gone.name
        );
        found.push(Diagnostic::error("gate-removed-columns", title).hint(HOW_TO_REMOVE));
    }
    for change in judged.changes {
        if keeps_columns(change.is_public) {
            found.extend(removed_columns(change));
        }
        if let Some(limit) = gates.changed_rows {
            found.extend(changed_rows(change, limit));
        }
    }
    found
}

const HOW_TO_REMOVE: &str = "keep what others may read, or make a new version of the model";

fn kind(is_public: bool) -> &'static str {
    if is_public {
        "the public model"
    } else {
        "the model"
    }
}

fn removed_columns(change: &Change) -> Option<Diagnostic> {
    let removed = change.removed_columns();
    let removed: Vec<String> = removed.map(|name| format!("`{name}`")).collect();
    if removed.is_empty() {
        return None;
    }
    let noun = if removed.len() == 1 {
        "column"
    } else {
        "columns"
    };
    let title = format!(
        "{} `{}` has lost the {noun} {}",
        kind(change.is_public),
        change.name,
        removed.join(", ")
    );
    let diagnostic = Diagnostic::error("gate-removed-columns", title);
    let place = &change.place;
    Some(
        diagnostic
            .at(&place.file, place.range.clone(), "defined here")
            .hint(HOW_TO_REMOVE),
    )
}

fn changed_rows(change: &Change, limit: f64) -> Option<Diagnostic> {
    let comparison = change.comparison()?;
    let percent = comparison.differing_percent();
    if percent <= limit {
        return None;
    }
    let title = format!(
        "{percent:.2} % of the rows of `{}` are added, removed or changed, and `ci: gates: \
         changed_rows` of `hcdbt.yml` allows {limit} %",
        change.name
    );
    let place = &change.place;
    let diagnostic = Diagnostic::error("gate-changed-rows", title);
    Some(diagnostic.at(&place.file, place.range.clone(), "defined here"))
}
