//! A small web server for `docs serve`: it answers GET requests with the page and the
//! artifacts of one folder, and nothing else.
//!
//! A browser that has the page open is told when it was made anew, and loads it again. For that
//! the page as served has a small script and the right to be told, which the file has not.
//!
//! A target folder may hold a database beside the page, and the page itself is for
//! those who can reach this machine only. So it serves the file types of a docs folder alone, nothing hidden,
//! nothing outside the folder, and it answers to its own address only: a
//! foreign site whose name is made to resolve to this machine is refused.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::files::World;

#[cfg(test)]
mod tests;

/// A request line and its headers are never longer than this.
const MAX_HEAD: u64 = 16 * 1024;
/// Who says nothing for so long is hung up on.
const PATIENCE: Duration = Duration::from_secs(10);
/// A browser opens six connections at most.
const MAX_CONNECTIONS: usize = 64;

/// File types that a docs folder consists of.
const TYPES: [(&str, &str); 9] = [
    ("html", "text/html; charset=utf-8"),
    ("json", "application/json"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("ico", "image/x-icon"),
    ("md", "text/markdown; charset=utf-8"),
];

/// Where the page asks whether it was made anew.
const EVENTS: &str = "/events";
/// How often the page's file is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Loads the page again when the server says so, and where it was.
const RELOAD: &str = "new EventSource('/events').onmessage = () => location.reload();";

/// A server that has its port and waits to be run.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    host: String,
}

impl Server {
    /// Takes a port; 0 takes any that is free.
    pub fn bind(host: &str, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((host, port))?;
        Ok(Self {
            address: listener.local_addr()?,
            host: host.to_owned(),
            listener,
        })
    }

    /// Returns the address to open in a browser.
    pub fn url(&self) -> String {
        let port = self.address.port();
        match self.address.ip() {
            ip if ip.is_unspecified() => format!("http://localhost:{port}/"),
            _ if self.host.contains(':') => format!("http://[{}]:{port}/", self.host),
            _ => format!("http://{}:{port}/", self.host),
        }
    }

    /// Answers requests for the files of a folder until the process ends.
    pub fn run(&self, world: &dyn World, folder: &Utf8Path) {
        let open = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            loop {
                let Ok((stream, _)) = self.listener.accept() else {
                    // Out of file handles, say: others may be closed soon.
                    std::thread::sleep(Duration::from_millis(50));
                    continue;
                };
                if open.fetch_add(1, Ordering::Relaxed) >= MAX_CONNECTIONS {
                    open.fetch_sub(1, Ordering::Relaxed);
                    continue;
                }
                let open = &open;
                scope.spawn(move || {
                    // Who hung up gets no answer, and that is all there is to it.
                    let _ = self.answer(stream, world, folder);
                    open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
    }

    /// Answers the one request of a connection.
    fn answer(&self, stream: TcpStream, world: &dyn World, folder: &Utf8Path) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let head = read_head(&stream)?;
        let response = self.respond(&head, world, folder);
        if response.content_type == EVENT_STREAM {
            return tell_of_changes(stream, world, folder);
        }
        let with_body = !head.starts_with("HEAD ");
        response.write(stream, with_body)
    }

    fn respond(&self, head: &str, world: &dyn World, folder: &Utf8Path) -> Response {
        let mut lines = head.lines();
        let mut request = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some(version)) =
            (request.next(), request.next(), request.next())
        else {
            return Response::error("400 Bad Request");
        };
        if !version.starts_with("HTTP/1.") {
            return Response::error("400 Bad Request");
        }
        if method != "GET" && method != "HEAD" {
            return Response::error("405 Method Not Allowed");
        }
        let header = |name: &str| {
            let mut pairs = lines.clone().filter_map(|line| line.split_once(':'));
            pairs
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.trim())
        };
        if !self.is_own_name(header("host").unwrap_or_default()) {
            return Response::error("403 Forbidden");
        }
        if target == EVENTS && method == "GET" {
            return Response {
                status: "200 OK",
                content_type: EVENT_STREAM,
                body: Vec::new(),
            };
        }
        let Some((path, content_type)) = file_for(target) else {
            return Response::error("404 Not Found");
        };
        match world.read_bytes(&folder.join(&path)) {
            Ok(body) => Response {
                status: "200 OK",
                content_type,
                body: if path == "index.html" {
                    live(body)
                } else {
                    body
                },
            },
            Err(_) => Response::error("404 Not Found"),
        }
    }

