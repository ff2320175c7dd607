//! Puts the data into the page's one asset.
//!
//! `assets/page.html` is built from `ui/` and has gaps for the data. The file's content
//! security policy allows its own script and style, by their digests, and nothing else: no
//! request leaves the page, and no script that a text might bring in would run.

mod parts;

#[cfg(test)]
pub(super) mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::layout::NODE_HEIGHT;
use super::lineage::{Columns, Lineage};
use super::markdown::escape;
use super::payload::{Block, DocsData, Entry, Group, Project, Removed, Test};
use super::search;
pub(super) use parts::base64;
use parts::{Chunks, Part, chunks, json, list, single};

const TEMPLATE: &str = include_str!("assets/page.html");
/// What stands around the names of the template's gaps.
const GAP: &str = "@@";

/// A page, and the files that belong beside it.
pub struct Page {
    pub html: String,
    /// Paths relative to the page, and what they hold; none for a page in one file.
    pub files: Vec<(String, String)>,
}

/// Whether a page is one file, or a file and a folder of parts that it reads when they
/// are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    OneFile,
    Folder,
}

/// Makes the page; `columns` is where columns come from, when that is known.
pub fn render_page(data: &DocsData, columns: Option<&Columns<'_>>, form: Form) -> Page {
    let ids = data.nodes[..data.drawn].iter().map(|node| &*node.entry.id);
    let lineage = columns.map(|columns| Lineage::new(columns, ids));
    let lineage = lineage.as_ref().map_or_else(Vec::new, Lineage::nodes);
    let details: Vec<_> = data.nodes.iter().map(|node| &node.detail).collect();
    let code: Vec<_> = data.nodes.iter().map(|node| &node.code).collect();
    let test_details: Vec<_> = data.tests.iter().map(Test::detail).collect();
    let divide: [&(dyn Fn() -> Chunks + Sync); 5] = [
        &|| chunks("detail", &details),
        &|| chunks("code", &code),
        &|| chunks("tests", &data.tests),
        &|| chunks("test_detail", &test_details),
        &|| chunks("lineage", &lineage),
    ];
    let ((search, entries), chunked) = rayon::join(
        || {
            let entries: Vec<&Entry> = data.nodes.iter().map(|node| &node.entry).collect();
            (single("search", &search::index(data)), list(&entries))
        },
        || -> Vec<Chunks> { divide.par_iter().map(|divide| divide()).collect() },
    );
    let index = Index::new(data, &chunked, form).json(&entries);
    let mut all = vec![search];
    all.extend(chunked.into_iter().flat_map(|chunks| chunks.parts));

    let (within, beside) = match form {
        Form::OneFile => (all, Vec::new()),
        Form::Folder => (Vec::new(), all),
    };
    let size: usize = within.iter().map(|part| part.text.len()).sum();
    let mut within = Some(within);
    let mut html = String::with_capacity(TEMPLATE.len() + index.len() + size + size / 64);
    fill(&mut html, |gap, html| match gap {
        "policy" => html.push_str(&policy(form)),
        "title" => escape(&data.project.name, html),
        // In JSON, `<` occurs within strings only, where it can be written as an escape, so
        // that no text can end the element or open a comment.
        "index" => {
            for (i, piece) in index.split('<').enumerate() {
                html.push_str(if i > 0 { "\\u003c" } else { "" });
                html.push_str(piece);
            }
        }
        "parts" => {
            for part in within.take().unwrap_or_default() {
                element(&part, html);
            }
        }
        // What stands between the marks is no gap.
        text => html.push_str(text),
    });
    Page {
        html,
        files: beside.iter().map(file).collect(),
    }
}

fn policy(form: Form) -> String {
    let script = digest(between("<script>", "</script>"));
    let style = digest(between("<style>", "</style>"));
    // A page with a folder may read scripts from where it lies itself.
    let own = if form == Form::Folder { " 'self'" } else { "" };
    format!(
        "default-src 'none'; script-src 'sha256-{script}'{own}; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}

fn between(start: &str, end: &str) -> &'static str {
    TEMPLATE
        .split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map_or("", |(text, _)| text)
}

/// What the page reads when it opens.
#[derive(Serialize)]
struct Index<'a> {
    project: &'a Project,
    drawn: usize,
    /// From, to, from, to, …
    edges: Vec<u32>,
    /// The column and the height of each node in the graph.
    column: Vec<u32>,
    y: Vec<i32>,
    /// The nodes with long edges, and the heights these take.
    trunks: Vec<(usize, &'a [i32])>,
    node_height: i32,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    blocks: &'a [Block],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    groups: &'a [Group],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    removed: &'a [Removed],
    /// The first item of each part, by the name of what it is a part of.
    parts: BTreeMap<&'a str, &'a [usize]>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    folder: bool,
}

impl<'a> Index<'a> {
    fn new(data: &'a DocsData, chunked: &'a [Chunks], form: Form) -> Self {
        let places = &data.drawing.places;
        let trunks = places
            .iter()
            .enumerate()
            .filter(|(_, place)| !place.trunk.is_empty());
        Self {
            project: &data.project,
            drawn: data.drawn,
            edges: data
                .edges
                .iter()
                .flat_map(|(from, to)| [*from, *to])
                .collect(),
            column: places.iter().map(|place| place.column).collect(),
            y: places.iter().map(|place| place.y).collect(),
            trunks: trunks.map(|(i, place)| (i, &place.trunk[..])).collect(),
            node_height: NODE_HEIGHT,
            blocks: &data.blocks,
            groups: &data.groups,
            removed: &data.removed,
            parts: chunked
                .iter()
                .map(|chunks| (chunks.name, &chunks.starts[..]))
                .collect(),
            folder: form == Form::Folder,
        }
    }

    /// Writes it, with the nodes' entries, which are there as JSON.
    fn json(&self, entries: &str) -> String {
        let rest = json(self);
        format!("{{\"nodes\":{entries},{}", &rest[1..])
    }
}

/// A part within the page.
fn element(part: &Part, html: &mut String) {
    let Part { name, text } = part;
    for piece in [
        "<script type=\"text/plain\" id=\"part-",
        name,
        "\">",
        text,
        "</script>\n",
    ] {
        html.push_str(piece);
    }
}

/// A part as a file beside the page: a script, because a page that was opened from a
/// disk may read nothing else.
fn file(part: &Part) -> (String, String) {
    let Part { name, text } = part;
    (
        format!("parts/{name}.js"),
        format!("hcdbtPart('{name}','{text}')\n"),
    )
}

/// Fills the template's gaps. One pass, so that what is filled in is not read again.
fn fill(html: &mut String, mut write: impl FnMut(&str, &mut String)) {
    for (i, part) in TEMPLATE.split(GAP).enumerate() {
        if i % 2 == 1 {
            write(part, html);
        } else {
            html.push_str(part);
        }
    }
}

/// Returns the SHA-256 of a text in base64, as content security policies want it.
pub(super) fn digest(text: &str) -> String {
    base64(&Sha256::digest(text.as_bytes()))
}
