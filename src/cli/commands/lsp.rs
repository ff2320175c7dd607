//! `lsp`: a language server for editors, on standard input and output.

mod answers;
mod project;
mod text;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use lsp_server::{Connection, Message, Notification, Response};
use serde_json::{Value, json};

use super::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::Session;
use crate::diagnostics::{Diagnostic, Severity};
use crate::files::Overlay;
use project::{Before, Looked};
use text::{path_of, range_json, uri_of};

/// How long the user must have stopped typing before the project is checked.
const PAUSE: Duration = Duration::from_millis(150);

/// Serves an editor until it says goodbye.
pub fn run(cx: &CommandContext<'_>) -> Result<(), Exit> {
    let overlay = Arc::new(Overlay::new(Arc::clone(&cx.world)));
    let own = CommandContext {
        process: cx.process,
        session: std::rc::Rc::clone(&cx.session),
        world: Arc::clone(&overlay) as _,
        globals: cx.globals,
        keeper: cx.keeper.clone(),
    };
    let (connection, threads) = Connection::stdio();
    let params = connection
        .initialize(capabilities())
        .map_err(|error| failed(&error))?;
    let session = open(&own, &params)?;
    let mut server = Server {
        session,
        overlay,
        before: Before::nothing(),
        looked: Looked::default(),
        published: BTreeSet::new(),
    };
    server.serve(&connection)?;
    drop(connection);
    threads.join().map_err(|error| failed(&error))
}

fn capabilities() -> Value {
    json!({
        "textDocumentSync": {"openClose": true, "change": 1, "save": true},
        "hoverProvider": true,
        "definitionProvider": true,
        "completionProvider": {"triggerCharacters": ["'", "\"", ".", "{"]},
    })
}

/// Opens the project in the editor's folder, unless flags name another.
fn open(cx: &CommandContext<'_>, params: &Value) -> Result<Arc<Session>, Exit> {
    let flags = CommandFlags {
        which: "check",
        ..CommandFlags::default()
    };
    let folder = params["workspaceFolders"][0]["uri"]
        .as_str()
        .or_else(|| params["rootUri"].as_str())
        .and_then(path_of);
    match cx.open(&flags) {
        Ok(session) => Ok(session),
        Err(error) => {
            let dir = folder
                .and_then(|folder| crate::config::find_project_dir(&*cx.world, &folder, None));
            dir.map_or(Err(error), |dir| cx.open_in(dir, &flags))
        }
    }
}

fn failed(error: &dyn std::fmt::Display) -> Exit {
    Exit::failed(Diagnostic::error(
        "language-server",
        format!("the editor's messages cannot be read: {error}"),
    ))
}

/// The project as the editor has it, and what was found in it.
struct Server {
    session: Arc<Session>,
    overlay: Arc<Overlay>,
    before: Before,
    looked: Looked,
    /// The files that have diagnostics in the editor.
    published: BTreeSet<Utf8PathBuf>,
}

impl Server {
    fn serve(&mut self, connection: &Connection) -> Result<(), Exit> {
        let mut is_stale = true;
        loop {
            let message = if is_stale {
                match connection.receiver.recv_timeout(PAUSE) {
                    Ok(message) => message,
                    Err(error) if error.is_timeout() => {
                        self.check(connection);
                        is_stale = false;
                        continue;
                    }
                    Err(_) => return Ok(()),
                }
            } else {
                match connection.receiver.recv() {
                    Ok(message) => message,
                    Err(_) => return Ok(()),
                }
            };
            match message {
                Message::Request(request) => {
                    if connection
                        .handle_shutdown(&request)
                        .map_err(|error| failed(&error))?
                    {
                        return Ok(());
                    }
                    if self.looked.ready.is_none() {
                        self.check(connection);
                        is_stale = false;
                    }
                    let answer = self.answer(&request.method, &request.params);
                    send(connection, Response::new_ok(request.id, answer).into());
                }
                Message::Notification(told) => is_stale |= self.take(&told),
                Message::Response(_) => {}
            }
        }
    }

