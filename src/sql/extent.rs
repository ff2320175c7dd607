//! Where an expression begins and ends, found from one place in it.
//!
//! Parsers tell the first byte of most expressions, but not brackets around
//! them and not their end.

use std::ops::Range;

use super::tokens::{Token, TokenKind, tokens};

/// Before an expression.
const BEFORE: &[&str] = &[
    "all", "and", "by", "distinct", "from", "having", "limit", "offset", "on", "or", "qualify",
    "select", "using", "where",
];

/// Calls whose place is not told: the first place in them is an argument's.
const WITHOUT_PLACE: &[&str] = &["coalesce", "if", "iff", "ifnull", "try"];

/// What a join begins with.
const JOIN: &[&str] = &[
    "anti",
    "asof",
    "cross",
    "full",
    "inner",
    "join",
    "left",
    "natural",
    "outer",
    "positional",
    "right",
    "semi",
];

/// Before a condition, of which `and` makes several.
const BEFORE_CONDITION: &[&str] = &["and", "having", "on", "qualify", "where"];

/// After an expression.
const AFTER: &[&str] = &[
    "anti",
    "as",
    "asc",
    "asof",
    "cross",
    "desc",
    "except",
    "from",
    "full",
    "group",
    "groups",
    "having",
    "inner",
    "intersect",
    "join",
    "left",
    "limit",
    "natural",
    "nulls",
    "offset",
    "on",
    "order",
    "positional",
    "qualify",
    "range",
    "right",
    "rows",
    "semi",
    "union",
    "using",
    "where",
    "window",
];

/// A statement's tokens, to look for extents in.
pub struct Extents<'q> {
    sql: &'q str,
    tokens: Vec<Token>,
}

impl<'q> Extents<'q> {
    pub fn new(sql: &'q str) -> Self {
        Self {
            sql,
            tokens: tokens(sql),
        }
    }

    /// Returns the extent of the expression whose first part that has a place
    /// stands at a byte: without its alias, with the brackets around it.
    pub fn around(&self, at: u32) -> Range<usize> {
        let at = at as usize;
        let after = self.tokens.partition_point(|token| token.range.start <= at);
        let Some(here) = after.checked_sub(1) else {
            return at..at;
        };
        if let Some(last) = self.last_of_join(here) {
            return self.tokens[here].range.start..self.tokens[last].range.end;
        }
        let (first, open, is_condition) = self.first(here);
        let last = self.last(here, open, is_condition);
        self.tokens[first].range.start..self.tokens[last].range.end
    }

    /// Goes to the left: the first token, how many brackets it opens, and
    /// whether it is a condition's.
    fn first(&self, here: usize) -> (usize, usize, bool) {
        let (mut first, mut open, mut closed) = (here, 0_usize, 0_usize);
        while first > 0 {
            let token = &self.tokens[first - 1];
            match token.kind {
                TokenKind::Sign(b')' | b']' | b'}') => closed += 1,
                TokenKind::Sign(b'(' | b'[' | b'{') if closed > 0 => closed -= 1,
                TokenKind::Sign(b'(') if self.is_after_call(first - 1) => break,
                TokenKind::Sign(b'(' | b'[' | b'{') => open += 1,
                TokenKind::Sign(b',' | b';') if closed == 0 => break,
                TokenKind::Word if closed == 0 && self.is_one_of(token, BEFORE) => {
                    return (first, open, self.is_one_of(token, BEFORE_CONDITION));
                }
                _ => {}
            }
            first -= 1;
        }
        (first, open, false)
    }

    /// Goes to the right, past as many closing brackets as were opened.
    fn last(&self, here: usize, mut open: usize, is_condition: bool) -> usize {
        let (mut last, mut depth, mut betweens) = (here, 0_usize, 0_usize);
        for (i, token) in self.tokens.iter().enumerate().skip(here) {
            match token.kind {
                TokenKind::Sign(b'(' | b'[' | b'{') => depth += 1,
                TokenKind::Sign(b')' | b']' | b'}') if depth > 0 => depth -= 1,
                TokenKind::Sign(b')' | b']' | b'}') if open > 0 => open -= 1,
                TokenKind::Sign(b')' | b']' | b'}' | b';') => return last,
                TokenKind::Sign(b',') if depth == 0 && open == 0 => return last,
                TokenKind::Word if depth == 0 && i > here => {
                    let is_and = self.is_one_of(token, &["and"]);
                    if self.is_one_of(token, &["between"]) {
                        betweens += 1;
                    } else if is_and && betweens > 0 {
                        betweens -= 1;
                    } else if is_and && is_condition && open == 0 || self.ends(i) {
                        return last;
                    }
                }
                _ => {}
            }
            last = i;
        }
        last
    }

