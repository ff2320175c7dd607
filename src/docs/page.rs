//! Puts the data and the assets into one HTML file.
//!
//! The file's content security policy allows its own script and style, by their
//! digests, and nothing else: no request leaves the page, and no script that a
//! text might bring in would run.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::data::{Block, DocsData, Entry, Project};
use super::layout::NODE_HEIGHT;
use super::markdown::escape;

#[cfg(test)]
mod tests;

const TEMPLATE: &str = include_str!("assets/page.html");

/// In the order in which the rules apply.
const STYLES: [&str; 4] = [
    include_str!("assets/base.css"),
    include_str!("assets/frame.css"),
    include_str!("assets/pages.css"),
    include_str!("assets/lineage.css"),
];

/// One script in pieces, which share one scope; `main.js` starts the page.
const SCRIPTS: [&str; 11] = [
    include_str!("assets/dom.js"),
    include_str!("assets/data.js"),
    include_str!("assets/words.js"),
    include_str!("assets/code.js"),
    include_str!("assets/arrange.js"),
    include_str!("assets/drawing.js"),
    include_str!("assets/lineage.js"),
    include_str!("assets/node.js"),
    include_str!("assets/pages.js"),
    include_str!("assets/sidebar.js"),
    include_str!("assets/main.js"),
];

/// How much JSON the page reads at once when a node is opened.
const CHUNK_BYTES: usize = 128 * 1024;

/// Returns the page as HTML.
pub fn render_page(data: &DocsData) -> String {
    let style = STYLES.concat();
    let mut script = String::from("(() => {\n'use strict';\n");
    script.push_str(&SCRIPTS.concat());
    script.push_str("})();\n");

    let details = chunks(data.nodes.iter().map(|node| &node.detail));
    let code = chunks(data.nodes.iter().map(|node| &node.code));
    let index = Index::new(data, &details, &code);

    let mut blocks = String::new();
    data_block("index", &json(&index), &mut blocks);
    for (name, chunks) in [("detail", &details), ("code", &code)] {
        for (i, chunk) in chunks.iter().enumerate() {
            data_block(&format!("{name}-{i}"), &chunk.json, &mut blocks);
        }
    }

    let mut title = String::new();
    escape(&data.project.name, &mut title);
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(&script),
        digest(&style),
    );
    fill(&[
        ("policy", &policy),
        ("title", &title),
        ("style", &style),
        ("data", &blocks),
        ("script", &script),
    ])
}

/// What the page reads when it opens.
#[derive(Serialize)]
struct Index<'a> {
    project: &'a Project,
    nodes: Vec<&'a Entry>,
    /// From, to, from, to, …
    edges: Vec<u32>,
    /// The column and the height of each node in the graph.
    column: Vec<u32>,
    y: Vec<i32>,
    /// The nodes with long edges, and the heights these take.
    trunks: Vec<(usize, &'a [i32])>,
    node_height: i32,
    blocks: &'a [Block],
    /// The first node of each part of the rest of the data.
    detail_chunks: Vec<usize>,
    code_chunks: Vec<usize>,
}

impl<'a> Index<'a> {
    fn new(data: &'a DocsData, details: &[Chunk], code: &[Chunk]) -> Self {
        let places = &data.drawing.places;
        let trunks = places
            .iter()
            .enumerate()
            .filter(|(_, place)| !place.trunk.is_empty());
        Self {
            project: &data.project,
            nodes: data.nodes.iter().map(|node| &node.entry).collect(),
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
            detail_chunks: details.iter().map(|chunk| chunk.first).collect(),
            code_chunks: code.iter().map(|chunk| chunk.first).collect(),
        }
    }
}

/// A JSON list with the data of consecutive nodes.
struct Chunk {
    first: usize,
    json: String,
}

fn chunks<'a, T: Serialize + 'a>(values: impl Iterator<Item = &'a T>) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    for (i, value) in values.enumerate() {
        match chunks
            .last_mut()
            .filter(|chunk| chunk.json.len() < CHUNK_BYTES)
        {
            Some(chunk) => chunk.json.push(','),
            None => chunks.push(Chunk {
                first: i,
                json: String::from("["),
            }),
        }
        let chunk = chunks.last_mut().expect("just pushed");
        chunk.json.push_str(&json(value));
    }
    for chunk in &mut chunks {
        chunk.json.push(']');
    }
    chunks
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the page's data has only text keys")
}

/// Writes JSON so that no text in it can end the script element or open a comment:
/// in JSON, `<` occurs within strings only, where it can be written as an escape.
fn data_block(id: &str, json: &str, html: &mut String) {
    html.push_str("<script type=\"application/json\" id=\"");
    html.push_str(id);
    html.push_str("\">");
    html.push_str(&json.replace('<', "\\u003c"));
    html.push_str("</script>\n");
}

/// Fills the template's `%name%`s. One pass, so that what is filled in is not read again.
fn fill(values: &[(&str, &str)]) -> String {
    let size: usize = values.iter().map(|(_, value)| value.len()).sum();
    let mut html = String::with_capacity(TEMPLATE.len() + size);
    for (i, part) in TEMPLATE.split('%').enumerate() {
        match values.iter().find(|(name, _)| i % 2 == 1 && *name == part) {
            Some((_, value)) => html.push_str(value),
            None => html.push_str(part),
        }
    }
    html
}

/// Returns the SHA-256 of a text in base64, as content security policies want it.
fn digest(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::with_capacity(44);
    for group in Sha256::digest(text.as_bytes()).chunks(3) {
        let bytes = [
            group[0],
            group.get(1).copied().unwrap_or(0),
            group.get(2).copied().unwrap_or(0),
        ];
        let bits = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        for i in 0..4 {
            let digit = (bits >> (18 - 6 * i)) & 63;
            encoded.push(if i > group.len() {
                '='
            } else {
                char::from(DIGITS[digit as usize])
            });
        }
    }
    encoded
}
