//! Where rendered text comes from: the places of a template behind a place of
//! its SQL.

use std::ops::Range;
use std::sync::Arc;

use super::syntax::{Source, Span};

/// Where each piece of a rendered text comes from, in the text's order.
#[derive(Debug, Clone)]
pub struct SourceMap {
    source: Source,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
struct Piece {
    output: Range<usize>,
    from: From,
}

#[derive(Debug, Clone)]
enum From {
    /// Text that stands in the template, at one place or several.
    Text(Box<[Span]>),
    /// What an expression gave. When that is a macro's text, it has a map of
    /// its own.
    Made(Span, Option<Arc<SourceMap>>),
}

/// A macro's text and where it comes from.
#[derive(Debug)]
pub(super) struct MappedText {
    text: Box<str>,
    map: SourceMap,
}

impl MappedText {
    pub(super) fn new(text: &str, map: SourceMap) -> Self {
        Self {
            text: text.into(),
            map,
        }
    }
}

/// A place in a template, and what it has to do with the rendered text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The path that errors name the template by.
    pub path: Arc<str>,
    /// Bytes of the template's text.
    pub range: Range<usize>,
    /// Whether the rendered text stands there as it is. Otherwise it is the
    /// expression that has made it.
    pub is_verbatim: bool,
}

impl SourceMap {
    pub(super) fn of(source: &Source) -> Self {
        Self {
            source: source.clone(),
            pieces: Vec::new(),
        }
    }

    /// Adds text of the template.
    pub(super) fn add_text(&mut self, at: usize, length: usize, spans: &[Span]) {
        self.pieces.push(Piece {
            output: at..at + length,
            from: From::Text(spans.into()),
        });
    }

    /// Adds what an expression gave. `called` is the macro that ended last
    /// while it was worked out.
    pub(super) fn add_made(
        &mut self,
        at: usize,
        text: &str,
        span: Span,
        called: Option<MappedText>,
    ) {
        let called = called.filter(|called| &*called.text == text);
        self.pieces.push(Piece {
            output: at..at + text.len(),
            from: From::Made(span, called.map(|called| Arc::new(called.map))),
        });
    }

    /// Returns the places behind a range of the rendered text: the template's
    /// own first, then those in the macros that it goes through, the innermost
    /// last. None where nothing was rendered.
    pub fn origins(&self, range: &Range<usize>) -> Vec<Origin> {
        let place = self
            .pieces
            .partition_point(|piece| piece.output.end <= range.start);
        let Some(piece) = self.pieces.get(place) else {
            return Vec::new();
        };
        let Some(start) = range.start.checked_sub(piece.output.start) else {
            return Vec::new();
        };
        let end = range.end.min(piece.output.end).max(range.start) - piece.output.start;
        let origin = |range: Range<usize>, is_verbatim| Origin {
            path: self.source.path.clone(),
            range,
            is_verbatim,
        };
        match &piece.from {
            From::Text(spans) => {
                let text = &*self.source.text;
                let start = in_source(text, spans, start);
                // The end is that of the last byte, which may stand elsewhere.
                let end = in_source(text, spans, end.saturating_sub(1)) + 1;
                vec![origin(start..end.max(start), true)]
            }
            From::Made(span, called) => {
                let mut origins = vec![origin(span.range(), false)];
                if let Some(called) = called {
                    origins.extend(called.origins(&(start..end)));
                }
                origins
            }
        }
    }
}

/// Finds a byte of text that is put together from spans of a source, with line
/// ends made `\n`.
fn in_source(source: &str, spans: &[Span], offset: usize) -> usize {
    let mut left = offset;
    let mut last = 0;
    for span in spans {
        let range = span.range();
        let bytes = &source.as_bytes()[range.clone()];
        let mut i = 0;
        while i < bytes.len() {
            last = range.start + i;
            if left == 0 {
                return last;
            }
            left -= 1;
            i += if bytes[i..].starts_with(b"\r\n") {
                2
            } else {
                1
            };
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::jinja::tests::rendered_with_map;

    /// Renders a template with macros and says where a word comes from.
    fn check(macros: &str, template: &str, word: &str, expected: &str) {
        let (text, map) = rendered_with_map(macros, template);
        let start = text
            .find(word)
            .unwrap_or_else(|| panic!("{word} in {text}"));
        let mut told = Vec::new();
        for origin in map.origins(&(start..start + word.len())) {
            let is_own = &*origin.path == "t.sql";
            let source: Arc<str> = if is_own { template } else { macros }.into();
            let kind = if origin.is_verbatim { "text" } else { "made" };
            told.push(format!("{kind} {}", &source[origin.range]));
        }
        assert_eq!(told.join(" / "), expected, "{word} in {text}");
    }

    #[test]
    fn a_word_is_found_where_it_stands_or_where_it_was_made() {
        let template = "{% set a = 'xx' %}\r\nselect {# no #}nope,\r\n {{ a }} as b,\r\n c";
        check("", template, "nope", "text nope");
        check("", template, "xx", "made a");
        check("", template, "b,", "text b,");
        check("", template, "c", "text c");
    }

    #[test]
    fn a_loop_leads_to_its_body_and_to_its_expression() {
        let template = "{% for i in [1, 2] %}summ({{ i * 10 }}), {% endfor %}1";
        check("", template, "20", "made i * 10");
        check("", template, "summ", "text summ");
    }

    #[test]
    fn a_macro_leads_to_its_call_and_to_its_own_text() {
        let macros = "{% macro cents(c) %}round({{ c }} / 100.0, nope){% endmacro %}\n\
            {% macro outer(c) %}{{ return(cents(c)) }}{% endmacro %}";
        let template = "select {{ outer('amount') }} as x, {{ cents('b') | upper }}";
        check(macros, template, "nope", "made outer('amount') / text nope");
        check(macros, template, "amount", "made outer('amount') / made c");
        // What goes through a filter is no macro's text any more.
        check(macros, template, "NOPE", "made cents('b') | upper");
    }
}