    /// Tells whether a bracket holds a call's arguments, or what is written like
    /// them: `filter (...)`.
    fn is_after_call(&self, bracket: usize) -> bool {
        let before = bracket.checked_sub(1).map(|before| &self.tokens[before]);
        before.is_some_and(|before| {
            before.kind == TokenKind::Word
                && !self.is_one_of(before, BEFORE)
                && !self.is_one_of(before, WITHOUT_PLACE)
                && !self.is_one_of(before, &["not"])
        })
    }

    /// Returns the last token of a join with `using`, or of a natural one, when
    /// one begins here.
    fn last_of_join(&self, here: usize) -> Option<usize> {
        let next = self.tokens.get(here + 1)?;
        if !self.is_one_of(&self.tokens[here], JOIN) || next.kind == TokenKind::Sign(b'(') {
            return None;
        }
        let (mut last, mut depth, mut has_table) = (here, 0_usize, false);
        for (i, token) in self.tokens.iter().enumerate().skip(here) {
            match token.kind {
                TokenKind::Sign(b'(') => depth += 1,
                TokenKind::Sign(b')') if depth == 0 => break,
                TokenKind::Sign(b')') => depth -= 1,
                TokenKind::Sign(b',' | b';') if depth == 0 => break,
                TokenKind::Word if depth == 0 && self.is_one_of(token, &["using"]) => {
                    let mut rest = self.tokens.iter().enumerate().skip(i);
                    let end = rest.find(|(_, token)| token.kind == TokenKind::Sign(b')'));
                    return end.map(|(end, _)| end);
                }
                TokenKind::Word if depth == 0 && self.is_one_of(token, JOIN) && !has_table => {}
                TokenKind::Word
                    if depth == 0
                        && self.is_one_of(token, AFTER)
                        && !self.is_one_of(token, &["as"]) =>
                {
                    break;
                }
                _ => has_table = true,
            }
            last = i;
        }
        Some(last)
    }

    fn ends(&self, i: usize) -> bool {
        let token = &self.tokens[i];
        if !self.is_one_of(token, AFTER) {
            return false;
        }
        let before = &self.tokens[i - 1];
        // `is distinct from b`, `within group (...)`.
        let goes_on = self.is_one_of(token, &["from"]) && self.is_one_of(before, &["distinct"])
            || self.is_one_of(token, &["group"]) && self.is_one_of(before, &["within"]);
        // `left(a, 2)` is a function.
        let next = self.tokens.get(i + 1).map(|token| token.kind);
        let is_call = self.is_one_of(token, &["left", "right", "range"])
            && next == Some(TokenKind::Sign(b'('));
        !goes_on && !is_call
    }

    fn is_one_of(&self, token: &Token, words: &[&str]) -> bool {
        token.kind == TokenKind::Word
            && words
                .iter()
                .any(|word| self.sql[token.range.clone()].eq_ignore_ascii_case(word))
    }
}

#[cfg(test)]
mod tests {
    use super::Extents;

    /// Checks what is found around the first place of a text in SQL.
    fn check(sql: &str, part: &str, expected: &str) {
        let at = sql.find(part).expect("a part of the SQL") as u32;
        assert_eq!(&sql[Extents::new(sql).around(at)], expected, "{sql}");
    }

    #[test]
    fn items_end_at_commas_and_clauses() {
        check("select a, (b + 1) * c as d from t", "b", "(b + 1) * c");
        check("select a, coalesce(b, c) d from t", "b", "coalesce(b, c) d");
        check(
            "select distinct a is distinct from b from t",
            "a is",
            "a is distinct from b",
        );
        check("select left(a, 2), b from t", "left", "left(a, 2)");
        check("from t select a, b", "b", "b");
        check("select x in (select y from t)", "y", "y");
        check("select [a, b][1] as c", "a", "[a, b][1]");
        check(
            "select * replace (a + 1 as a, b as c) from t",
            "a +",
            "a + 1",
        );
    }

    #[test]
    fn conditions_end_at_and() {
        let sql = "select 1 from t where (a = 1 or b = 2) and c between 3 and 4 and d group by e";
        check(sql, "a =", "(a = 1 or b = 2)");
        check(sql, "c between", "c between 3 and 4");
        check(sql, "d group", "d");
        check(sql, "e", "select 1");
        check(
            "select 1 from t join u on t.a = u.a and t.b = u.b left join v",
            "t.b",
            "t.b = u.b",
        );
        check(
            "select sum(a) over (partition by b, c order by d desc) from t",
            "c order",
            "c",
        );
        check("select a and b from t", "a and", "a and b");
        check("select sum(a) filter (b > 1) from t", "b", "b > 1");
        check(
            "from t left join u as v using (a, b) where c",
            "left",
            "left join u as v using (a, b)",
        );
        check("from t natural join u where c", "natural", "natural join u");
    }
}
