//! The statement as one page that loads nothing.

use std::fmt::Write as _;

use serde_json::Value;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;\
padding:0 1rem;color:#1b1f24;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;\
margin-top:2.2rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;\
padding:.3rem .6rem;border-bottom:1px solid #d8dee4;vertical-align:top}th{font-weight:600}\
code,pre{font:13px/1.5 ui-monospace,monospace}pre{white-space:pre-wrap;background:#f6f8fa;\
padding:.6rem}.yes{color:#116329}.no{color:#b31d28;font-weight:600}.dim{color:#57606a}\
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}td,th{border-color:#30363d}\
pre{background:#161b22}.yes{color:#56d364}.no{color:#ff7b72}.dim{color:#8b949e}}";

/// Draws a statement.
pub fn html(statement: &Value) -> String {
    let mut page = String::new();
    let made = &statement["made"];
    let project = text(&made["project"]);
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Patient data in {project}</title><style>{STYLE}</style></head><body>\
         <h1>Patient data in {project}</h1>\
         <p class=\"dim\">Made {} by {}, {}.</p>",
        text(&made["at"]),
        text(&made["program"]),
        text(&made["engine"]),
    );
    let verdict = if statement["kept"] == true {
        "<p class=\"yes\">Every promise is kept.</p>"
    } else {
        "<p class=\"no\">Promises are broken.</p>"
    };
    page.push_str(verdict);
    for broken in list(&statement["broken"]) {
        let _ = write!(
            page,
            "<h3 class=\"no\">{}</h3><pre>{}</pre>",
            text(&broken["title"]),
            text(&broken["ways"])
        );
    }
    table(
        &mut page,
        "Promises",
        statement,
        "promises",
        &["name", "by", "column", "promise", "kept", "at"],
    );
    table(
        &mut page,
        "Declared",
        statement,
        "declared",
        &["table", "column", "kinds", "at"],
    );
    table(
        &mut page,
        "Paths to what is promised",
        statement,
        "paths",
        &["from", "kinds", "to", "steps", "left"],
    );
    table(
        &mut page,
        "Transforms",
        statement,
        "transforms",
        &["name", "reason", "is_registered", "columns"],
    );
    table(
        &mut page,
        "Every edge with patient data",
        statement,
        "edges",
        &["from", "to", "kind", "transforms", "before", "after"],
    );
    let _ = writeln!(
        page,
        "<h2>Columns of sources and seeds that nobody has classified</h2><p>{}</p>\
         <h2>Rules</h2><pre>{}</pre><h2>What this rests on</h2><pre>{}</pre></body></html>",
        cell(&statement["not_classified"]),
        pretty(&statement["rules"]),
        pretty(&statement["rests_on"]),
    );
    page
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn table(page: &mut String, title: &str, statement: &Value, key: &str, columns: &[&str]) {
    let rows = list(&statement[key]);
    let _ = write!(page, "<h2>{title}</h2>");
    if rows.is_empty() {
        page.push_str("<p class=\"dim\">None.</p>");
        return;
    }
    page.push_str("<table><tr>");
    for column in columns {
        let _ = write!(page, "<th>{}</th>", column.replace('_', " "));
    }
    page.push_str("</tr>");
    for row in rows {
        page.push_str("<tr>");
        for column in columns {
            let _ = write!(page, "<td>{}</td>", cell(&row[*column]));
        }
        page.push_str("</tr>");
    }
    page.push_str("</table>");
}

/// Writes a value as a person reads it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "<span class=\"yes\">yes</span>".to_owned(),
        Value::Bool(false) => "<span class=\"no\">no</span>".to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(cell).collect();
            items.join("<br>")
        }
        Value::Object(map) => {
            let parts = map.values().filter(|value| !value.is_null());
            let parts: Vec<String> = parts.map(cell).filter(|part| !part.is_empty()).collect();
            parts.join(" · ")
        }
        other => text(other),
    }
}

fn pretty(value: &Value) -> String {
    escaped(&serde_json::to_string_pretty(value).unwrap_or_default())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => escaped(text),
        Value::Null => String::new(),
        other => escaped(&other.to_string()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
