use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{Run, send};
use crate::config::hcdbt_yml::{Alert, AlertStatus, Channel, Email, Tls, WebhookFormat};
use crate::diagnostics::Severity;
use crate::report::{Case, Problem};
use crate::run::Status;

fn case(name: &str, status: Status, tags: &[&str]) -> Case {
    Case {
        unique_id: format!("model.health.{name}"),
        kind: "model".into(),
        name: name.into(),
        group: "models".into(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        place: None,
        status,
        seconds: 0.1,
        failures: None,
        skipped_because: None,
        problems: vec![Problem {
            rule: "database-error".into(),
            severity: Severity::Error,
            title: format!("model `{name}` <failed> & burned"),
            details: Vec::new(),
            place: None,
        }],
    }
}

fn run<'a>(outcome: &'a str, cases: &'a [Case]) -> Run<'a> {
    Run {
        id: "42",
        project: "health",
        target: "prod",
        command: "build",
        outcome,
        started_at: "2026-01-02T03:04:05Z".parse().expect("a time"),
        elapsed: 1.5,
        cases,
    }
}

fn alert(channel: Channel, when: &[AlertStatus], tags: &[&str]) -> Alert {
    Alert {
        name: "care".into(),
        when: when.to_vec(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        channel: Some(channel),
    }
}

/// Answers one request and gives what it was sent.
fn server(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a request");
        let mut reader = BufReader::new(stream.try_clone().expect("a reader"));
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).expect("a line") > 2 {
            let lower = line.to_lowercase();
            if let Some(text) = lower.strip_prefix("content-length:") {
                length = text.trim().parse().expect("a number");
            }
            line.clear();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n").expect("an answer");
        String::from_utf8(body).expect("a text")
    });
    (format!("http://{address}/secret-path"), thread)
}

fn webhook(url: &str, format: WebhookFormat) -> Channel {
    Channel::Webhook {
        url: url.into(),
        format,
    }
}

#[test]
fn webhooks_are_told_in_slacks_form_and_as_json() {
    let cases = [
        case("a", Status::Error, &[]),
        case("b", Status::Success, &[]),
    ];
    let run = run("failed", &cases);
    let (url, server_thread) = server("200 OK");
    let slack = alert(
        webhook(&url, WebhookFormat::Slack),
        &[AlertStatus::Error],
        &[],
    );
    assert_eq!(send(&run, &slack), Ok(true));
    let body: Value = serde_json::from_str(&server_thread.join().expect("a body")).expect("JSON");
    assert_eq!(
        body,
        json!({"text": "*build of health (target prod) failed*\n\
            • model `a` &lt;failed&gt; &amp; burned"})
    );

    let (url, server_thread) = server("200 OK");
    let generic = alert(
        webhook(&url, WebhookFormat::Json),
        &[AlertStatus::Error],
        &[],
    );
    assert_eq!(send(&run, &generic), Ok(true));
    let body: Value = serde_json::from_str(&server_thread.join().expect("a body")).expect("JSON");
    assert_eq!(body["status"], "failed");
    assert_eq!(body["nodes"][0]["unique_id"], "model.health.a");
    assert_eq!(body["nodes"][1], Value::Null, "b went well");
}

#[test]
fn a_failure_to_send_names_no_address() {
    let cases = [case("a", Status::Error, &[])];
    let run = run("failed", &cases);
    let (url, server_thread) = server("403 Forbidden");
    let refused = alert(
        webhook(&url, WebhookFormat::Json),
        &[AlertStatus::Error],
        &[],
    );
    let error = send(&run, &refused).expect_err("it was refused");
    assert_eq!(error, "the server answered 403");
    server_thread.join().expect("a body");
    let error = send(&run, &refused).expect_err("nobody is there");
    assert!(!error.contains("secret-path"), "{error}");
}

