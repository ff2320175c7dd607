//! What can be read off a SQL text by its words alone.

use std::ops::Range;

use crate::run::sql_tokens;

/// Returns the dotted name that begins at a place, and its parts without
/// quotes.
pub fn name_at(sql: &str, position: usize) -> Option<(Range<usize>, Vec<String>)> {
    let rest = sql.get(position..)?;
    let mut parts = Vec::new();
    let mut end = position;
    let mut wants_name = true;
    for token in sql_tokens(rest) {
        let word = &rest[token.clone()];
        // A name goes on without blanks.
        if !parts.is_empty() && position + token.start != end {
            break;
        }
        if wants_name && is_name(word) {
            parts.push(unquoted(word));
        } else if wants_name || word != "." {
            break;
        }
        wants_name = !wants_name;
        end = position + token.end;
    }
    if wants_name && !parts.is_empty() {
        end -= 1;
    }
    (!parts.is_empty()).then_some((position..end, parts))
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c == '"' || c == '_' || c.is_alphabetic())
}

/// Returns a name without the quotes around it.
pub fn unquoted(word: &str) -> String {
    match word
        .strip_prefix('"')
        .and_then(|word| word.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\"\"", "\""),
        None => word.to_owned(),
    }
}

/// Returns the end of the word, quoted name or sign at a place.
pub fn word_end(sql: &str, position: usize) -> usize {
    if let Some((range, _)) = name_at(sql, position) {
        return range.end;
    }
    let rest = sql.get(position..).unwrap_or_default();
    let token = sql_tokens(rest).next();
    token.map_or(position, |token| position + token.end)
}

/// Returns the range of a call that begins at a place with the function's
/// name: up to the bracket that closes it.
pub fn call_at(sql: &str, position: usize) -> Option<Range<usize>> {
    let (name, _) = name_at(sql, position)?;
    let rest = &sql[name.end..];
    let mut depth = 0_usize;
    for token in sql_tokens(rest) {
        match &rest[token.clone()] {
            "(" => depth += 1,
            ")" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(position..name.end + token.end);
                }
            }
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// One CTE of a query: its name, and the text between its brackets.
#[derive(Debug, PartialEq, Eq)]
pub struct Cte {
    pub name: String,
    /// Where the name stands.
    pub name_at: Range<usize>,
    pub body: Range<usize>,
    /// Where it ends, the closing bracket included.
    pub end: usize,
}

/// Returns the CTEs at the beginning of a query.
pub fn ctes(sql: &str) -> Vec<Cte> {
    let mut found = Vec::new();
    let mut tokens = sql_tokens(sql).peekable();
    let is = |range: &Range<usize>, word: &str| sql[range.clone()].eq_ignore_ascii_case(word);
    if !tokens.next().is_some_and(|first| is(&first, "with")) {
        return found;
    }
    if tokens.peek().is_some_and(|next| is(next, "recursive")) {
        tokens.next();
    }
    while let Some(name) = tokens.next() {
        let mut depth = 0_usize;
        let mut open = None;
        let mut seen_as = false;
        for token in tokens.by_ref() {
            match &sql[token.clone()] {
                "(" => {
                    depth += 1;
                    if depth == 1 && seen_as && open.is_none() {
                        open = Some(token.end);
                    }
                }
                ")" => {
                    depth = depth.saturating_sub(1);
                    if let (0, Some(start)) = (depth, open) {
                        found.push(Cte {
                            name: unquoted(&sql[name.clone()]),
                            name_at: name.clone(),
                            body: start..token.start,
                            end: token.end,
                        });
                        break;
                    }
                }
                word if depth == 0 && word.eq_ignore_ascii_case("as") => seen_as = true,
                _ => {}
            }
        }
        match tokens.next() {
            Some(comma) if is(&comma, ",") => {}
            _ => break,
        }
    }
    found
}

/// Tells whether a query reads files that are not on this machine. Looking at it
/// must not reach for the network.
pub fn reads_remote(sql: &str) -> bool {
    if !sql.contains("://") {
        return false;
    }
    let tokens: Vec<&str> = sql_tokens(sql).map(|token| &sql[token]).collect();
    let reads_files = tokens.iter().any(|word| {
        let word = word.to_lowercase();
        word.starts_with("read_")
            || word.ends_with("_scan")
            || word.starts_with("parquet_")
            || is_any(&word, &["glob", "sniff_csv"])
    });
    let is_address = |word: &str| word.starts_with('\'') && word.contains("://");
    let mut pairs = tokens.windows(2);
    reads_files && tokens.iter().any(|word| is_address(word))
        || pairs.any(|pair| is_any(pair[0], &["from", "join"]) && is_address(pair[1]))
}

/// Tells whether the columns of a query depend on its rows: those of a pivot
/// without a list of values, and of SQL that is made while it is bound.
pub fn gives_columns_by_rows(sql: &str) -> bool {
    let mut tokens = sql_tokens(sql).map(|token| &sql[token]).peekable();
    let mut pivots = 0_usize;
    while let Some(word) = tokens.next() {
        let next = tokens.peek().copied().unwrap_or_default();
        if is_any(word, &["query", "query_table", "getvariable"]) && next == "(" {
            return true;
        }
        if is_any(word, &["pivot", "pivot_wider"]) && !matches!(next, "," | "." | ")" | "") {
            pivots += 1;
        } else if pivots > 0 && word.eq_ignore_ascii_case("in") && next == "(" {
            tokens.next();
            let first = tokens.peek().copied().unwrap_or_default();
            if !is_any(first, &["select", "with", "from"]) {
                pivots -= 1;
            }
        }
    }
    pivots > 0
}

fn is_any(word: &str, words: &[&str]) -> bool {
    words.iter().any(|other| word.eq_ignore_ascii_case(other))
}

/// Returns where a word stands in a range of a text, outside of strings and
/// comments. Quotes around names do not count.
pub fn words<'a>(
    sql: &'a str,
    range: Range<usize>,
    word: &'a str,
) -> impl Iterator<Item = Range<usize>> + 'a {
    let start = range.start;
    let text = &sql[range];
    sql_tokens(text)
        .filter(move |token| unquoted(&text[token.clone()]).eq_ignore_ascii_case(word))
        .map(move |token| start + token.start..start + token.end)
}

