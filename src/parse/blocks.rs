//! The blocks of macro, snapshot and docs files.

use std::sync::Arc;

use serde_json::json;

use super::template::{Template, TemplateFiles, template_error};
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::event::kinds;
use crate::jinja::{Blocks, scan_blocks_of};

/// Finds the blocks of a file that begin with one of the tags.
pub(super) fn scan(file: &Arc<SourceFile>, tags: &[&str]) -> Result<Blocks, Diagnostic> {
    scan_blocks_of(&file.text, tags).map_err(|error| {
        let whole = 0..file.text.len();
        let template = Template::of_part(file, &whole);
        let what = format!("`{}`", file.path);
        template_error(&TemplateFiles::default(), &template, &what, &error)
    })
}

/// Says which tags stand outside of all blocks, where nothing runs them.
pub(super) fn strays<'b>(
    file: &'b Arc<SourceFile>,
    blocks: &'b Blocks,
) -> impl Iterator<Item = Diagnostic> + 'b {
    blocks.strays.iter().map(move |stray| {
        let description = format!("Found unexpected '{}' block tag.", stray.word);
        let title = format!("{description} in file `{}`", file.path);
        let data = json!({"msg": description, "file": file.path.as_str()});
        Diagnostic::warning("stray-tag", title)
            .as_event(kinds::UNEXPECTED_JINJA_BLOCK, data)
            .at(file, stray.tag.clone(), "outside of all blocks")
            .hint("move it into a block, or remove it: it does nothing here")
    })
}
