//! Input that would overflow a stack, never end or panic if nobody cared.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{render, standard};
use crate::jinja::{Mode, extract, python, scan_blocks};

/// Renders on a thread with a small stack and with a time limit.
fn render_within_bounds(template: String) -> Result<String, String> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .stack_size(512 * 1024)
        .spawn(move || {
            let _ = extract(&template);
            let _ = scan_blocks(&template);
            let result = render("", &template).map_err(|error| error.message().to_owned());
            let _ = sender.send(result);
        })
        .expect("a thread starts");
    receiver
        .recv_timeout(Duration::from_mins(1))
        .expect("the template ends")
}

fn check_length(template: String, expected: usize) {
    let shown: String = template.chars().take(60).collect();
    let text = render_within_bounds(template).unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert_eq!(text.len(), expected, "{shown}");
}

/// The template may render or not, but it ends.
fn check_ends(template: String) {
    let _ = render_within_bounds(template);
}

const MANY: usize = 20_000;

#[test]
fn long_chains() {
    for (first, rest, expected) in [
        ("'a'", " ~ 'a'", MANY + 1),
        ("1", " + 1", 5),
        ("1", " - 1", 6),
        ("1", " * 1", 1),
        ("1", " // 1", 1),
        ("1", " and 1", 1),
        ("0", " or 0", 1),
        ("1", " <= 2 > 0 < 1", 4),
        ("'a'", " + 'a'", MANY + 1),
        ("1", " == 1", 4),
    ] {
        check_length(format!("{{{{ {first}{} }}}}", rest.repeat(MANY)), expected);
    }
    check_ends(format!("{{{{ 1{} }}}}", " | string".repeat(MANY)));
    check_ends(format!("{{{{ 'a'{} }}}}", ".strip()".repeat(MANY)));
    check_ends(format!("{{{{ a{} }}}}", "[0]".repeat(MANY)));
    check_ends(format!("{{{{ a{} }}}}", " is defined".repeat(MANY)));
    check_length(format!("{{{{ {}1 }}}}", "not ".repeat(MANY)), 4);
    check_length(format!("{{{{ {}1 }}}}", "-".repeat(MANY)), 1);
    check_length(format!("{{{{ 2 {} }}}}", "** 1 ".repeat(MANY)), 1);
    check_length(format!("{{{{ 1 {} }}}}", " if true else 1".repeat(MANY)), 1);
    check_length(format!("{{{{ [{}]|length }}}}", "1,".repeat(MANY)), 5);
    check_length(format!("{{{{ {} }}}}", "'a' ".repeat(MANY)), MANY);
    let branches = "{% elif false %}x".repeat(MANY);
    check_length(
        format!("{{% if false %}}a{branches}{{% else %}}ok{{% endif %}}"),
        2,
    );
}

#[test]
fn deep_nesting() {
    let nested = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(MANY), close.repeat(MANY))
    };
    check_ends(format!("{{{{ {} }}}}", nested("(", "1", ")")));
    check_ends(format!("{{{{ {} }}}}", nested("[", "1", "]")));
    check_ends(format!("{{{{ {} }}}}", nested("{'a':", "1", "}")));
    check_ends(format!("{{{{ {} }}}}", nested("f(", "1", ")")));
    check_ends(format!("{{{{ a{} }}}}", nested("[a", "", "]")));
    check_ends(nested("{% if true %}", "x", "{% endif %}"));
    check_ends(nested("{% for a in [1] %}", "x", "{% endfor %}"));
    check_ends(nested("{% macro m() %}", "x", "{% endmacro %}"));
    check_ends(nested("{% filter upper %}", "x", "{% endfilter %}"));
    check_ends(nested("{% set a %}", "x", "{% endset %}"));
    check_ends(nested("{% with %}", "x", "{% endwith %}"));
    check_ends(nested("{% call f() %}", "x", "{% endcall %}"));
    // What is left open.
    check_ends("{{ ".to_owned() + &"(".repeat(MANY));
    check_ends("{{ ".to_owned() + &"[{(".repeat(MANY));
    check_ends("{% if a %}".repeat(MANY));
    check_ends("{{".repeat(MANY));
    check_ends("{% raw %}".repeat(MANY));
    check_ends("{#".repeat(MANY));
    check_ends("{%-".repeat(MANY));
    check_ends("{{ '".repeat(MANY));
}

