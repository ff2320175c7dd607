//! Finds a place of compiled SQL in its template, where a line was rendered
//! from a line with templates in it.
//!
//! The text around the templates stands in both, in the same order. What lies
//! between two such texts was made by the template between them.

use std::ops::Range;

/// A place in a template.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// The text stands there as it is.
    Text(Range<usize>),
    /// The expression or statement there has made it.
    Made(Range<usize>),
}

/// Finds a range of one compiled line among lines of a template. `lines` are
/// pairs of a line without its end and where it begins. None where no line, or
/// more than one, could have made it.
pub fn find(lines: &[(&str, usize)], compiled: &str, range: &Range<usize>) -> Option<Found> {
    let mut best: Option<(usize, Found)> = None;
    let mut is_unclear = false;
    for (line, start) in lines {
        let parts = split(line);
        let Some((weight, found)) = place(&parts, compiled, range) else {
            continue;
        };
        match &best {
            Some((known, _)) if *known > weight => {}
            Some((known, _)) if *known == weight => is_unclear = true,
            _ => {
                is_unclear = false;
                best = Some((weight, moved(found, *start)));
            }
        }
    }
    best.filter(|_| !is_unclear).map(|(_, found)| found)
}

fn moved(found: Found, by: usize) -> Found {
    match found {
        Found::Text(range) => Found::Text(range.start + by..range.end + by),
        Found::Made(range) => Found::Made(range.start + by..range.end + by),
    }
}

/// Returns how much text a template line has in common with a compiled one,
/// and where in it the place is.
fn place(parts: &[Part], compiled: &str, range: &Range<usize>) -> Option<(usize, Found)> {
    let has_template = parts.iter().any(|part| part.is_template);
    let mut weight = 0;
    let mut found = None;
    // Where the compiled text of what comes next may begin, and the template
    // that made what lies before.
    let mut at = 0;
    let mut maker: Option<&Part> = None;
    let last = parts.len().checked_sub(1)?;
    for (i, part) in parts.iter().enumerate() {
        if part.is_template {
            maker = maker.or(Some(part));
            continue;
        }
        // Blanks at the ends may have been trimmed.
        let mut text = match (i == 0, i == last) {
            (true, true) => part.text.trim(),
            (true, false) => part.text.trim_start(),
            (false, true) => part.text.trim_end(),
            (false, false) => part.text,
        };
        let begins = match (maker, i == last) {
            // Text after the last template stands at the end. A blank before
            // it may have been trimmed, when the template made nothing.
            (Some(_), true) => {
                let end = compiled.trim_end().len();
                let begins = |text: &str| {
                    let start = end.checked_sub(text.len())?;
                    (start >= at && compiled.get(start..end)? == text).then_some(start)
                };
                match begins(text) {
                    Some(start) => start,
                    None => {
                        text = text.trim_start();
                        begins(text)?
                    }
                }
            }
            (Some(_), false) => at + compiled.get(at..)?.find(text)?,
            (None, _) => {
                let start = compiled.len() - compiled.trim_start().len();
                compiled.get(start..)?.starts_with(text).then_some(start)?
            }
        };
        if let Some(maker) = maker.take()
            && (at..begins).contains(&range.start)
        {
            found = Some(Found::Made(maker.range.clone()));
        }
        let ends = begins + text.len();
        if (begins..ends).contains(&range.start) {
            let lead = part.text.find(text).unwrap_or(0);
            let start = part.range.start + lead + (range.start - begins);
            let length = (range.end - range.start).min(ends - range.start);
            found = Some(Found::Text(start..start + length));
        }
        weight += text.chars().filter(|c| !c.is_whitespace()).count();
        at = ends;
    }
    if let Some(maker) = maker
        && (at..compiled.len()).contains(&range.start)
    {
        found = Some(Found::Made(maker.range.clone()));
    }
    // A line of templates alone could have made anything.
    (has_template && weight >= 3).then_some((weight, found?))
}

/// A piece of a template line.
#[derive(Debug)]
struct Part<'a> {
    text: &'a str,
    range: Range<usize>,
    is_template: bool,
}

/// Splits a line into its templates and the text around them.
fn split(line: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut push = |range: Range<usize>, is_template: bool| {
        if !range.is_empty() {
            let text = &line[range.clone()];
            parts.push(Part {
                text,
                range,
                is_template,
            });
        }
    };
    let mut at = 0;
    while let Some(open) = ["{{", "{%", "{#"]
        .iter()
        .filter_map(|mark| line[at..].find(mark))
        .min()
    {
        let open = at + open;
        let close = match &line[open..open + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        push(at..open, false);
        // A template that goes on in the next line ends this one.
        let end = line[open..]
            .find(close)
            .map_or(line.len(), |i| open + i + 2);
        push(open..end, true);
        at = end;
    }
    push(at..line.len(), false);
    parts
}

#[cfg(test)]
mod tests {
    use super::{Found, find};

    /// Finds `mark` of a compiled line in a template.
    fn check(template: &str, compiled: &str, mark: &str, expected: &str) {
        let lines: Vec<(&str, usize)> = template
            .lines()
            .scan(0, |at, line| {
                let start = *at;
                *at += line.len() + 1;
                Some((line, start))
            })
            .collect();
        let start = compiled.find(mark).unwrap();
        let found = match find(&lines, compiled, &(start..start + mark.len())) {
            Some(Found::Text(range)) => format!("text {}", &template[range]),
            Some(Found::Made(range)) => format!("made {}", &template[range]),
            None => "none".to_owned(),
        };
        assert_eq!(found, expected, "{mark} of {compiled}");
    }

    #[test]
    fn text_beside_a_call_is_found_as_it_is() {
        let template = "select nope, {{ col() }} as b from {{ ref('a') }} where x";
        let compiled = "select nope, c + d as b from \"db\".\"main\".\"a\" where x";
        check(template, compiled, "nope", "text nope");
        check(template, compiled, "as b", "text as b");
        check(template, compiled, "where", "text where");
        check(template, compiled, "d as", "made {{ col() }}");
        check(template, compiled, "\"main\"", "made {{ ref('a') }}");
    }

    #[test]
    fn a_config_before_the_query_is_no_obstacle() {
        let template = "{{ config(materialized='table') }} select nope from x";
        check(template, "select nope from x", "nope", "text nope");
    }

    #[test]
    fn a_line_of_a_loop_made_each_of_its_lines() {
        let template =
            "select\n{% for c in cols %}\n  summ({{ c }}) as {{ c }}_total,\n{% endfor %}\n1";
        check(template, "  summ(b) as b_total,", "summ", "text summ");
        check(template, "  summ(b) as b_total,", "b)", "made {{ c }}");
    }

    #[test]
    fn of_two_lines_that_could_have_made_it_none_is_taken() {
        let template = "sum({{ a }}) as x\nsum({{ b }}) as x";
        check(template, "sum(1) as x", "sum", "none");
        check("{{ a() }}", "select 1", "select", "none");
    }
}
