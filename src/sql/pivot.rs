//! `pivot` over values that only the rows tell. The engine's grammar takes it
//! for several statements, and writes no tree of them; with a value written out
//! it is a query like others.

use std::ops::Range;

use super::tokens::{Token, TokenKind, tokens};

/// Stands for the values that the rows tell.
pub const VALUES_OF_ROWS: &str = "values of the rows";

/// A text into which something was put.
#[derive(Debug)]
pub struct Written {
    pub text: String,
    /// The parts of the text before that were replaced, in order, and how many
    /// bytes were put there.
    added: Vec<(Range<usize>, usize)>,
}

/// Writes values into every `pivot` that has none, or asks a query for them.
/// None where there is nothing to write.
pub fn with_values(sql: &str) -> Option<Written> {
    let tokens = tokens(sql);
    let word = |i: usize| match tokens.get(i) {
        Some(token) if token.kind == TokenKind::Word => sql[token.range.clone()].to_lowercase(),
        _ => String::new(),
    };
    let mut places = Vec::new();
    for i in 0..tokens.len() {
        // `from t pivot (...)` names its values.
        if word(i) == "pivot"
            && tokens
                .get(i + 1)
                .is_some_and(|next| !opens(next) || is_source(i, &word))
        {
            places.extend(missing_values(&tokens, i + 1, &word));
        }
    }
    if places.is_empty() {
        return None;
    }
    let added = format!(" in ('{VALUES_OF_ROWS}')");
    let mut text = String::with_capacity(sql.len() + places.len() * added.len());
    let mut from = 0;
    for place in &places {
        text.push_str(&sql[from..place.start]);
        text.push_str(&added);
        from = place.end;
    }
    text.push_str(&sql[from..]);
    let length = added.len();
    let added = places.into_iter().map(|place| (place, length));
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

/// Returns where the values of expressions after `on` belong that have none of
/// their own, and where a query stands in their place.
fn missing_values(
    tokens: &[Token],
    from: usize,
    word: &impl Fn(usize) -> String,
) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut is_on = false;
    let mut has_values = false;
    let end = |i: usize| tokens[i].range.end;
    let mut i = from;
    while let Some(token) = tokens.get(i) {
        match token.kind {
            TokenKind::Sign(b')' | b';') => break,
            TokenKind::Sign(b'(') => i = closing(tokens, i),
            TokenKind::Sign(b',') if is_on => {
                if !has_values {
                    places.push(end(i - 1)..end(i - 1));
                }
                has_values = false;
            }
            TokenKind::Word => match &*word(i) {
                "on" => is_on = true,
                "in" if is_on => {
                    has_values = true;
                    let is_query = matches!(&*word(i + 2), "select" | "with" | "from");
                    if is_query && tokens.get(i + 1).is_some_and(opens) {
                        let last = closing(tokens, i + 1);
                        places.push(end(i - 1)..end(last));
                        i = last;
                    }
                }
                "using" | "group" | "order" | "limit" => break,
                _ => {}
            },
            _ => {}
        }
        i += 1;
    }
    if is_on && !has_values {
        let last = i.min(tokens.len()) - 1;
        places.push(end(last)..end(last));
    }
    places
}

/// Returns the bracket that closes the one that opens at a token.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            TokenKind::Sign(b'(') => depth += 1,
            TokenKind::Sign(b')') if depth <= 1 => return i,
            TokenKind::Sign(b')') => depth -= 1,
            _ => {}
        }
    }
    tokens.len() - 1
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
        match usize::try_from(place) {
            // Places that are none are as large as can be.
            Ok(place) if place < u32::MAX as usize => self.place_before(place) as u64,
            _ => place,
        }
    }

    /// Returns where a byte of the written text was before.
    pub fn place_before(&self, place: usize) -> usize {
        // What is left of the text before, and of the written one.
        let (mut before, mut written) = (0, 0);
        for (part, length) in &self.added {
            let start = written + (part.start - before);
            if place < start {
                break;
            }
            // What was put in itself is where it was put.
            if place < start + length {
                return part.start;
            }
            (before, written) = (part.end, start + length);
        }
        before + (place - written)
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
        check(
            "pivot t on b in (select x from y), c using sum((c)) group by a",
            "pivot t on b<>, c<> using sum((c)) group by a",
        );
        check(
            "from (pivot t on b in (from y)) p",
            "from (pivot t on b<>) p",
        );
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
        let sql = "pivot t on b in (select b from u) using sum(c)";
        let written = with_values(sql).unwrap();
        let place = written.text.find("sum").unwrap();
        assert_eq!(written.place_before(place), sql.find("sum").unwrap());
    }
}