    /// Whether a `Host` header names this server. A server that listens on all
    /// addresses has names that it cannot know.
    fn is_own_name(&self, host: &str) -> bool {
        if !self.address.ip().is_loopback() {
            return true;
        }
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        };
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        is_loopback
            || name.eq_ignore_ascii_case("localhost")
            || name.eq_ignore_ascii_case(&self.host)
    }
}

const EVENT_STREAM: &str = "text/event-stream";

/// Gives the page the script that loads it again, and the right to run it and to be told.
fn live(page: Vec<u8>) -> Vec<u8> {
    let Ok(page) = String::from_utf8(page) else {
        return Vec::new();
    };
    let digest = super::page::digest(RELOAD);
    page.replacen(
        "default-src 'none'; script-src ",
        &format!("default-src 'none'; connect-src 'self'; script-src 'sha256-{digest}' "),
        1,
    )
    .replacen("</head>", &format!("<script>{RELOAD}</script></head>"), 1)
    .into_bytes()
}

/// Says so when the page's file is another one, until the browser hangs up.
fn tell_of_changes(mut stream: TcpStream, world: &dyn World, folder: &Utf8Path) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {EVENT_STREAM}\r\nCache-Control: no-cache\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )?;
    let shown = world.modified(&folder.join("index.html"));
    loop {
        std::thread::sleep(LOOK);
        let now = world.modified(&folder.join("index.html"));
        if now.is_some() && now != shown {
            stream.write_all(b"data: changed\n\n")?;
            return stream.flush();
        }
        // A comment, to find out whether anybody listens.
        stream.write_all(b":\n")?;
        stream.flush()?;
    }
}

/// Opens an address in the user's browser.
pub fn open_in_browser(url: &str) -> io::Result<()> {
    let mut command = if cfg!(target_os = "macos") {
        std::process::Command::new("open")
    } else if cfg!(windows) {
        let mut command = std::process::Command::new("cmd");
        command.args(["/C", "start", ""]);
        command
    } else {
        std::process::Command::new("xdg-open")
    };
    let quiet = std::process::Stdio::null;
    command
        .arg(url)
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet())
        .spawn()
        .map(drop)
}

struct Response {
    status: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Response {
    fn error(status: &'static str) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body: format!("{status}\n").into_bytes(),
        }
    }

    fn write(&self, mut to: impl Write, with_body: bool) -> io::Result<()> {
        write!(
            to,
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\
             X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n\r\n",
            self.status,
            self.content_type,
            self.body.len(),
        )?;
        if with_body {
            to.write_all(&self.body)?;
        }
        to.flush()
    }
}

/// Reads up to the empty line that ends the headers.
fn read_head(stream: impl Read) -> io::Result<String> {
    let mut reader = BufReader::new(stream.take(MAX_HEAD));
    let mut head = String::new();
    loop {
        let mut line = Vec::new();
        let length = reader.read_until(b'\n', &mut line)?;
        head.push_str(&String::from_utf8_lossy(&line));
        if length == 0 || line == b"\r\n" || line == b"\n" {
            return Ok(head);
        }
    }
}

/// Returns the file that a request asks for, relative to the folder, and its type.
fn file_for(target: &str) -> Option<(Utf8PathBuf, &'static str)> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let path = unescape(path.strip_prefix('/')?)?;
    let path = if path.is_empty() { "index.html" } else { &path };
    // Each part is a plain name: no way up, no other root, nothing hidden.
    let plain = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':', '\0'])
    };
    if !path.split('/').all(plain) {
        return None;
    }
    let path = Utf8Path::new(path);
    let extension = path.extension()?;
    let (_, content_type) = TYPES
        .iter()
        .find(|(known, _)| extension.eq_ignore_ascii_case(known))?;
    Some((path.to_owned(), content_type))
}

/// Replaces `%20` and the like.
fn unescape(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?].map(|digit| char::from(digit).to_digit(16));
            let [Some(high), Some(low)] = digits else {
                return None;
            };
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
