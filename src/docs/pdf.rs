//! Prints a page to PDF with a browser that is on this machine.

use std::io;
use std::process::{Command, Stdio};

use camino::Utf8Path;

/// Where browsers that can print are usually found, the best known first.
const BROWSERS: [&str; 8] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// Finds a browser: the one that is named, else one that answers.
pub fn find_browser(named: Option<&str>) -> Option<String> {
    if let Some(named) = named {
        return Some(named.to_owned());
    }
    let answers = |name: &&str| {
        let asked = Command::new(name)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    };
    BROWSERS.into_iter().find(answers).map(str::to_owned)
}

/// Prints a place of a page to a file. Both paths are absolute; `profile` is a folder that
/// the browser may fill.
pub fn print(
    browser: &str,
    page: &Utf8Path,
    place: &str,
    output: &Utf8Path,
    profile: &Utf8Path,
) -> io::Result<()> {
    let address = format!(
        "file://{}{place}",
        page.as_str()
            .replace('%', "%25")
            .replace('#', "%23")
            .replace('?', "%3F")
            .replace(' ', "%20")
    );
    let arguments = [
        format!("--user-data-dir={profile}"),
        format!("--print-to-pdf={output}"),
        address,
    ];
    match run(browser, &arguments) {
        // Chromium's sandbox does not start for root, as in containers. The page is our own and
        // asks for nothing.
        Err(error) if error.to_string().contains("no-sandbox") => {
            let without = [&["--no-sandbox".to_owned()][..], &arguments[..]].concat();
            run(browser, &without)
        }
        done => done,
    }
}

fn run(browser: &str, arguments: &[String]) -> io::Result<()> {
    let done = Command::new(browser)
        .args([
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
            "--no-pdf-header-footer",
            "--virtual-time-budget=10000",
        ])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let mut lines = said.lines().filter(|line| !line.trim().is_empty());
    // What matters may be followed by lines of no use.
    let told = lines.clone().find(|line| line.contains("no-sandbox"));
    let told = told
        .or_else(|| lines.next_back())
        .unwrap_or("it ended with an error");
    Err(io::Error::other(told.to_owned()))
}
