//! What becomes of warnings: shown, silenced, or made errors; deprecations are
//! shown once and counted.

use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use serde_json::json;

use crate::diagnostics::{Diagnostic, Severity};
use crate::event::{EventKind, Verdict, WarningRules, kinds};

/// The rules of a command, and the deprecations it met so far.
#[derive(Debug, Default)]
pub struct Warnings {
    rules: WarningRules,
    /// `--show-all-deprecations`: each is shown, not each kind once.
    show_all: bool,
    /// How often each kind came, the first one first. Kinds that take a name,
    /// such as a variable's, count by it.
    met: Mutex<IndexMap<&'static str, (EventKind, usize)>>,
}

impl Warnings {
    pub fn new(rules: WarningRules, show_all: bool) -> Self {
        Self {
            rules,
            show_all,
            met: Mutex::default(),
        }
    }

    /// Returns what is to be said of these, with warnings that are errors as
    /// errors.
    pub fn judge(&self, diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
        diagnostics
            .iter()
            .filter_map(|diagnostic| self.judge_one(diagnostic))
            .collect()
    }

    fn judge_one(&self, diagnostic: &Diagnostic) -> Option<Diagnostic> {
        let is_warning = diagnostic.severity == Severity::Warning;
        let Some(event) = diagnostic.event.as_ref().filter(|_| is_warning) else {
            return Some(diagnostic.clone());
        };
        let is_new = !event.kind.is_summed_up() || self.is_new(event.kind);
        if !is_new {
            return None;
        }
        match self.rules.verdict(event.kind) {
            Verdict::Show => Some(diagnostic.clone()),
            Verdict::Silence => None,
            Verdict::Error => Some(Diagnostic {
                severity: Severity::Error,
                // As in dbt, what goes out is an error like any other.
                event: None,
                ..diagnostic.clone()
            }),
        }
    }

    fn is_new(&self, kind: EventKind) -> bool {
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, count) = met.entry(kind.name).or_insert((kind, 0));
        *count += 1;
        *count == 1 || self.show_all
    }

    /// Returns how many deprecations of each kind were met, when any was.
    pub fn summary(&self) -> Option<Diagnostic> {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if met.is_empty() {
            return None;
        }
        let mut title = "Summary of encountered deprecations:".to_owned();
        let mut summaries = Vec::new();
        for (kind, count) in met.values() {
            let noun = if *count == 1 {
                "occurrence"
            } else {
                "occurrences"
            };
            title.push_str(&format!("\n- {}: {count} {noun}", kind.name));
            summaries.push(json!({
                "event_name": kind.name,
                "event_code": kind.code,
                "occurrences": count,
            }));
        }
        let mut summary = Diagnostic::warning("deprecations", title).as_event(
            kinds::DEPRECATIONS_SUMMARY,
            json!({"summaries": summaries, "show_all_hint": !self.show_all}),
        );
        if !self.show_all && met.values().any(|(_, count)| *count > 1) {
            summary = summary.hint("`--show-all-deprecations` shows each of them");
        }
        Some(summary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deprecation() -> Diagnostic {
        Diagnostic::warning("deprecated", "old").as_event(kinds::EXPOSURE_NAME, json!({}))
    }

    #[test]
    fn a_deprecation_is_shown_once_and_counted_every_time() {
        let warnings = Warnings::default();
        assert_eq!(warnings.summary(), None);
        assert_eq!(warnings.judge(&[deprecation(), deprecation()]).len(), 1);
        assert_eq!(warnings.judge(&[deprecation()]).len(), 0);
        let summary = warnings.summary().expect("there were deprecations");
        assert_eq!(
            summary.title,
            "Summary of encountered deprecations:\n- ExposureNameDeprecation: 3 occurrences"
        );
        let all = Warnings::new(WarningRules::default(), true);
        assert_eq!(all.judge(&[deprecation(), deprecation()]).len(), 2);
    }

    #[test]
    fn a_warning_of_our_own_is_never_an_error() {
        let warnings = Warnings::new(WarningRules::all_are_errors(), false);
        let own = Diagnostic::warning("own", "odd");
        let found = warnings.judge(&[own, deprecation()]);
        let severities: Vec<Severity> = found.iter().map(|d| d.severity).collect();
        assert_eq!(severities, [Severity::Warning, Severity::Error]);
    }
}
