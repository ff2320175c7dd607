use super::*;

#[track_caller]
fn check(markdown: &str, html: &str) {
    pretty_assertions::assert_eq!(to_html(markdown).trim_end(), html);
}

#[test]
fn paragraphs_and_breaks() {
    check("one\ntwo\n\nthree", "<p>one\ntwo</p>\n<p>three</p>");
    check("one  \ntwo", "<p>one<br>\ntwo</p>");
    check("one\r\n\r\ntwo", "<p>one</p>\n<p>two</p>");
    check("", "");
    assert_eq!(to_cell_html("Paid *amount*"), "Paid <em>amount</em>");
    assert_eq!(to_cell_html("a\n\nb"), "<p>a</p>\n<p>b</p>\n");
}

#[test]
fn headings_start_below_the_page_s_own() {
    check("# Claims", "<h3>Claims</h3>");
    check("### Deep ###", "<h3>Deep</h3>");
    check("## A\n#### B", "<h3>A</h3>\n<h5>B</h5>");
    check("Title\n=====\ntext", "<h3>Title</h3>\n<p>text</p>");
    check("#hashtag", "<p>#hashtag</p>");
}

#[test]
fn emphasis_and_names_with_underscores() {
    check(
        "**paid** and *allowed*",
        "<p><strong>paid</strong> and <em>allowed</em></p>",
    );
    check("__a__ _b_", "<p><strong>a</strong> <em>b</em></p>");
    check("***both***", "<p><strong><em>both</em></strong></p>");
    check("claim_line_id and _x", "<p>claim_line_id and _x</p>");
    check("2 * 3 * 4", "<p>2 * 3 * 4</p>");
    check("~~old~~", "<p><del>old</del></p>");
    check(r"\*not\*", "<p>*not*</p>");
    check("**open", "<p>**open</p>");
}

#[test]
fn code_shows_as_typed() {
    check(
        "`a < b` and ``x`y``",
        "<p><code>a &lt; b</code> and <code>x`y</code></p>",
    );
    check(
        "```sql\nselect '<b>'\n```\nafter",
        "<pre><code>select &#39;&lt;b&gt;&#39;\n</code></pre>\n<p>after</p>",
    );
    check(
        "```\nnever closed",
        "<pre><code>never closed\n</code></pre>",
    );
    check("a ` b", "<p>a ` b</p>");
}

#[test]
fn lists() {
    check("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>");
    check(
        "3. a\n4. b",
        "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>",
    );
    check(
        "- a\n  - b\n  - c\n- d",
        "<ul>\n<li>a<ul>\n<li>b</li>\n<li>c</li>\n</ul>\n</li>\n<li>d</li>\n</ul>",
    );
    check(
        "text\n- a\n\nend",
        "<p>text</p>\n<ul>\n<li>a</li>\n</ul>\n<p>end</p>",
    );
    check("- a\n\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>");
    check(
        "- a\n\n  more",
        "<ul>\n<li><p>a</p>\n<p>more</p>\n</li>\n</ul>",
    );
    check("in\n2024. was a year", "<p>in\n2024. was a year</p>");
}

#[test]
fn quotes_rules_and_tables() {
    check("> a\n> b", "<blockquote>\n<p>a\nb</p>\n</blockquote>");
    check("---", "<hr>");
    check(
        "| code | n |\n|---|--:|\n| a\\|b | 1 |",
        "<table><thead>\n<tr><th>code</th><th class=\"right\">n</th></tr>\n</thead><tbody>\n\
         <tr><td>a|b</td><td class=\"right\">1</td></tr>\n</tbody></table>",
    );
    check("a | b\nno table", "<p>a | b\nno table</p>");
}

#[test]
fn links() {
    let web = |url: &str, text: &str| {
        format!("<p><a href=\"{url}\" target=\"_blank\" rel=\"noopener noreferrer\">{text}</a></p>")
    };
    check(
        "[CMS](https://cms.gov/a_(b))",
        &web("https://cms.gov/a_(b)", "CMS"),
    );
    check(
        "<https://cms.gov>",
        &web("https://cms.gov", "https://cms.gov"),
    );
    check(
        "https://cms.gov/x?a=1&b=2.",
        &format!(
            "{}.</p>",
            web(
                "https://cms.gov/x?a=1&amp;b=2",
                "https://cms.gov/x?a=1&amp;b=2"
            )
            .trim_end_matches("</p>")
        ),
    );
    check(
        "[here](#/node/model.a.b)",
        "<p><a href=\"#/node/model.a.b\">here</a></p>",
    );
    check(
        "in [0, 10) and [here](#a)",
        "<p>in [0, 10) and <a href=\"#a\">here</a></p>",
    );
    check("[x] (y)", "<p>[x] (y)</p>");
}

