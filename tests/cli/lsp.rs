//! The language server, as an editor speaks to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::project::Project;

/// An editor with a server of its own.
struct Editor {
    server: Child,
    answers: BufReader<ChildStdout>,
    root: String,
    next: u64,
    /// What the server told of its own accord.
    told: Vec<Value>,
}

impl Editor {
    fn open(project: &Project) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_hcdbt"))
            .arg("lsp")
            .current_dir(project.path(""))
            .env("DBT_PROFILES_DIR", project.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let answers = BufReader::new(server.stdout.take().unwrap());
        let folder = project.path("");
        let root = format!("file://{}", folder.to_string_lossy().trim_end_matches('/'));
        let mut editor = Self {
            server,
            answers,
            root,
            next: 0,
            told: Vec::new(),
        };
        let root = editor.root.clone();
        editor.ask("initialize", json!({"rootUri": root, "capabilities": {}}));
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let stdin = self.server.stdin.as_mut().unwrap();
        write!(stdin, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        stdin.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(
                self.answers.read_line(&mut line).unwrap(),
                0,
                "the server ended"
            );
            match line.trim().split_once(": ") {
                Some(("Content-Length", text)) => length = text.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.answers.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.receive();
            if message["id"] == id {
                return message["result"].clone();
            }
            self.told.push(message);
        }
    }

    /// Asks about the first place of a text in a file, some bytes into it.
    fn ask_at(&mut self, method: &str, file: &str, text: &str, part: &str, into: usize) -> Value {
        let at = text.find(part).unwrap() + into;
        let line = text[..at].matches('\n').count();
        let column = at - text[..at].rfind('\n').map_or(0, |i| i + 1);
        let params = json!({
            "textDocument": {"uri": format!("{}/{file}", self.root)},
            "position": {"line": line, "character": column},
        });
        self.ask(method, params)
    }

    /// Waits for what is wrong with a file.
    fn diagnostics(&mut self, file: &str) -> Vec<(String, u64)> {
        let uri = format!("{}/{file}", self.root);
        loop {
            let place = self.told.iter().rposition(|message| {
                message["method"] == "textDocument/publishDiagnostics"
                    && message["params"]["uri"] == *uri
            });
            if let Some(place) = place {
                let message = self.told.remove(place);
                self.told.clear();
                let found = message["params"]["diagnostics"].as_array().unwrap().iter();
                return found
                    .map(|d| {
                        let line = d["range"]["start"]["line"].as_u64().unwrap();
                        (d["code"].as_str().unwrap().to_owned(), line)
                    })
                    .collect();
            }
            let message = self.receive();
            self.told.push(message);
        }
    }

    fn close(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        drop(self.server.stdin.take());
        assert!(self.server.wait().unwrap().success());
    }
}

#[test]
fn an_editor_is_told_what_is_wrong_and_what_names_mean() {
    let b = "select\n  id,\n  nmae,\n  {{ twice('id') }} as two\nfrom {{ ref('a') }}\n";
    let project = Project::new("");
    project.write("models/a.sql", "select 1 as id, 'x' as name\n");
    project.write("models/b.sql", b);
    project.write(
        "macros/m.sql",
        "{% macro twice(c) %}{{ c }} * 2{% endmacro %}\n",
    );
    let mut editor = Editor::open(&project);
    let file = "models/b.sql";
    assert_eq!(editor.diagnostics(file), [("unknown-column".to_owned(), 2)]);

    // What is typed counts before it is saved.
    let uri = format!("{}/{file}", editor.root);
    let mended = b.replace("nmae", "name");
    let document = json!({"uri": uri, "languageId": "sql", "version": 1, "text": b});
    editor.tell("textDocument/didOpen", json!({"textDocument": document}));
    let changes = json!([{"text": mended}]);
    let document = json!({"uri": uri, "version": 2});
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": document, "contentChanges": changes}),
    );
    assert_eq!(editor.diagnostics(file), []);

    let hover = editor.ask_at("textDocument/hover", file, &mended, "name", 1);
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("`name` VARCHAR, from `a`"), "{text}");
    let hover = editor.ask_at("textDocument/hover", file, &mended, "ref", 6);
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("| id | INTEGER |"), "{text}");

    let place = editor.ask_at("textDocument/definition", file, &mended, "ref", 6);
    assert!(
        place["uri"].as_str().unwrap().ends_with("models/a.sql"),
        "{place}"
    );
    let place = editor.ask_at("textDocument/definition", file, &mended, "twice", 2);
    assert!(
        place["uri"].as_str().unwrap().ends_with("macros/m.sql"),
        "{place}"
    );
    assert_eq!(place["range"]["start"]["character"], 9);
    let place = editor.ask_at("textDocument/definition", file, &mended, "name", 1);
    assert_eq!(place[0]["range"]["start"]["character"], 23, "{place}");

    let labels = |items: &Value| -> Vec<String> {
        let items = items.as_array().unwrap().iter();
        items
            .map(|item| item["label"].as_str().unwrap().to_owned())
            .collect()
    };
    let items = editor.ask_at("textDocument/completion", file, &mended, "ref('", 5);
    assert_eq!(labels(&items), ["a", "b"]);
    let items = editor.ask_at("textDocument/completion", file, &mended, "  id", 3);
    assert_eq!(labels(&items), ["id", "name", "two"]);
    let items = editor.ask_at("textDocument/completion", file, &mended, "{{ tw", 5);
    let twice = items.as_array().unwrap().iter();
    let twice = twice.clone().find(|item| item["label"] == "twice").unwrap();
    assert_eq!(twice["detail"], "twice(c)");
    assert!(labels(&items).contains(&"is_incremental".to_owned()));
    editor.close();
}