#[test]
fn nested_blocks_that_are_deep_but_sensible_render() {
    let depth = 150;
    let nested = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    check_length(nested("{% if true %}", "x", "{% endif %}"), 1);
    check_length(nested("{% for a in [1] %}", "x", "{% endfor %}"), 1);
    check_length(format!("{{{{ {} }}}}", nested("(", "1", ")")), 1);
    check_length(
        format!("{{{{ {} }}}}", nested("[", "1", "]")),
        depth * 2 + 1,
    );
}

#[test]
fn values_that_hold_themselves() {
    let list = "{% set a = [] %}{% do a.append(a) %}{% set b = [] %}{% do b.append(b) %}";
    let dict =
        "{% set a = {} %}{% do a.update({'a': a}) %}{% set b = {} %}{% do b.update({'a': b}) %}";
    for make in [list, dict] {
        for (expression, renders) in [
            ("a|string|length", true),
            ("a == a", true),
            ("a == b", false),
            ("a < b", false),
            ("[a, b]|sort", false),
            ("[a, b]|unique|list", false),
            ("tojson(a, 'no')", true),
            ("a|tojson", false),
            ("toyaml(a, 'no')|length", true),
            ("a|pprint|length", true),
            ("a in b", false),
            ("a|length", true),
            ("'%s'|format(a)|length", true),
            ("a ~ b ~ '' ~ (a|length)", true),
            ("local_md5(a|string)|length", true),
            ("a.copy()|length", true),
            ("set(a)", false),
            ("diff_of_two_dicts({'a': a}, {'a': b})", false),
        ] {
            let template = format!("{make}{{{{ {expression} }}}}");
            let result = render_within_bounds(template);
            if renders {
                assert!(result.is_ok(), "{make}{expression}: {result:?}");
            }
        }
    }
}

#[test]
fn deep_values() {
    let deep = "{% set ns = namespace(a=[]) %}\
                {% for _ in range(5000) %}{% set ns.a = [ns.a] %}{% endfor %}";
    for expression in [
        "ns.a|length",
        "ns.a|string|length",
        "ns.a == [ns.a]",
        "ns.a|tojson|length",
        "toyaml(ns.a, 1)|string|length",
        "ns.a|pprint|length",
        "(ns.a < ns.a)|string",
        "[ns.a, ns.a]|unique|list|length",
        "ns.a in [1, ns.a]",
    ] {
        check_ends(format!("{deep}{{{{ {expression} }}}}"));
    }
    for inner in [
        "{'a': ns.a}",
        "(ns.a,)",
        "namespace(a=ns.a)",
        "cycler(ns.a)",
        "dict(a=ns.a).values()",
        "dict(a=ns.a).items()",
        "[ns.a]|batch(1)",
        "[ns.a].append",
        "{'a': ns.a}.get",
        "(ns.a,)|groupby(0)",
        "[ns.a]|map('string')",
        "zip([ns.a], [ns.a])",
        "[ns.a]|reverse",
        "{'a': ns.a}|dictsort",
        "modules.itertools.chain([ns.a])",
        "joiner(ns.a)",
        "joiner(joiner(ns.a))",
    ] {
        check_ends(format!(
            "{{% set ns = namespace(a=none) %}}\
             {{% for _ in range(5000) %}}{{% set ns.a = {inner} %}}{{% endfor %}}"
        ));
    }
    check_ends(
        "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}{{ ns == ns }}{{ [ns] }}".to_owned(),
    );
    let mixed = "{% set ns = namespace(a=[]) %}\
                 {% for _ in range(5000) %}{% set ns.a = namespace(a=[ns.a]) %}{% endfor %}";
    for expression in [
        "ns.a",
        "ns.a == ns.a.a[0]",
        "[ns.a]|unique|list",
        "ns.a|pprint",
        "tojson(ns.a)",
        "toyaml(ns.a)",
    ] {
        check_ends(format!("{mixed}{{{{ {expression} }}}}"));
    }
    let tuples = "{% set ns = namespace(a=()) %}\
                  {% for _ in range(60) %}{% set ns.a = (ns.a,) %}{% endfor %}";
    check_ends(format!(
        "{tuples}{{{{ {{ns.a: 1}}[ns.a] }}}}{{{{ [ns.a]|unique|list }}}}"
    ));
    check_ends("{{ fromjson('[' * 100000) }}".to_owned());
    check_ends("{{ fromjson('[' * 30000 ~ ']' * 30000) }}".to_owned());
    check_ends("{{ fromyaml('[' * 30000 ~ ']' * 30000) }}".to_owned());
    check_ends("{{ fromyaml('- ' * 30000) }}".to_owned());
    check_ends("{{ ('(' * 30000)|as_native }}".to_owned());
}

