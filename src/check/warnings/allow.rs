//! `-- hcdbt: allow(code, code)`, on the line of what is found or on the one
//! before.

use crate::diagnostics::Label;

/// Tells whether the user wants to hear nothing of a warning at a place.
pub fn is_allowed(label: &Label, code: &str) -> bool {
    let text = &*label.file.text;
    let start = label.range.start.min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
    let before = text[..line_start].lines().next_back().unwrap_or_default();
    let own = &text[line_start..line_end];
    let is_comment = before.trim_start().starts_with("--") || before.trim_start().starts_with("{#");
    allows(own, code) || is_comment && allows(before, code)
}

fn allows(line: &str, code: &str) -> bool {
    let Some((_, rest)) = line.split_once("hcdbt: allow(") else {
        return false;
    };
    let list = rest.split(')').next().unwrap_or_default();
    list.split(',').any(|one| one.trim() == code)
}

#[cfg(test)]
mod tests {
    use super::is_allowed;
    use crate::diagnostics::{Label, SourceFile};

    #[test]
    fn a_comment_allows_on_its_line_and_the_next() {
        let text = "select a -- hcdbt: allow(x, y)\n, b\n-- hcdbt: allow(z)\n, c\n";
        let file = SourceFile::new("a.sql", text);
        let check = |word: &str, code: &str| {
            let start = text.find(word).unwrap();
            let label = Label {
                file: file.clone(),
                range: start..start + 1,
                message: String::new(),
            };
            is_allowed(&label, code)
        };
        assert!(check("a -", "x") && check("a -", "y") && check("c\n", "z"));
        assert!(!check("b\n", "x") && !check("a -", "z"));
    }
}
