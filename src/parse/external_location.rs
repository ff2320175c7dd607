//! Where a source's data is when it is no table: dbt-duckdb's
//! `external_location`, in which names stand for parts of the source.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::python_text::{push_str, py_str};

/// Returns how a source's data is written in SQL, none for a plain table.
///
/// `meta` is the source's meta together with the configs that dbt does not
/// know, `names` what may be filled in besides them.
pub(super) fn external_location(
    meta: &Map<String, Value>,
    names: &Map<String, Value>,
) -> Result<Option<String>, String> {
    if meta.contains_key("plugin") {
        return Ok(None);
    }
    let Some(template) = meta.get("external_location").and_then(Value::as_str) else {
        return Ok(None);
    };
    let value = |name: &str| meta.get(name).or_else(|| names.get(name)).map(py_str);
    let formatter = meta.get("formatter").map_or("newstyle".to_owned(), py_str);
    let location = match formatter.as_str() {
        "newstyle" => new_style(template, &value)?,
        "oldstyle" => old_style(template, &value)?,
        "template" => dollar_style(template, &value)?,
        other => {
            return Err(format!(
                "`formatter: {other}` is none of newstyle, oldstyle and template"
            ));
        }
    };
    // A function call, or what has its quotes, is written as it is.
    if location.contains('(') || location.starts_with('\'') {
        return Ok(Some(location));
    }
    Ok(Some(format!("'{location}'")))
}

fn unknown(name: &str) -> String {
    format!("`{name}` in `external_location` is no part of the source and not in its `meta`")
}

/// Fills in `{name}`; `{{` is a brace.
fn new_style(template: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        let end = (brace == "{").then(|| rest.find('}')).flatten();
        let Some(end) = end else {
            return Err(format!("`external_location` has a single `{brace}`"));
        };
        let field = &rest[..end];
        let name = field.split(['!', ':']).next().unwrap_or(field);
        out.push_str(&value(name).ok_or_else(|| unknown(name))?);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Fills in `%(name)s`; `%%` is a per cent sign.
fn old_style(template: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let field = rest.strip_prefix('(').and_then(|r| r.split_once(')'));
        let Some((name, after)) = field else {
            return Err("`external_location` has a single `%`".to_owned());
        };
        let text = value(name).ok_or_else(|| unknown(name))?;
        let kind = after.chars().next().unwrap_or('s');
        if kind == 'd' {
            let number = text
                .parse::<f64>()
                .map_err(|_| format!("`{name}` is no number"))?;
            let _ = write!(out, "{}", number as i64);
        } else {
            out.push_str(&text);
        }
        rest = after.get(kind.len_utf8()..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(out)
}

/// Fills in `$name` and `${name}`; `$$` is a dollar sign.
fn dollar_style(template: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let (name, after) = match rest.strip_prefix('{') {
            Some(inner) => inner
                .split_once('}')
                .ok_or("`external_location` has a `${` without its `}`")?,
            None => {
                let end = rest
                    .find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
                    .unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        if name.is_empty() {
            return Err("`external_location` has a single `$`".to_owned());
        }
        out.push_str(&value(name).ok_or_else(|| unknown(name))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Collects what may be filled in besides a source's meta.
pub(super) fn source_names(
    name: &str,
    identifier: &str,
    schema: &str,
    database: Option<&str>,
    tags: &[String],
) -> Map<String, Value> {
    let mut tags_text = String::new();
    push_str(&mut tags_text, &Value::from(tags.to_vec()));
    let mut names = Map::new();
    names.insert("name".to_owned(), name.into());
    names.insert("identifier".to_owned(), identifier.into());
    names.insert("schema".to_owned(), schema.into());
    names.insert("database".to_owned(), database.into());
    names.insert("tags".to_owned(), tags_text.into());
    names
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{external_location, source_names};

    fn check(meta: Value) -> String {
        let names = source_names("claims", "CLM", "raw", None, &["a".to_owned()]);
        let meta = meta.as_object().cloned().unwrap_or_default();
        match external_location(&meta, &names) {
            Ok(Some(location)) => location,
            Ok(None) => "-".to_owned(),
            Err(message) => message,
        }
    }

    #[test]
    fn a_file_is_quoted_and_a_call_is_not() {
        assert_eq!(check(json!({})), "-");
        assert_eq!(
            check(json!({"external_location": "d/{name}.csv"})),
            "'d/claims.csv'"
        );
        assert_eq!(
            check(
                json!({"external_location": "read_csv('d/{identifier}.csv', columns={{'a': 'int'}})"})
            ),
            "read_csv('d/CLM.csv', columns={'a': 'int'})"
        );
        assert_eq!(check(json!({"external_location": "'x'"})), "'x'");
        assert_eq!(
            check(json!({"external_location": "x", "plugin": "excel"})),
            "-"
        );
    }

    #[test]
    fn meta_comes_before_the_sources_own_names() {
        assert_eq!(
            check(
                json!({"external_location": "{root}/{name}/{tags}/{database}", "root": 7, "name": "other"})
            ),
            "'7/other/['a']/None'"
        );
    }

    #[test]
    fn the_other_formatters_are_pythons() {
        assert_eq!(
            check(
                json!({"external_location": "%(schema)s_%(name)s.csv %%", "formatter": "oldstyle"})
            ),
            "'raw_claims.csv %'"
        );
        assert_eq!(
            check(json!({"external_location": "${schema}_$name.csv $$", "formatter": "template"})),
            "'raw_claims.csv $'"
        );
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            check(json!({"external_location": "{nmae}"})),
            "`nmae` in `external_location` is no part of the source and not in its `meta`"
        );
        assert_eq!(
            check(json!({"external_location": "{name"})),
            "`external_location` has a single `{`"
        );
        assert_eq!(
            check(json!({"external_location": "x", "formatter": "new"})),
            "`formatter: new` is none of newstyle, oldstyle and template"
        );
    }
}
