//! Tells people and programs how a run ended, as `alerts:` of `hcdbt.yml` asks.
//!
//! The one part that speaks to webhooks and mail servers. What is told is what
//! reports tell: no values of rows. An alert that cannot be sent is said to
//! the user and changes nothing about the run.

mod command;
mod email;
mod message;
#[cfg(test)]
mod tests;
mod webhook;

pub use message::{Message, Run};

use crate::config::hcdbt_yml::{Alert, Channel};

/// How long anything that is sent to may take to answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// Sends an alert when the run has what it asks for. Tells whether it was
/// sent.
///
/// # Errors
///
/// Why it could not be sent, in words that name no address and no secret.
pub fn send(run: &Run<'_>, alert: &Alert) -> Result<bool, String> {
    let Some(channel) = &alert.channel else {
        return Ok(false);
    };
    let Some(message) = Message::of(run, alert) else {
        return Ok(false);
    };
    match channel {
        Channel::Webhook { url, format } => webhook::send(&message, url, *format)?,
        Channel::Email(email) => email::send(&message, email)?,
        Channel::Command(words) => command::send(&message, words)?,
    }
    Ok(true)
}