#[test]
fn status_and_tags_decide_who_is_told() {
    let cases = [
        case("a", Status::Warn, &["finance"]),
        case("b", Status::Success, &["phi"]),
    ];
    // Nothing listens there: what is sent is an error.
    let nowhere = || webhook("http://127.0.0.1:1/", WebhookFormat::Json);
    let is_sent = |outcome: &str, when: &[AlertStatus], tags: &[&str]| {
        send(&run(outcome, &cases), &alert(nowhere(), when, tags)).is_err()
    };
    assert!(is_sent("success", &[AlertStatus::Warn], &[]));
    assert!(is_sent("success", &[AlertStatus::Warn], &["finance"]));
    assert!(!is_sent("success", &[AlertStatus::Warn], &["phi"]));
    assert!(!is_sent(
        "success",
        &[AlertStatus::Error, AlertStatus::Fail],
        &[]
    ));
    assert!(is_sent("success", &[AlertStatus::Success], &["phi"]));
    assert!(!is_sent("success", &[AlertStatus::Success], &["other"]));
    assert!(!is_sent("failed", &[AlertStatus::Success], &[]));
    let mut off = alert(nowhere(), &[AlertStatus::Warn], &[]);
    off.channel = None;
    assert_eq!(send(&run("failed", &cases), &off), Ok(false));
}

/// Plays a mail server for one mail and gives what it was told.
fn mail_server() -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        talk(stream)
    });
    (port, thread)
}

fn talk(mut stream: TcpStream) -> String {
    let mut reader = BufReader::new(stream.try_clone().expect("a reader"));
    let mut told = String::new();
    let mut is_mail = false;
    stream.write_all(b"220 here\r\n").expect("a greeting");
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).expect("a line") == 0 {
            return told;
        }
        told.push_str(&line);
        let answer: &[u8] = match line.trim_end() {
            "." if is_mail => {
                is_mail = false;
                b"250 taken\r\n"
            }
            _ if is_mail => continue,
            "DATA" => {
                is_mail = true;
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 well\r\n",
        };
        stream.write_all(answer).expect("an answer");
    }
}

#[test]
fn mails_are_sent_through_a_server() {
    let cases = [case("a", Status::Fail, &[])];
    let (port, server_thread) = mail_server();
    let email = Email {
        server: "127.0.0.1".into(),
        port: Some(port),
        tls: Tls::None,
        user: None,
        password: None,
        from: "hcdbt@example.org".into(),
        to: vec!["care@example.org".into(), "data@example.org".into()],
    };
    let told = alert(Channel::Email(email.clone()), &[AlertStatus::Fail], &[]);
    assert_eq!(send(&run("failed", &cases), &told), Ok(true));
    let mail = server_thread.join().expect("a mail");
    for text in [
        "MAIL FROM:<hcdbt@example.org>",
        "RCPT TO:<data@example.org>",
        "Subject: hcdbt: build of health (target prod) failed",
        "- model `a` <failed> & burned",
    ] {
        assert!(mail.contains(text), "{text}\n{mail}");
    }
    let wrong = Email {
        from: "nobody".into(),
        ..email
    };
    let wrong = alert(Channel::Email(wrong), &[AlertStatus::Fail], &[]);
    assert_eq!(
        send(&run("failed", &cases), &wrong),
        Err("`nobody` is no mail address".into())
    );
}

#[test]
#[cfg(unix)]
fn a_command_reads_the_alert() {
    let cases = [case("a", Status::Error, &[])];
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("alert.json");
    let told = |script: String| {
        let words = vec!["sh".to_owned(), "-c".to_owned(), script];
        alert(Channel::Command(words), &[AlertStatus::Error], &[])
    };
    let script = format!("cat > {}", path.display());
    assert_eq!(send(&run("failed", &cases), &told(script)), Ok(true));
    let text = std::fs::read_to_string(&path).expect("the alert");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["nodes"][0]["name"], "a");
    let error = send(&run("failed", &cases), &told("exit 3".into())).expect_err("3");
    assert!(error.contains("exit status: 3"), "{error}");
}
