//! The rows expected and those that came, one under the other in a table that
//! people read.
//!
//! ```text
//!       id | name
//!   -    2 | [b]
//!   +    2 | [x]
//!   -    3 | c
//! ```

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use super::{Line, Text, shown};

/// How alike two texts are when only their differences are marked: below, the
/// marks would be more than the text.
const ALIKE: f32 = 0.5;

/// Draws the rows that differ, and how many are the same.
pub fn draw(columns: &[String], lines: &[Line<'_>]) -> String {
    let heading = columns.iter().map(|column| plain(column)).collect();
    let mut rows: Vec<(char, Vec<String>)> = vec![(' ', heading)];
    let mut same = 0;
    for line in lines {
        let whole = |row: &[Text]| row.iter().map(|cell| plain(shown(cell))).collect();
        match line {
            Line::Same(_) => same += 1,
            Line::Missing(row) => rows.push(('-', whole(row))),
            Line::Added(row) => rows.push(('+', whole(row))),
            Line::Changed(from, to) => {
                let cells = from.iter().zip(*to).map(|(from, to)| marked(from, to));
                let (from, to) = cells.unzip();
                rows.push(('-', from));
                rows.push(('+', to));
            }
        }
    }
    let width = |c: usize| rows.iter().map(|(_, row)| row[c].chars().count()).max();
    let widths: Vec<usize> = (0..columns.len()).map(|c| width(c).unwrap_or(0)).collect();
    let mut out = "- expected, + actual, [what differs]\n".to_owned();
    for (mark, row) in &rows {
        let mut text = format!("  {mark} ");
        for (c, cell) in row.iter().enumerate() {
            let separator = if c > 0 { " | " } else { "" };
            let missing = widths[c] - cell.chars().count();
            let _ = write!(text, "{separator}{cell}{}", " ".repeat(missing));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    match same {
        0 => {}
        1 => out.push_str("1 row is the same\n"),
        _ => {
            let _ = writeln!(out, "{same} rows are the same");
        }
    }
    out
}

/// Marks what differs between two cells.
fn marked(from: &Text, to: &Text) -> (String, String) {
    if from == to {
        let cell = plain(shown(from));
        return (cell.clone(), cell);
    }
    let (old, new) = (plain(shown(from)), plain(shown(to)));
    let is_text = |text: &str| text.chars().any(char::is_alphabetic);
    let difference = TextDiff::from_chars(&old, &new);
    let has_both = from.is_some() && to.is_some() && is_text(&old) && is_text(&new);
    if !has_both || difference.ratio() < ALIKE {
        return (format!("[{old}]"), format!("[{new}]"));
    }
    let side = |tag: ChangeTag| {
        let mut out = String::new();
        let mut is_open = false;
        for change in difference.iter_all_changes() {
            let differs = change.tag() != ChangeTag::Equal;
            if differs != is_open {
                out.push(if differs { '[' } else { ']' });
                is_open = differs;
            }
            if !differs || change.tag() == tag {
                out.push_str(change.value());
            }
        }
        if is_open {
            out.push(']');
        }
        out
    };
    (side(ChangeTag::Delete), side(ChangeTag::Insert))
}

/// Writes a cell on one line.
fn plain(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}
