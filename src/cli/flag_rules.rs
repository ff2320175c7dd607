//! Flags that do not go together.

use super::flags::{CommandFlags, FlagSources};
use crate::diagnostics::Diagnostic;

/// Checks what dbt checks before anything is read. The texts are dbt's.
///
/// # Errors
///
/// The first rule that is broken.
pub fn check(sources: &FlagSources<'_>, command: &CommandFlags) -> Result<(), Diagnostic> {
    let is_set = |name: &str| sources.is_given(name);
    if is_set("warn_error") && is_set("warn_error_options") {
        return Err(exclusive("warn_error_options", "warn_error"));
    }
    let run = &command.run;
    if command.extra.contains_key("inline") {
        for (name, is_given) in [
            ("select", !run.selection.select.is_empty()),
            ("selector", run.selection.selector.is_some()),
        ] {
            if is_given {
                return Err(exclusive("inline", name));
            }
        }
    }
    let of_environment = |name: &str| sources.setting(name);
    let start = run
        .event_time_start
        .clone()
        .or_else(|| of_environment("event_time_start"));
    let end = run
        .event_time_end
        .clone()
        .or_else(|| of_environment("event_time_end"));
    event_times(start.as_deref(), end.as_deref())
}

fn exclusive(name: &str, other: &str) -> Diagnostic {
    usage(format!("{name}: not allowed with argument {other}"))
}

fn event_times(start: Option<&str>, end: Option<&str>) -> Result<(), Diagnostic> {
    let alone = |given: &str, missing: &str| {
        Err(usage(format!(
            "The flag `{given}` was specified, but `{missing}` was not. When specifying \
             `{given}`, `{missing}` must also be present."
        )))
    };
    match (start, end) {
        (Some(_), None) => alone("--event-time-start", "--event-time-end"),
        (None, Some(_)) => alone("--event-time-end", "--event-time-start"),
        (Some(start), Some(end)) => match (moment(start), moment(end)) {
            (Some(start), Some(end)) if start >= end => Err(usage(
                "Value for `--event-time-start` must be less than `--event-time-end`".to_owned(),
            )),
            _ => Ok(()),
        },
        (None, None) => Ok(()),
    }
}

/// Reads a moment as the flags take it; one that cannot be read is told later.
fn moment(text: &str) -> Option<jiff::civil::DateTime> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let date: jiff::civil::Date = text.parse().ok()?;
        Some(date.to_datetime(jiff::civil::Time::midnight()))
    })
}

fn usage(title: String) -> Diagnostic {
    Diagnostic::error("flags", title)
}

#[cfg(test)]
mod tests {
    use super::event_times;

    #[test]
    fn event_times_come_in_pairs_and_in_order() {
        let check = |start, end, expected: Option<&str>| {
            let found = event_times(start, end).err().map(|d| d.title);
            match expected {
                None => assert_eq!(found, None),
                Some(part) => assert!(found.is_some_and(|f| f.contains(part)), "{part}"),
            }
        };
        check(None, None, None);
        check(Some("2024-01-01"), Some("2024-01-01 00:00:01"), None);
        check(
            Some("2024-01-02"),
            Some("2024-01-01"),
            Some("must be less than"),
        );
        check(Some("2024-01-01"), None, Some("`--event-time-end` was not"));
        check(
            None,
            Some("2024-01-01"),
            Some("`--event-time-start` was not"),
        );
    }
}
