use super::*;
use crate::docs::data::{Code, Detail, Entry, Node};
use crate::docs::layout::layout;

fn page(name: &str, nodes: usize, text: &str) -> String {
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
    render_page(&DocsData {
        project: Project {
            name: name.to_owned(),
            ..Project::default()
        },
        nodes: (0..nodes).map(node).collect(),
        edges: Vec::new(),
        drawing: layout(nodes, &[], &[]),
        blocks: Vec::new(),
    })
}

/// Returns the JSON of a data block, as a browser finds it.
fn block(page: &str, id: &str) -> serde_json::Value {
    let start = format!("<script type=\"application/json\" id=\"{id}\">");
    let (_, rest) = page.split_once(&start).unwrap();
    let (json, _) = rest.split_once("</script").unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn no_text_ends_the_script_it_is_in() {
    let text = "</script><script>alert(1)</script><!-- <script> ]]> %style% \u{2028}";
    let html = page("p", 1, text);
    assert_eq!(html.matches("alert(1)").count(), 2);
    assert!(!html.contains("<script>alert") && !html.contains("<!--"));
    assert_eq!(block(&html, "index")["nodes"][0]["name"], text);
    assert_eq!(block(&html, "code-0")[0]["raw"], text);
    // Its own scripts: index, detail, code and the one that runs.
    assert_eq!(html.matches("<script").count(), 4);
    assert_eq!(html.matches("</script").count(), 4);
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
    assert!(html.contains(&format!("script-src 'sha256-{}'", digest(script))));
    assert!(html.contains(&format!("style-src 'sha256-{}'", digest(style))));
    assert!(html.contains("default-src 'none'"));
    // The digest of an empty text is well known.
    assert_eq!(digest(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn the_assets_name_no_address() {
    let html = page("p", 0, "");
    for sign in ["http://", "https://", "url(", "@import", "//cdn"] {
        let allowed = if sign == "http://" {
            "http://www.w3.org/2000/svg"
        } else {
            ""
        };
        let found = html.matches(sign).count()
            - if allowed.is_empty() {
                0
            } else {
                html.matches(allowed).count()
            };
        assert_eq!(found, 0, "{sign}");
    }
}

#[test]
fn large_projects_are_read_in_parts() {
    let html = page("p", 60, &"x".repeat(10_000));
    let starts = block(&html, "index")["code_chunks"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(starts, 5);
    let nodes: usize = (0..starts)
        .map(|i| block(&html, &format!("code-{i}")).as_array().unwrap().len())
        .sum();
    assert_eq!(nodes, 60);
}
