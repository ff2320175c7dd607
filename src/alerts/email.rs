//! Alerts by mail.

use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Secured, TlsParameters};
use lettre::{Message as Mail, SmtpTransport, Transport as _};

use super::{Message, PATIENCE};
use crate::config::hcdbt_yml::{Email, Tls};

/// Sends an alert to everyone at once.
pub fn send(message: &Message<'_>, email: &Email) -> Result<(), String> {
    let address = |text: &str| {
        text.parse()
            .map_err(|_| format!("`{text}` is no mail address"))
    };
    let mut mail = Mail::builder()
        .from(address(&email.from)?)
        .subject(format!("hcdbt: {}", message.subject()))
        .header(ContentType::TEXT_PLAIN);
    for to in email.to.iter().filter(|to| !to.is_empty()) {
        mail = mail.to(address(to)?);
    }
    let mail = mail
        .body(message.text())
        .map_err(|error| error.to_string())?;
    let server = email.server.as_str();
    let parameters = || {
        TlsParameters::new(server.to_owned())
            .map_err(|_| "the connection cannot be secured".to_owned())
    };
    let (secured, port) = match email.tls {
        Tls::StartTls => (Secured::Required(parameters()?), 587),
        Tls::Always => (Secured::Wrapper(parameters()?), 465),
        Tls::None => (Secured::None, 25),
    };
    let mut transport = SmtpTransport::builder_dangerous(server)
        .tls(secured)
        .port(email.port.unwrap_or(port))
        .timeout(Some(PATIENCE));
    if let Some(user) = &email.user {
        let password = email.password.clone().unwrap_or_default();
        transport = transport.credentials(Credentials::new(user.clone(), password));
    }
    transport.build().send(&mail).map(|_| ()).map_err(|error| {
        if error.is_timeout() {
            "the mail server did not answer in time".to_owned()
        } else if let Some(code) = error.status() {
            format!("the mail server answered {code}")
        } else {
            "the mail server cannot be reached".to_owned()
        }
    })
}