#[test]
fn an_editor_is_shown_where_columns_come_from_and_what_they_go_into() {
    let yml = "sources:
  - name: raw
    tables:
      - name: t
        columns: [{name: id, data_type: integer}, {name: first_name, data_type: varchar}]
exposures:
  - name: board
    type: dashboard
    owner: {name: us}
    depends_on: [ref('mart')]
";
    let mart = "select upper(first_name) as shouted,\n  color from {{ ref('all_of_it') }}\n";
    let project = Project::new("");
    project.write("models/s.yml", yml);
    project.write("seeds/colors.csv", "id,color\n1,color\n");
    let all = "select t.*, color from {{ source('raw', 't') }} t join {{ ref('colors') }} c \
               on c.id = t.id\n";
    project.write("models/all_of_it.sql", all);
    project.write("models/mart.sql", mart);
    project.write(
        "models/last.sql",
        "select shouted as loud from {{ ref('mart') }}\n",
    );
    let mut editor = Editor::open(&project);
    let file = "models/mart.sql";
    let hover = editor.ask_at("textDocument/hover", file, mart, "shouted", 1);
    let text = hover["contents"]["value"].as_str().unwrap();
    let (up, down) = text.split_once("goes into").expect("both ways");
    assert!(up.contains("`shouted` VARCHAR, given by `mart`"), "{text}");
    assert!(up.contains("raw.t.first_name"), "{text}");
    assert!(down.contains("last.loud"), "{text}");

    // What has a column by a star alone is no place to look at it.
    let place = editor.ask_at("textDocument/definition", file, mart, "first_name", 1);
    let uri = place[0]["uri"].as_str().unwrap();
    assert!(uri.ends_with("models/s.yml"), "{place}");
    assert_eq!(place[0]["range"]["start"]["line"], 4);
    let file = "models/all_of_it.sql";
    let place = editor.ask_at("textDocument/definition", file, all, "color from", 1);
    let uri = place[0]["uri"].as_str().unwrap();
    assert!(uri.ends_with("seeds/colors.csv"), "{place}");
    assert_eq!(place[0]["range"]["start"]["line"], 0);
    let place = editor.ask_at("textDocument/definition", file, all, "source(", 9);
    assert_eq!(place["range"]["start"]["line"], 3, "{place}");
    let hover = editor.ask_at("textDocument/hover", file, all, "source(", 9);
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("| first_name | varchar |"), "{text}");

    // Property files refer to nodes, too.
    let place = editor.ask_at(
        "textDocument/definition",
        "models/s.yml",
        yml,
        "ref('mart",
        6,
    );
    let uri = place["uri"].as_str().unwrap();
    assert!(uri.ends_with("models/mart.sql"), "{place}");

    let labels = |items: &Value| -> Vec<String> {
        let items = items.as_array().unwrap().iter();
        items
            .map(|item| item["label"].as_str().unwrap().to_owned())
            .collect()
    };
    let items = editor.ask_at("textDocument/completion", file, all, "source('", 8);
    assert_eq!(labels(&items), ["raw"]);
    let items = editor.ask_at("textDocument/completion", file, all, "'raw', '", 8);
    assert_eq!(labels(&items), ["t"]);
    editor.close();
}

#[test]
fn an_editor_is_told_of_promises_that_are_broken() {
    let project = Project::new("");
    project.write(
        "models/s.yml",
        "models:\n  - name: a\n    columns: [{name: ssn, config: {meta: {phi: ssn}}}]\n  \
         - name: b\n    config: {meta: {phi: none}}\n",
    );
    project.write("models/a.sql", "select '1' as ssn\n");
    project.write("models/b.sql", "select\n  ssn from {{ ref('a') }}\n");
    let mut editor = Editor::open(&project);
    let found = editor.diagnostics("models/b.sql");
    assert_eq!(found, [("broken-promise".to_owned(), 1)]);
    editor.close();
}

#[test]
fn columns_of_ctes_are_known_to_an_editor() {
    let project = Project::new("");
    project.write("models/a.sql", "select 1 as id, 'x' as name\n");
    let b = "with twice as (\n  select id, id * 2 as doubled\n  from {{ ref('a') }}\n),\n\
             last as (\n  select doubled::varchar as shown from twice\n)\n\
             select shown as result, 1 as n from last\n";
    project.write("models/b.sql", b);
    let mut editor = Editor::open(&project);
    let file = "models/b.sql";
    let uri = format!("{}/{file}", editor.root);
    let document = json!({"uri": uri, "languageId": "sql", "version": 1, "text": b});
    editor.tell("textDocument/didOpen", json!({"textDocument": document}));
    let hover = editor.ask_at("textDocument/hover", file, b, "doubled::", 2);
    let text = hover["contents"]["value"].as_str().unwrap();
    assert_eq!(text, "`doubled` INTEGER, of the CTE `twice`");
    let place = editor.ask_at("textDocument/definition", file, b, "doubled::", 2);
    assert_eq!(
        place[0]["range"]["start"],
        json!({"line": 1, "character": 23}),
        "{place}"
    );
    let items = editor.ask_at("textDocument/completion", file, b, "shown as result", 2);
    let items = items.as_array().unwrap().iter();
    let items: Vec<String> = items
        .map(|item| format!("{}: {}", item["label"], item["detail"]).replace('"', ""))
        .collect();
    assert_eq!(
        items,
        [
            "doubled: INTEGER, twice",
            "id: INTEGER, a, twice",
            "n: INTEGER, b",
            "name: VARCHAR, a",
            "result: VARCHAR, b",
            "shown: VARCHAR, last",
        ]
    );
    editor.close();
}
