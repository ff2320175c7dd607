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
    editor.close();
}
