//! The charts that exposures declare: `meta: {charts: [...]}`.
//!
//! Their data is aggregated by the database when the page is made, and groups of fewer than
//! [`SMALLEST`] people or events are left out: the page holds no rows.

mod draw;
mod spec;

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::cells::SMALLEST;
use super::collect::Subject;
use super::fields::{items, text};
use super::payload::Chart;
use crate::adapter::Table;
use crate::diagnostics::Diagnostic;

/// Asks the database; an error is the database's message.
pub type Ask<'a> = dyn FnMut(&str) -> Result<Table, String> + 'a;

/// Draws the charts of an exposure. What cannot be drawn is a chart with a problem, and a
/// warning that names the exposure's file.
pub(super) fn charts(
    exposure: &Value,
    subject_of: &dyn Fn(&str) -> Option<Subject>,
    ask: Option<&mut Ask<'_>>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Chart> {
    let name = text(exposure, "name").unwrap_or_default();
    let path = text(exposure, "original_file_path").unwrap_or_default();
    let mut ask = ask;
    let mut charts = Vec::new();
    for (i, declared) in declared(exposure).enumerate() {
        let title =
            text(declared, "title").map_or_else(|| format!("Chart {}", i + 1), str::to_owned);
        let drawn = spec::read(declared).and_then(|spec| match ask.as_deref_mut() {
            None => Err("the database was not asked".to_owned()),
            Some(ask) => {
                let of = subject_of(&spec.of).ok_or_else(|| {
                    format!("the exposure does not depend on a table `{}`", spec.of)
                })?;
                draw::draw(&spec, &of, ask)
            }
        });
        charts.push(match drawn {
            Ok(chart) => Chart { title, ..chart },
            Err(why) => {
                // Without a database nothing is wrong with the chart.
                if ask.is_some() {
                    found.push(
                        Diagnostic::warning(
                            "chart",
                            format!("chart `{title}` of exposure `{name}` cannot be drawn: {why}"),
                        )
                        .hint(format!("look at its `meta: charts:` in `{path}`")),
                    );
                }
                Chart {
                    title,
                    kind: "table",
                    failed: true,
                    smallest: SMALLEST,
                    ..Chart::default()
                }
            }
        });
    }
    charts
}

/// Whether an exposure declares charts.
pub(super) fn has_charts(exposure: &Value) -> bool {
    declared(exposure).next().is_some()
}

fn declared(exposure: &Value) -> impl Iterator<Item = &Value> {
    let config = exposure.get("config").and_then(|config| config.get("meta"));
    let meta = [exposure.get("meta"), config];
    let found = meta
        .into_iter()
        .flatten()
        .find(|meta| meta.get("charts").is_some());
    items(found.unwrap_or(&Value::Null), "charts")
}
