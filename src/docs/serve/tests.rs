use super::*;
use crate::files::MemoryWorld;

fn world() -> MemoryWorld {
    let world = MemoryWorld::default();
    for (path, text) in [
        ("target/index.html", "<!doctype html>page"),
        ("target/manifest.json", "{}"),
        ("target/my files/a.json", "[1]"),
        ("target/warehouse.duckdb", "rows"),
        ("target/.secret.json", "secret"),
        ("profiles.json", "secret"),
    ] {
        world.write(path.into(), text.as_bytes()).unwrap();
    }
    world
}

/// Sends a request to a running server and returns the whole answer.
fn send(request: &str) -> String {
    let server = Server::bind("127.0.0.1", 0).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (stream, _) = server.listener.accept().unwrap();
            server
                .answer(stream, &world(), Utf8Path::new("target"))
                .unwrap();
        });
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    })
}

/// Checks the status and, where one is expected, the body of a GET.
#[track_caller]
fn check(path: &str, status: &str, body: Option<&str>) {
    let answer = send(&format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"
    ));
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status} ")),
        "{path}: {answer}"
    );
    if let Some(body) = body {
        assert_eq!(answer.split_once("\r\n\r\n").unwrap().1, body, "{path}");
    }
}

#[test]
fn the_page_and_the_artifacts_are_served() {
    check("/", "200", Some("<!doctype html>page"));
    check("/index.html?x=1", "200", Some("<!doctype html>page"));
    check("/manifest.json", "200", Some("{}"));
    check("/my%20files/a.json", "200", Some("[1]"));
    check("/nothing.json", "404", None);
}

#[test]
fn nothing_else_is() {
    for path in [
        "/warehouse.duckdb",
        "/.secret.json",
        "/../profiles.json",
        "/%2e%2e/profiles.json",
        "/..%2fprofiles.json",
        "/..%5cprofiles.json",
        "//profiles.json",
        "/target/../../profiles.json",
        "/C:/profiles.json",
        "/%00.json",
        "/%",
        "/%zz.json",
        "profiles.json",
        "http://localhost/profiles.json",
    ] {
        check(path, "404", None);
    }
}

#[test]
fn only_its_own_name_is_answered() {
    let with_host = |host: &str| send(&format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n"));
    for own in ["127.0.0.1:8080", "localhost", "[::1]:80"] {
        assert!(with_host(own).starts_with("HTTP/1.1 200 "), "{own}");
    }
    for foreign in ["evil.example", "localhost.evil.example:8080", ""] {
        assert!(with_host(foreign).starts_with("HTTP/1.1 403 "), "{foreign}");
    }
}

#[test]
fn odd_requests_get_an_answer() {
    assert!(send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n").ends_with("\r\n\r\n"));
    assert!(send("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 405 "));
    assert!(send("GET\r\n\r\n").starts_with("HTTP/1.1 400 "));
    assert!(send("\r\n").starts_with("HTTP/1.1 400 "));
    assert!(send("GET / HTTP/2\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

#[test]
fn the_address_is_one_that_a_browser_can_open() {
    let url = |host: &str| Server::bind(host, 0).unwrap().url();
    assert!(url("127.0.0.1").starts_with("http://127.0.0.1:"));
    assert!(url("0.0.0.0").starts_with("http://localhost:"));
}

#[test]
fn the_page_as_served_may_be_told_to_load_again_and_nothing_else() {
    let file = "<head><meta content=\"default-src 'none'; script-src 'sha256-x'\"></head>";
    let served = String::from_utf8(live(file.as_bytes().to_vec())).unwrap();
    let digest = crate::docs::page::digest(RELOAD);
    assert_eq!(
        served,
        format!(
            "<head><meta content=\"default-src 'none'; connect-src 'self'; script-src \
             'sha256-{digest}' 'sha256-x'\"><script>{RELOAD}</script></head>"
        )
    );
    // What is not a page of ours stays as it is.
    assert_eq!(live(b"other".to_vec()), b"other");
}

#[test]
fn a_changed_page_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let world = crate::files::DiskWorld::default();
    let page = folder.join("index.html");
    world.write(&page, b"one").unwrap();
    let server = Server::bind("127.0.0.1", 0).unwrap();
    let answer = std::thread::scope(|scope| {
        scope.spawn(|| {
            let (stream, _) = server.listener.accept().unwrap();
            server.answer(stream, &world, folder).unwrap();
        });
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream
            .write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        world.write(&page, b"two").unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        rest
    });
    assert!(answer.contains("text/event-stream") && answer.ends_with("data: changed\n\n"));
}
