//! A Python process: starting it, talking to it in JSON lines, ending it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long a process may take to end by itself once all is said.
const GRACE: Duration = Duration::from_secs(5);

/// A running process. Dropping it ends it.
pub struct Process {
    /// The command that started it.
    pub interpreter: String,
    child: Arc<Mutex<Child>>,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    warnings: Arc<Mutex<Vec<String>>>,
    reader: Option<thread::JoinHandle<()>>,
}

/// A handle with which another thread ends the process.
pub type Killer = Mutex<Child>;

/// Starts the first of some interpreters that exists. The error is that of
/// the last one.
pub fn start(interpreters: &[String], script: &str) -> io::Result<Process> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for interpreter in interpreters {
        match start_one(interpreter, script) {
            Ok(process) => return Ok(process),
            Err(error) if error.kind() == io::ErrorKind::NotFound => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn start_one(interpreter: &str, script: &str) -> io::Result<Process> {
    let mut child = Command::new(interpreter)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let piped = || io::Error::other("the process has no pipes");
    let stdin = child.stdin.take();
    let stdout = child.stdout.take().ok_or_else(piped)?;
    let stderr = child.stderr.take().ok_or_else(piped)?;
    let warnings: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&warnings);
    let reader = thread::Builder::new()
        .name("python-stderr".into())
        .spawn(move || keep_lines(stderr, &kept))?;
    Ok(Process {
        interpreter: interpreter.to_owned(),
        child: Arc::new(Mutex::new(child)),
        stdin,
        stdout: BufReader::new(stdout),
        warnings,
        reader: Some(reader),
    })
}

/// Reads lines as they come. Bytes that are no text are shown as such.
fn keep_lines(stream: impl Read, kept: &Mutex<Vec<String>>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        kept.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text);
        line.clear();
    }
}

impl Process {
    pub fn killer(&self) -> &Arc<Killer> {
        &self.child
    }

    /// Sends one message. A process that has ended shows when it is read from.
    pub fn send(&mut self, message: &impl Serialize) {
        let Some(stdin) = &mut self.stdin else { return };
        let mut line = serde_json::to_vec(message).expect("messages have text keys only");
        line.push(b'\n');
        let _ = stdin.write_all(&line).and_then(|()| stdin.flush());
    }

    /// Waits for the next message; there is none once the process has ended.
    pub fn receive<T: DeserializeOwned>(&mut self) -> Option<T> {
        let mut line = String::new();
        match self.stdout.read_line(&mut line) {
            Ok(n) if n > 0 => serde_json::from_str(&line).ok(),
            _ => None,
        }
    }

    /// Gives up what was written to standard error so far.
    pub fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for the end of the process, and ends it when that takes long.
    /// Returns how it ended, `exit status: 1`.
    pub fn finish(&mut self) -> String {
        self.stdin = None;
        let deadline = Instant::now() + GRACE;
        let status = loop {
            let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
            match child.try_wait() {
                Ok(Some(status)) => break status.to_string(),
                Ok(None) if Instant::now() < deadline => {}
                _ => {
                    let _ = child.kill();
                    let _ = child.wait();
                    break "killed".to_owned();
                }
            }
            drop(child);
            thread::sleep(Duration::from_millis(2));
        };
        // A program that the model has started may hold the pipe for longer.
        if let Some(reader) = self.reader.take_if(|reader| reader.is_finished()) {
            let _ = reader.join();
        }
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}