    /// Takes in a change, and tells whether the project is another now.
    fn take(&self, told: &Notification) -> bool {
        let document = &told.params["textDocument"];
        let Some(path) = document["uri"].as_str().and_then(path_of) else {
            return false;
        };
        match told.method.as_str() {
            "textDocument/didOpen" => {
                let text = document["text"].as_str().map(str::to_owned);
                self.overlay.set(&path, text);
            }
            "textDocument/didChange" => {
                let changes = told.params["contentChanges"].as_array();
                let text = changes.and_then(|changes| changes.last()?["text"].as_str());
                self.overlay.set(&path, text.map(str::to_owned));
            }
            "textDocument/didClose" => self.overlay.set(&path, None),
            "textDocument/didSave" => {}
            _ => return false,
        }
        true
    }

    fn answer(&self, method: &str, params: &Value) -> Value {
        let path = params["textDocument"]["uri"].as_str().and_then(path_of);
        let Some(path) = path else { return Value::Null };
        let Ok(text) = self.session.world.read(&path) else {
            return Value::Null;
        };
        let at = text::offset(&text, &params["position"]);
        let place = answers::Asked {
            looked: &self.looked,
            session: &self.session,
            path: &path,
            text: &text,
            at,
        };
        match method {
            "textDocument/hover" => answers::hover(&place),
            "textDocument/definition" => answers::definition(&place),
            "textDocument/completion" => answers::completion(&place),
            _ => Value::Null,
        }
    }

    /// Reads and checks the project, and tells the editor what was found.
    fn check(&mut self, connection: &Connection) {
        let (looked, found) = project::look(&self.session, &self.before);
        if looked.ready.is_some() {
            self.looked = looked;
        }
        let current_dir = &self.session.invocation.current_dir;
        let mut by_file: std::collections::BTreeMap<Utf8PathBuf, Vec<Value>> = self
            .published
            .iter()
            .map(|path| (path.clone(), Vec::new()))
            .collect();
        for diagnostic in &found {
            let Some(label) = diagnostic.labels.first() else {
                continue;
            };
            let path = crate::files::normal_path(&current_dir.join(&label.file.path));
            if self.session.world.exists(&path) {
                let value = diagnostic_json(diagnostic, current_dir);
                by_file.entry(path).or_default().push(value);
            }
        }
        self.published = by_file
            .iter()
            .filter(|(_, found)| !found.is_empty())
            .map(|(path, _)| path.clone())
            .collect();
        for (path, found) in by_file {
            let params = json!({"uri": uri_of(&path), "diagnostics": found});
            let method = "textDocument/publishDiagnostics".to_owned();
            send(connection, Notification::new(method, params).into());
        }
    }
}

/// Sends a message; an editor that is gone is noticed at the next receiving.
fn send(connection: &Connection, message: Message) {
    let _ = connection.sender.send(message);
}

fn diagnostic_json(diagnostic: &Diagnostic, current_dir: &Utf8Path) -> Value {
    let mut message = diagnostic.title.clone();
    for more in [&diagnostic.text, &diagnostic.hint].into_iter().flatten() {
        message.push('\n');
        message.push_str(more);
    }
    let Some((label, others)) = diagnostic.labels.split_first() else {
        return Value::Null;
    };
    let related = others.iter().map(|label| {
        let path = crate::files::normal_path(&current_dir.join(&label.file.path));
        json!({
            "location": {"uri": uri_of(&path), "range": range_json(&label.file.text, &label.range)},
            "message": label.message,
        })
    });
    json!({
        "range": range_json(&label.file.text, &label.range),
        "severity": match diagnostic.severity {
            Severity::Error => 1,
            Severity::Warning => 2,
            Severity::Note => 3,
        },
        "code": diagnostic.code.0,
        "source": "hcdbt",
        "message": message,
        "relatedInformation": related.collect::<Vec<_>>(),
    })
}