#[test]
fn an_image_is_a_link_because_nothing_is_loaded() {
    check(
        "![chart](https://example.org/a.png)",
        "<p><a href=\"https://example.org/a.png\" target=\"_blank\" rel=\"noopener noreferrer\">chart</a></p>",
    );
}

/// Tags that the renderer itself writes, with the attributes it gives them.
fn only_own_markup(html: &str) {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..at + rest[at..].find('>').expect("a tag ends")];
        let name = tag.trim_start_matches('/');
        let name = &name[..name.find(' ').unwrap_or(name.len())];
        let known = [
            "p",
            "br",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "em",
            "strong",
            "del",
            "code",
            "pre",
            "a",
            "ul",
            "ol",
            "li",
            "blockquote",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ];
        assert!(known.contains(&name), "`{tag}` in {html}");
        let mut attributes = tag[name.len().min(tag.len())..].to_owned();
        while let Some(start) = attributes.find("=\"") {
            let end = start + 2 + attributes[start + 2..].find('"').expect("a quote ends");
            let key = attributes[..start]
                .rsplit(' ')
                .next()
                .unwrap_or_default()
                .to_owned();
            let value = &attributes[start + 2..end];
            match key.as_str() {
                "href" => assert!(safe_url(&value.replace("&amp;", "&")).is_some(), "{value}"),
                "class" => assert!(["middle", "right"].contains(&value)),
                "start" => assert!(value.bytes().all(|b| b.is_ascii_digit())),
                "target" => assert_eq!(value, "_blank"),
                "rel" => assert_eq!(value, "noopener noreferrer"),
                _ => panic!("`{key}` in {html}"),
            }
            attributes.replace_range(..=end, "");
        }
        assert_eq!(
            attributes.replace('/', "").trim(),
            name_of_tag(tag, name),
            "{html}"
        );
        rest = &rest[at + 1..];
    }
}

fn name_of_tag<'a>(tag: &str, name: &'a str) -> &'a str {
    // Without attributes only a closing tag's name is left over.
    if tag.starts_with('/') {
        &name[name.len() - 1..]
    } else {
        ""
    }
}

#[test]
fn nothing_gets_through() {
    let attempts = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        "[x](//evil.example)",
        "[x](https://a\" onmouseover=\"alert(1))",
        "[x](https://a' onmouseover='alert(1))",
        "[x](<https://a\"onclick=alert(1)>)",
        "<https://a\" onclick=\"alert(1)>",
        "https://a\"onclick=alert(1)",
        "![x\" onerror=\"alert(1)](https://a)",
        "`</code><script>alert(1)</script>`",
        "```\n</code></pre><script>alert(1)</script>\n```",
        "```\"><script>\nx\n```",
        "| <b>a</b> | \" |\n|---|---|\n| <svg onload=alert(1)> | x |",
        "# <svg/onload=alert(1)>",
        "> <iframe src=https://a>",
        "- <style>*{display:none}</style>",
        "**<b onclick=alert(1)>**",
        "<br onclick=alert(1)>",
        "<BR/>fine",
        "\\<script\\>",
        "[[x](https://a)](javascript:alert(1))",
        "[![x](https://a)](javascript:alert(1))",
        "[x](https://a)[y](javascript://https://a)",
        "<mailto:a@b\" onclick=alert(1)>",
    ];
    for attempt in attempts {
        let html = to_html(attempt);
        only_own_markup(&html);
        only_own_markup(&to_cell_html(attempt));
        for sign in [
            "<script",
            "<img",
            "<svg",
            "<iframe",
            "<style",
            "<b ",
            "href=\"javascript",
            "href=\"//",
        ] {
            assert!(
                !html.to_lowercase().contains(sign),
                "{attempt} became {html}"
            );
        }
    }
}

#[test]
fn addresses() {
    for good in [
        "https://a",
        "HTTP://a",
        "mailto:a@b",
        "#x",
        "docs/a.md",
        "/x:y",
        "?a=b:c",
    ] {
        assert!(safe_url(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "javascript:x",
        "data:x",
        "file:///etc",
        "//a",
        "java\nscript:x",
        "\\\\a\\b",
        "x y:z",
        "1:2",
    ] {
        assert!(safe_url(bad).is_none(), "{bad}");
    }
}

#[test]
fn hostile_texts_are_rendered_in_bounded_space() {
    for piece in [
        "*", "_a ", "**a ", "`", "``a`", "[", "](", "[a](", "![", "<", "> ", "- ", "~~a ",
        "***a** ", "|", "<http", "# ", "\\", "*a_b",
    ] {
        for text in [piece.repeat(20_000), format!("{piece}\n").repeat(2_000)] {
            let html = to_html(&text);
            assert!(html.len() < 64 * text.len(), "{piece}: {}", html.len());
        }
    }
}
