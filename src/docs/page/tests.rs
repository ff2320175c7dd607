use std::io::Read as _;

use super::*;
use crate::docs::layout::layout;
use crate::docs::payload::{Code, Detail, Node};

fn data(name: &str, nodes: usize, text: &str) -> DocsData {
    let node = |i: usize| Node {
        entry: Entry {
            id: format!("model.p.m{i}"),
            name: text.to_owned(),
            ..Entry::default()
        },
        detail: Detail::default(),
        code: Code {
            raw: text.to_owned(),
            ..Code::default()
        },
    };
    DocsData {
        project: Project {
            name: name.to_owned(),
            ..Project::default()
        },
        nodes: (0..nodes).map(node).collect(),
        drawn: nodes,
        edges: Vec::new(),
        drawing: layout(nodes, &[], &[]),
        tests: Vec::new(),
        removed: Vec::new(),
        groups: Vec::new(),
        blocks: Vec::new(),
    }
}

fn page(name: &str, nodes: usize, text: &str) -> String {
    render_page(&data(name, nodes, text), None, Form::OneFile).html
}

/// Returns the text of a data element, as a browser finds it.
fn element_text<'a>(page: &'a str, id: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!(" id=\"{id}\">")).unwrap();
    rest.split_once("</script").unwrap().0
}

fn index(page: &str) -> serde_json::Value {
    serde_json::from_str(element_text(page, "index")).unwrap()
}

fn unpacked(text: &str) -> String {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b'=').map(digit).collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let bits = group
            .iter()
            .fold(0u32, |bits, digit| bits << 6 | u32::from(*digit));
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    let mut json = String::new();
    flate2::read::DeflateDecoder::new(&bytes[..])
        .read_to_string(&mut json)
        .unwrap();
    json
}

fn part(page: &str, name: &str) -> serde_json::Value {
    serde_json::from_str(&unpacked(element_text(page, &format!("part-{name}")))).unwrap()
}

/// Returns everything that a page holds, unpacked.
pub(in crate::docs) fn contents(page: &str) -> String {
    let mut text = page.to_owned();
    for (at, start) in page.match_indices(" id=\"part-") {
        let name = page[at + start.len()..].split('"').next().unwrap();
        text.push_str(&unpacked(element_text(page, &format!("part-{name}"))));
    }
    text
}

#[test]
fn no_text_ends_the_element_it_is_in() {
    let text = "</script><script>alert(1)</script><!-- <script> ]]> @@style@@ \u{2028}";
    let html = page("p", 1, text);
    assert!(!html.contains("<script>alert") && !html.contains("<!--"));
    assert_eq!(index(&html)["nodes"][0]["name"], text);
    assert_eq!(part(&html, "code-0")[0]["raw"], text);
    // The index, the script that runs, and the search, detail and code parts.
    assert_eq!(html.matches("<script").count(), 5);
    assert_eq!(html.matches("</script").count(), 5);
}

#[test]
fn the_project_s_name_is_escaped() {
    let html = page("</title><script>x</script>", 0, "");
    assert!(html.contains("<title>&lt;/title&gt;&lt;script&gt;"));
    assert!(!html.contains("<script>x"));
}

#[test]
fn the_policy_allows_exactly_the_page_s_own_script_and_style() {
    let html = page("p", 0, "");
    let (_, rest) = html.split_once("<script>").unwrap();
    let (script, _) = rest.split_once("</script>").unwrap();
    let (_, rest) = html.split_once("<style>").unwrap();
    let (style, _) = rest.split_once("</style>").unwrap();
    assert!(!script.is_empty() && !style.is_empty());
    assert!(html.contains(&format!("script-src 'sha256-{}';", digest(script))));
    assert!(html.contains(&format!("style-src 'sha256-{}';", digest(style))));
    assert!(html.contains("default-src 'none'"));
    // The digest of an empty text is well known.
    assert_eq!(digest(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn the_asset_names_no_address() {
    let html = page("p", 0, "").replace("http://www.w3.org/", "");
    for sign in ["http://", "https://", "url(", "@import", "//cdn"] {
        assert!(!html.contains(sign), "{sign}");
    }
}

#[test]
fn large_projects_are_read_in_parts() {
    let html = page("p", 600, &"x".repeat(2_000));
    let starts = index(&html)["parts"]["code"].as_array().unwrap().len();
    assert!(starts > 3);
    let nodes: usize = (0..starts)
        .map(|i| part(&html, &format!("code-{i}")).as_array().unwrap().len())
        .sum();
    assert_eq!(nodes, 600);
}

#[test]
fn a_folder_has_the_parts_beside_the_page() {
    let made = render_page(&data("p", 3, "text"), None, Form::Folder);
    assert_eq!(index(&made.html)["folder"], true);
    assert!(!made.html.contains("id=\"part-"));
    assert!(made.html.contains("script-src 'sha256-") && made.html.contains("' 'self';"));
    let (path, script) = &made.files[0];
    assert_eq!(path, "parts/search.js");
    assert!(script.starts_with("hcdbtPart('search','"));
}
