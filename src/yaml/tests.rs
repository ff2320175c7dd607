use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Yaml, parse_fully, parse_yaml, parse_yaml_checked, plain, read_text};
use crate::diagnostics::{Diagnostic, SourceFile};

fn read(text: &str) -> Result<Yaml, Diagnostic> {
    parse_yaml(&SourceFile::new("models/schema.yml", text))
}

#[track_caller]
fn check(text: &str, expected: Value) {
    let yaml = read(text).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(yaml.to_json(), expected, "{text}");
}

/// Shows an error as its title, the text it points at, and its hint.
fn error(text: &str) -> String {
    let error = read(text).expect_err("the text has a mistake");
    let mut shown = error.title;
    for label in &error.labels {
        let pointed = &label.file.text[label.range.clone()];
        shown.push_str(&format!("\n> {pointed:?}: {}", label.message));
    }
    if let Some(hint) = error.hint {
        shown.push_str(&format!("\nhint: {hint}"));
    }
    shown
}

#[test]
fn scalars_are_what_pyyaml_makes_of_them() {
    check(
        "a: yes\nb: Off\nc: oN\nd: ~\ne:\nf: y\n",
        json!({"a": true, "b": false, "c": "oN", "d": null, "e": null, "f": "y"}),
    );
    check(
        "a: 010\nb: 0o10\nc: 0x1F\nd: 1_000\ne: 08\nf: 1:30\ng: -0b11\nh: 0_\n",
        json!({"a": 8, "b": "0o10", "c": 31, "d": 1000, "e": "08", "f": 90, "g": -3, "h": 0}),
    );
    check(
        "a: 1.\nb: .5\nc: 1e3\nd: 1.0e+3\ne: -.5\nf: .inf\ng: 1:30.5\nh: 1.2.3\n",
        json!({
            "a": 1.0, "b": 0.5, "c": "1e3", "d": 1000.0, "e": "-.5", "f": "inf", "g": 90.5,
            "h": "1.2.3",
        }),
    );
    check(
        "a: 12345678901234567890\nb: 123456789012345678901\nc: '1'\nd: !!str 1\n",
        json!({
            "a": 12_345_678_901_234_567_890_u64, "b": "123456789012345678901", "c": "1", "d": "1",
        }),
    );
}