#[test]
fn calls_without_end() {
    for macros in [
        "{% macro f() %}{{ f() }}{% endmacro %}",
        "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}",
        "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}",
        "{% macro f() %}{% for a in [1] %}{% if f() %}{% endif %}{% endfor %}{% endmacro %}",
        "{% macro f(a=f()) %}{% endmacro %}",
        "{% macro f() %}{{ [1]|map('string')|list }}{% do return(f()) %}{% endmacro %}",
        "{% macro f() %}{{ context['f']() }}{% endmacro %}",
    ] {
        let macros = macros.to_owned();
        let shown = macros.clone();
        let (sender, receiver) = mpsc::channel();
        thread::Builder::new()
            .stack_size(512 * 1024)
            .spawn(move || {
                let _ = sender.send(render(&macros, "{{ f() }}"));
            })
            .expect("a thread starts");
        let result = receiver
            .recv_timeout(Duration::from_mins(1))
            .expect("the template ends");
        let error = result.expect_err(&shown);
        assert!(
            error.message().contains("call each other"),
            "{shown}: {}",
            error.message()
        );
    }
    // A loop that calls itself.
    check_ends("{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}".to_owned());
}

#[test]
fn many_lines_and_long_texts() {
    let template = "{{ 1 }}\n".repeat(70_000) + "{{ undefined_name.x }}";
    let error = render("", &template).expect_err("an undefined name");
    let location = error.location().expect("a place");
    assert_eq!(location.line, 70_001);

    // What would take all memory is an error.
    for template in [
        "{{ 'a' * 10**12 }}",
        "{{ [1] * 10**12 }}",
        "{{ range(10**12)|list }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ 2 ** 100000000 }}",
        "{{ 'a'.ljust(10**12) }}",
        "{{ 'a'|center(10**12) }}",
        "{{ '%1000000000000d' % 1 }}",
        "{{ '{:1000000000000d}'.format(1) }}",
        "{{ 'a'|indent(10**12) }}",
        "{{ 'a'.expandtabs(10**12) }}",
        "{{ '\\t'.expandtabs(10**12) }}",
        "{{ '1'.zfill(10**12) }}",
        "{{ 1|round(10**12) }}",
        "{{ 1.5|round(-10**12) }}",
        "{{ '%.1000000000000f' % 1 }}",
        "{{ [1]|batch(10**12, 1)|list }}",
        "{{ [1]|slice(10**12)|list }}",
        "{{ tojson([1], indent=10**12) }}",
        "{{ modules.itertools.repeat(1)|list }}",
        "{{ modules.itertools.count()|list }}",
        "{{ modules.itertools.cycle([1])|list }}",
        "{{ modules.itertools.product([1, 2], repeat=100)|list }}",
        "{{ modules.datetime.timedelta(days=10**12) }}",
        "{{ modules.datetime.date(1, 1, 1) - modules.datetime.timedelta(days=10**9) }}",
    ] {
        let result = render_within_bounds(template.to_owned());
        assert!(
            result.as_ref().map_or(true, |text| text.len() < 10_000),
            "{template}"
        );
    }
}

/// Numbers without a pattern, always the same ones.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

