//! Alerts over HTTP.

use serde_json::{Value, json};

use super::{Message, PATIENCE};
use crate::config::hcdbt_yml::WebhookFormat;

/// Posts an alert.
pub fn send(message: &Message<'_>, url: &str, format: WebhookFormat) -> Result<(), String> {
    let body = match format {
        WebhookFormat::Slack => slack(message),
        WebhookFormat::Json => message.json(),
    };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .user_agent(concat!("hcdbt/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let request = agent.post(url).content_type("application/json");
    let response = request.send(body.to_string());
    // The address is a secret of its own: whoever has it can post.
    response.map(|_| ()).map_err(|error| match error {
        ureq::Error::StatusCode(code) => format!("the server answered {code}"),
        ureq::Error::Timeout(_) => "the server did not answer in time".to_owned(),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        ureq::Error::Io(error) => error.kind().to_string(),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "the address is no URL".to_owned(),
        _ => "the connection failed".to_owned(),
    })
}

/// Slack's form, which other chat programs read as well.
fn slack(message: &Message<'_>) -> Value {
    let mut text = format!("*{}*", escaped(&message.subject()));
    for line in message.lines() {
        text.push_str(&format!("\n• {}", escaped(&line)));
    }
    json!({"text": text})
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
