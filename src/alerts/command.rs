//! Alerts handed to a program, as JSON on its standard input.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{Message, PATIENCE};

/// Runs the program and waits for its end, but not for long.
pub fn send(message: &Message<'_>, words: &[String]) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("there is no command")?;
    let mut process = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("`{program}` cannot be started: {}", error.kind()))?;
    if let Some(mut input) = process.stdin.take() {
        // A program that reads nothing is told by its exit code.
        let _ = writeln!(input, "{}", message.json());
    }
    let started = Instant::now();
    loop {
        match process.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("`{program}` ended with {status}")),
            Ok(None) if started.elapsed() < PATIENCE => {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            Ok(None) => {
                // It may have ended just now, which is as good.
                let _ = process.kill();
                let _ = process.wait();
                return Err(format!("`{program}` did not end in time and was stopped"));
            }
            Err(error) => return Err(format!("`{program}`: {}", error.kind())),
        }
    }
}