/// Cuts templates into pieces, at what means something to Jinja.
fn pieces(templates: &[String]) -> Vec<String> {
    let mut pieces = Vec::new();
    for template in templates {
        let mut piece = String::new();
        let mut last = ' ';
        for character in template.chars() {
            let same = (character.is_alphanumeric() || character == '_')
                && (last.is_alphanumeric() || last == '_')
                || "{}%#-".contains(character) && "{}%#-".contains(last);
            if !same && !piece.is_empty() {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push(character);
            last = character;
        }
        pieces.push(piece);
    }
    pieces
}

fn case_texts() -> (Vec<String>, Vec<String>) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/jinja/cases");
    let (mut templates, mut macros) = (Vec::new(), Vec::new());
    let mut files: Vec<_> = fs_err::read_dir(folder)
        .expect("the case files are there")
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    files.sort();
    for file in files {
        let text = fs_err::read_to_string(file).expect("a readable case file");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for case in json["cases"].as_array().into_iter().flatten() {
            templates.extend(case["template"].as_str().map(str::to_owned));
            macros.extend(case["macros"].as_str().map(str::to_owned));
        }
    }
    (templates, macros)
}

/// Changes a template in a few places.
fn mutate(random: &mut Random, template: &str, pieces: &[String]) -> String {
    let mut text: Vec<char> = template.chars().collect();
    for _ in 0..=random.next(3) {
        let at = random.next(text.len() + 1);
        match random.next(5) {
            0 if at < text.len() => {
                text.remove(at);
            }
            1 => {
                let end = (at + random.next(12)).min(text.len());
                text.drain(at..end);
            }
            2 => {
                let end = (at + random.next(12)).min(text.len());
                let copy: Vec<char> = text[at..end].to_vec();
                let to = random.next(text.len() + 1);
                text.splice(to..to, copy);
            }
            3 => {
                let odd = [
                    "é",
                    "\u{0}",
                    "\u{1F600}",
                    "\r\n",
                    "\u{2028}",
                    "'",
                    "\"",
                    "\\",
                    "99999999999999999999",
                    "-1",
                    "none",
                    "}}",
                    "%}",
                ];
                text.splice(at..at, odd[random.next(odd.len())].chars());
            }
            _ => {
                let piece = &pieces[random.next(pieces.len())];
                text.splice(at..at, piece.chars());
            }
        }
    }
    text.into_iter().collect()
}

/// Templates that are broken in random places render or fail, and never panic.
/// `HCDBT_JINJA_FUZZ` makes it more of them.
#[test]
fn mutated_templates() {
    let (templates, macros) = case_texts();
    let pieces = pieces(&templates);
    let rounds: usize = std::env::var("HCDBT_JINJA_FUZZ")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(3_000);
    let seed = std::env::var("HCDBT_JINJA_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(0x9E37_79B9_7F4A_7C15);
    let mut random = Random(seed);
    let file = case_file_contexts();
    let engine = standard::engine(&macros[0]).expect("the macros of a case are sound");
    for round in 0..rounds {
        let template = &templates[random.next(templates.len())];
        let text = mutate(&mut random, template, &pieces);
        let shown = text.clone();
        let context = standard::context(&file);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = extract(&text);
            let _ = scan_blocks(&text);
            if round % 7 == 0
                && let Ok(engine) = standard::engine(&text)
            {
                for info in engine
                    .macros()
                    .map(|info| info.unique_id.clone())
                    .collect::<Vec<_>>()
                {
                    let _ = engine.call_macro(&info, &[python::none()], &[], &context);
                }
            }
            match round % 3 {
                0 => drop(engine.render(&text, "m.sql", &context)),
                1 => drop(
                    engine
                        .render_native(&text, "m.sql", &context)
                        .map(|v| python::repr(&v)),
                ),
                _ => drop(engine.render(&text, "m.sql", &context.clone().with_mode(Mode::Parse))),
            }
        }));
        assert!(outcome.is_ok(), "round {round} panicked: {shown}");
    }
}

fn case_file_contexts() -> serde_json::Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/jinja/cases/strings.json");
    fs_err::read_to_string(folder)
        .ok()
        .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        .map(|json| json["contexts"]["standard"].clone())
        .unwrap_or_default()
}
