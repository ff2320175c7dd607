//! `pivot` over values that only the rows tell. The engine's grammar takes it
//! for several statements, and writes no tree of them; with a value written out
//! it is a query like others.

use super::tokens::{Token, TokenKind, tokens};

/// Stands for the values that the rows tell.
pub const VALUES_OF_ROWS: &str = "values of the rows";

/// A text into which something was put.
#[derive(Debug)]
pub struct Written {
    pub text: String,
    /// The places of the text before, in order, and how many bytes were put
    /// there.
    added: Vec<(usize, usize)>,
}

/// Writes values into every `pivot` that has none. None where there is nothing
/// to write.
pub fn with_values(sql: &str) -> Option<Written> {
    let tokens = tokens(sql);
    let word = |i: usize| match tokens.get(i) {
        Some(token) if token.kind == TokenKind::Word => sql[token.range.clone()].to_lowercase(),
        _ => String::new(),
    };
    let mut places = Vec::new();
    for i in 0..tokens.len() {
        // `from t pivot (...)` names its values, or asks a query for them.
        if word(i) == "pivot"
            && tokens
                .get(i + 1)
                .is_some_and(|next| !opens(next) || is_source(i, &word))
        {
            places.extend(ends_of_values(&tokens, i + 1, &word));
        }
    }
    if places.is_empty() {
        return None;
    }
    let added = format!(" in ('{VALUES_OF_ROWS}')");
    let mut text = String::with_capacity(sql.len() + places.len() * added.len());
    let mut from = 0;
    for place in &places {
        text.push_str(&sql[from..*place]);
        text.push_str(&added);
        from = *place;
    }
    text.push_str(&sql[from..]);
    let added = places.into_iter().map(|place| (place, added.len()));
    Some(Written {
        text,
        added: added.collect(),
    })
}

fn opens(token: &Token) -> bool {
    token.kind == TokenKind::Sign(b'(')
}

/// Tells whether a `pivot` begins a query, so that what comes after it is its
/// source.
fn is_source(at: usize, word: &impl Fn(usize) -> String) -> bool {
    at == 0 || matches!(&*word(at - 1), "" | "as" | "from")
}

/// Returns where expressions after `on` end that have no values of their own.
fn ends_of_values(tokens: &[Token], from: usize, word: &impl Fn(usize) -> String) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut depth = 0_usize;
    let mut is_on = false;
    let mut has_values = false;
    for (i, token) in tokens.iter().enumerate().skip(from) {
        let ends_here = match token.kind {
            TokenKind::Sign(b'(') => {
                depth += 1;
                false
            }
            TokenKind::Sign(b')') if depth == 0 => true,
            TokenKind::Sign(b')') => {
                depth -= 1;
                false
            }
            _ if depth > 0 => false,
            TokenKind::Sign(b';') => true,
            TokenKind::Sign(b',') if is_on => {
                if !has_values {
                    ends.push(tokens[i - 1].range.end);
                }
                has_values = false;
                false
            }
            TokenKind::Word => match &*word(i) {
                "on" if !is_on => {
                    is_on = true;
                    false
                }
                "in" if is_on => {
                    has_values = true;
                    false
                }
                "using" | "group" | "order" | "limit" => true,
                _ => false,
            },
            _ => false,
        };
        let is_last = i + 1 == tokens.len();
        if is_on && !has_values && (ends_here || is_last) {
            let last = if ends_here { &tokens[i - 1] } else { token };
            ends.push(last.range.end);
        }
        if ends_here {
            break;
        }
    }
    ends
}

impl Written {
    /// Gives the places in a parse tree as the engine writes it those of the
    /// text before.
    pub fn moved_back(&self, tree: &str) -> String {
        const KEY: &str = "\"query_location\":";
        let mut moved = String::with_capacity(tree.len());
        let mut rest = tree;
        while let Some(at) = rest.find(KEY) {
            let (before, after) = rest.split_at(at + KEY.len());
            moved.push_str(before);
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            match after[..digits].parse::<u64>() {
                Ok(place) => moved.push_str(&self.before(place).to_string()),
                Err(_) => moved.push_str(&after[..digits]),
            }
            rest = &after[digits..];
        }
        moved.push_str(rest);
        moved
    }

    fn before(&self, place: u64) -> u64 {
        let mut shift = 0;
        for (at, length) in &self.added {
            let start = *at as u64 + shift;
            if place < start || place >= u64::from(u32::MAX) {
                break;
            }
            // What was put in itself is where it was put.
            if place < start + *length as u64 {
                return *at as u64;
            }
            shift += *length as u64;
        }
        place - shift
    }
}

#[cfg(test)]
mod tests {
    use super::with_values;

    #[test]
    fn values_are_written_where_there_are_none() {
        let check = |sql: &str, expected: &str| {
            let written = with_values(sql).map(|written| written.text);
            let text = written.unwrap_or_default();
            assert_eq!(text.replace(" in ('values of the rows')", "<>"), expected);
        };
        check("pivot t on b using sum(c)", "pivot t on b<> using sum(c)");
        check(
            "pivot (select * from t join u on a = b) on lower(b), c",
            "pivot (select * from t join u on a = b) on lower(b)<>, c<>",
        );
        check(
            "with p as (pivot t on b group by a) select 1",
            "with p as (pivot t on b<> group by a) select 1",
        );
        check("pivot t on b in ('x') using sum(c)", "");
        check("select * from t pivot (sum(c) for b in ('x'))", "");
        check("select pivot from t", "");
    }

    #[test]
    fn places_are_those_of_the_text_before() {
        let written = with_values("pivot t on b using sum(c)").unwrap();
        let place = written.text.find("sum").unwrap();
        let tree = format!("{{\"query_location\":{place},\"x\":{{\"query_location\":6}}}}");
        assert_eq!(
            written.moved_back(&tree),
            "{\"query_location\":19,\"x\":{\"query_location\":6}}"
        );
    }
}