#[test]
fn dates_and_times_are_written_as_python_writes_them() {
    check(
        "a: 2024-01-31\nb: 2024-1-1\nc: 2024-01-01 1:02:03\nd: 2024-01-01T01:02:03.5-05:30\n",
        json!({
            "a": "2024-01-31", "b": "2024-1-1", "c": "2024-01-01T01:02:03",
            "d": "2024-01-01T01:02:03.500000-05:30",
        }),
    );
    let date = read("2024-01-31").expect("a date");
    assert_eq!(date.value, super::YamlValue::Date("2024-01-31".to_owned()));
    insta::assert_snapshot!(error("a: 2024-02-30"), @r#"
    `2024-02-30` is not a date that exists
    > "2024-02-30": `2024-02-30` is not a date that exists
    hint: put quotes around it when it is meant as text
    "#);
}

#[test]
fn merge_keys_come_first_and_own_keys_win() {
    check(
        "base: &b {x: 1, y: 2}\nother: &o {x: 3, z: 4}\nc:\n  y: 5\n  <<: [*b, *o]\n",
        json!({
            "base": {"x": 1, "y": 2}, "other": {"x": 3, "z": 4},
            "c": {"x": 1, "z": 4, "y": 5},
        }),
    );
    check("'<<': {a: 1}", json!({"<<": {"a": 1}}));
    insta::assert_snapshot!(error("<<: 1\n"), @r#"
    `<<` needs a mapping, or a list of mappings
    > "1": this is neither
    "#);
}

#[test]
fn a_repeated_key_keeps_its_last_value_and_is_told() {
    let file = SourceFile::new("schema.yml", "a: 1\nb: 2\na: 3\n");
    let (yaml, warnings) = parse_yaml_checked(&file).expect("valid YAML");
    assert_eq!(yaml.to_json().to_string(), r#"{"a":3,"b":2}"#);
    assert_eq!(warnings.len(), 1);
    assert_eq!(
        warnings[0].title,
        "Duplicate key 'a' in \"<unicode string>\", line 3, column 1 in file `schema.yml`"
    );
    assert_eq!(warnings[0].labels[0].range, 10..11);
}

#[test]
fn values_know_their_place() {
    let text = "models:\n  - name: a\n    columns: [x, y]\n  - name: b\n\n# end\n";
    let yaml = read(text).expect("valid YAML");
    let models = yaml.get("models").and_then(Yaml::items).expect("a list");
    assert_eq!(
        &text[models[0].span.clone()],
        "name: a\n    columns: [x, y]"
    );
    let columns = models[0].get("columns").expect("columns");
    assert_eq!(&text[columns.span.clone()], "[x, y]");
    let name = models[1].entry("name").expect("a name");
    assert_eq!(&text[name.key_span.clone()], "name");
    assert_eq!(&text[name.value.span.clone()], "b");
}

#[test]
fn line_ends_and_empty_files_are_no_surprise() {
    check(
        "a:\r\n  - b\r\n  - |\r\n    c\r\n  - d\r\n",
        json!({"a": ["b", "c\n", "d"]}),
    );
    check("", Value::Null);
    check("# nothing\n", Value::Null);
}

#[test]
fn unquoted_jinja_is_shown_with_quotes() {
    insta::assert_snapshot!(error("sources:\n  - name: x\n    database: {{ target.name }}\n"), @r#"
    Jinja in YAML needs quotes around it
    > "{{ target.name }}": YAML reads the brace as the start of a mapping
    hint: write "{{ target.name }}"
    "#);
    insta::assert_snapshot!(error("a: {{ var(\"x\") }}_raw # why\nb: 1\n"), @r#"
    Jinja in YAML needs quotes around it
    > "{{ var(\"x\") }}_raw": YAML reads the brace as the start of a mapping
    hint: write '{{ var("x") }}_raw'
    "#);
    insta::assert_snapshot!(error("a:\n  - {% if x %}y{% endif %}\n"), @r#"
    Jinja in YAML needs quotes around it
    > "{% if x %}y{% endif %}": YAML reads the brace as the start of a mapping
    hint: write "{% if x %}y{% endif %}"
    "#);
    check(
        "a: \"{{ x }}\"\nb: x {{ y }}\n",
        json!({"a": "{{ x }}", "b": "x {{ y }}"}),
    );
}

#[test]
fn mistakes_are_pointed_at() {
    insta::assert_snapshot!(error("a:\n\t- b\n"), @r#"
    a line is indented with a tab
    > "\t": YAML allows spaces only
    hint: put two spaces in the tab's place
    "#);
    insta::assert_snapshot!(error("description: see: this\n"), @r#"
    `models/schema.yml` is not valid YAML
    > ":": mapping values are not allowed in this context
    hint: a text that has `: ` in it needs quotes around it
    "#);
    insta::assert_snapshot!(error("a: 'b\n"), @r#"
    `models/schema.yml` is not valid YAML
    > "'": unclosed quote
    hint: close the quotes that were opened before
    "#);
    insta::assert_snapshot!(error("a: [b\nc: d\n"), @r#"
    `models/schema.yml` is not valid YAML
    > ":": illegal placement of ':' indicator
    hint: close the `[` or `{` that was opened before
    "#);
    insta::assert_snapshot!(error("a:\n   b: 1\n  c: 2\n"), @r#"
    `models/schema.yml` is not valid YAML
    > "c": while parsing a block mapping, did not find expected key
    hint: the line's indentation must be that of the entries beside it
    "#);
    insta::assert_snapshot!(error("a: *nowhere\n"), @r#"
    `models/schema.yml` is not valid YAML
    > "*": while parsing node, found unknown anchor
    hint: a text that begins with `*` needs quotes around it; an alias needs its anchor before
    "#);
    insta::assert_snapshot!(error("a: @b\n"), @r#"
    `models/schema.yml` is not valid YAML
    > "@": unexpected character: `@'
    hint: a text that begins with this character needs quotes around it
    "#);
    insta::assert_snapshot!(error("a: !env x\n"), @r#"
    YAML tag `!env` means nothing here
    > "x": tagged `!env`
    hint: put quotes around a text that begins with `!`
    "#);
    insta::assert_snapshot!(error("[a]: b\n"), @r#"
    a key is a list or a mapping
    > "[": keys must be texts
    hint: put quotes around a text that begins with `{` or `[`
    "#);
    insta::assert_snapshot!(error("a: 1\n---\nb: 2\n"), @r#"
    `models/schema.yml` holds more than one YAML document
    > "---": a second document begins here
    hint: remove the line with `---`, or split the file
    "#);
    insta::assert_snapshot!(error("a: &a [*a]\n"), @r#"
    an alias stands inside the value it stands for
    > "*a": this value would never end
    "#);
}

#[test]
fn hostile_files_end_in_an_error() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..10 {
        let alias = format!("*a{}", i - 1);
        let ten = vec![alias; 10].join(", ");
        laughs.push_str(&format!("a{i}: &a{i} [{ten}]\n"));
    }
    assert!(error(&laughs).contains("stand for too much"));

    let mut deep = String::from("a0: &a0 [x]\n");
    for i in 1..400 {
        deep.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
    }
    assert!(error(&deep).contains("too deeply"));
    assert!(error(&"[".repeat(100_000)).contains("too deeply"));
    assert!(error(&"- ".repeat(100_000)).contains("too deeply"));
}

/// Everything that the quick reader knows.
const SAMPLE: &str = r#"# A comment.
version: 2

models:
  - name: dim_patient
    description: One row per patient, with
      more text below
    config: {materialized: table, tags: [a, "b c"], meta: {phi: yes}}
    columns:
    - name: id
      description: "The key, with \"quotes\", and: a colon # no comment"
      data_tests:
        - unique
        - not_null   # every patient has one
        - accepted_values:
            values: ['it''s', 1, 2.5, ~,
              2024-01-31]
    - name: "quoted key"
      'description': >
        Folded
        text.

        Second paragraph.
    - name: empty
      description:
      quote: off
  -   name: literal
      meta:
        sql: |-
          select 1
            as x

          from t
        kept: |+
          end

        last: "a text
          on two lines"
seeds:
- name: http://x.y/z
  owner: é
- just text
"#;

/// Changes a text in a few places, as a number says.
fn changed(text: &str, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below.max(1) as u64).expect("small")
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first = next(lines.len());
    let last = (first + 1 + next(lines.len())).min(lines.len());
    let mut text = lines[first..last].concat();
    let parts = [
        "\n", "  ", " ", ": ", "- ", "#", " #", "'", "\"", "[", "]", "{", "}", ",", "|", ">", "&a",
        "*a", "?", "\t", "\\", "!", "%", ":", "\r\n", "é", "~", "on", "k: v\n", "  - z\n",
    ];
    for _ in 0..=next(3) {
        let mut at = next(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        if next(3) == 0 && at < text.len() {
            text.remove(at);
        } else {
            text.insert_str(at, parts[next(parts.len())]);
        }
    }
    text
}

#[test]
fn the_quick_reader_reads_what_the_full_parser_reads() {
    assert!(plain::read(SAMPLE.trim_end()).is_some());
    let mut read_quickly = 0;
    for seed in 0..8000 {
        let text = match seed {
            0 => SAMPLE.to_owned(),
            seed => changed(SAMPLE, seed),
        };
        let file = SourceFile::new("schema.yml", text);
        let Some(quick) = plain::read(read_text(&file)) else {
            continue;
        };
        read_quickly += 1;
        match parse_fully(&file) {
            Ok((full, warnings)) => {
                assert_eq!(quick, full, "{}", file.text);
                assert!(warnings.is_empty(), "{}", file.text);
            }
            Err(error) => panic!("{error:?}\n{}", file.text),
        }
    }
    assert!(read_quickly > 500, "{read_quickly}");
}

#[test]
fn the_end_of_a_file_ends_its_last_text() {
    // dbt strips files before it reads them.
    check("a: |\n  x\n", json!({"a": "x"}));
    check("a: |+\n  x\n\n\n", json!({"a": "x"}));
    check(
        "a: >\n  x\n  y\nb: |\n  z\n\n",
        json!({"a": "x y\n", "b": "z"}),
    );
    check("a: &b |\n  x\n", json!({"a": "x"}));
}

#[test]
fn dates_are_told_apart_from_texts_like_them() {
    let yaml = read("a: 2024-01-31\nb: [x, {c: 2024-01-01 10:00:00}]\nd: '2024-01-31'\n");
    let dates: Vec<String> = yaml.expect("a mapping").dates().into_iter().collect();
    assert_eq!(dates, ["/a", "/b/1/c"]);
}