#[cfg(test)]
mod tests {
    use super::{call_at, ctes, gives_columns_by_rows, name_at, reads_remote};

    #[test]
    fn names_and_calls_are_read_whole() {
        let sql = r#"select a."B c".d, f( g(1), ')' ) from t"#;
        let (range, parts) = name_at(sql, 7).unwrap();
        assert_eq!(&sql[range], r#"a."B c".d"#);
        assert_eq!(parts, ["a", "B c", "d"]);
        let call = call_at(sql, sql.find("f(").unwrap()).unwrap();
        assert_eq!(&sql[call], "f( g(1), ')' )");
        assert_eq!(call_at(sql, 0), None);
    }

    #[test]
    fn a_pivot_without_a_list_has_columns_by_its_rows() {
        assert!(gives_columns_by_rows("pivot t on k using sum(v)"));
        assert!(gives_columns_by_rows(
            "from t pivot (sum(v) for k in (select k from t))"
        ));
        assert!(!gives_columns_by_rows(
            "from t pivot (sum(v) for k in ('a', 'b'))"
        ));
        assert!(!gives_columns_by_rows(
            "-- pivot it\nselect a.pivot, 'pivot x' from a"
        ));
    }

    #[test]
    fn an_address_is_no_file_unless_it_is_read() {
        assert!(reads_remote("select * from read_csv('s3://b/x.csv')"));
        assert!(reads_remote("from 'https://x/y.parquet'"));
        assert!(!reads_remote(
            "select 'http://hl7.org/fhir' as system from t -- s3://x"
        ));
        assert!(!reads_remote("select * from read_csv('x.csv')"));
    }

    #[test]
    fn ctes_are_told_apart() {
        let sql = "with a as (select (1)), b(x) as materialized (select 2 -- )\n) select 3";
        let found = ctes(sql);
        let bodies: Vec<&str> = found.iter().map(|cte| &sql[cte.body.clone()]).collect();
        assert_eq!(bodies, ["select (1)", "select 2 -- )\n"]);
        assert_eq!(found[1].name, "b");
        assert!(ctes("select 1").is_empty());
    }
}
