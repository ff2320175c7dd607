//! `alerts:`, who is told how a run ended.

use super::section::Section;

/// Somebody who is told when a run has results that it asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// What messages about the alert itself call it.
    pub name: String,
    /// The results that it is about.
    pub when: Vec<AlertStatus>,
    /// It is about nodes with one of these tags alone; about all when empty.
    pub tags: Vec<String>,
    /// None where an address is empty: the alert is off.
    pub channel: Option<Channel>,
}

/// How a node, or a run as a whole, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertStatus {
    Error,
    Fail,
    Warn,
    Skipped,
    /// The run as a whole went well; no node alone is told of.
    Success,
}

impl AlertStatus {
    /// The words that `when:` takes.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("error", Self::Error),
        ("fail", Self::Fail),
        ("warn", Self::Warn),
        ("skipped", Self::Skipped),
        ("success", Self::Success),
    ];
}

/// How an alert is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Channel {
    Webhook {
        url: String,
        format: WebhookFormat,
    },
    Email(Email),
    /// A program and its arguments; it reads the alert as JSON.
    Command(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookFormat {
    Slack,
    Json,
}

/// A mail server and who writes to whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Email {
    pub server: String,
    /// 587, or 465 or 25 as `tls` says, unless given.
    pub port: Option<u16>,
    pub tls: Tls,
    pub user: Option<String>,
    pub password: Option<String>,
    pub from: String,
    pub to: Vec<String>,
}

/// How the way to a mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// It begins in the open and is then secured.
    StartTls,
    /// It is secured from the beginning.
    Always,
    /// Not at all, for a server on this machine.
    None,
}

impl Alert {
    pub(super) fn of(section: &Section<'_>) -> Self {
        let webhook = section.section("webhook", |webhook| {
            let url = webhook.required_text("url").unwrap_or_default();
            let formats = [
                ("slack", WebhookFormat::Slack),
                ("json", WebhookFormat::Json),
            ];
            let format = webhook.choice("format", &formats);
            Channel::Webhook {
                url,
                format: format.unwrap_or(WebhookFormat::Json),
            }
        });
        let email = section.section("email", |email| Channel::Email(Email::of(email)));
        let command = section.texts("command").map(Channel::Command);
        let mut channels: Vec<Channel> = [webhook, email, command].into_iter().flatten().collect();
        if channels.len() != 1 {
            let count = if channels.is_empty() {
                "no"
            } else {
                "more than one"
            };
            section.wrong(
                format!("an alert has {count} way to be sent"),
                "give it one of `webhook`, `email` and `command`",
            );
        }
        let channel = channels.pop();
        Self {
            name: section
                .text("name")
                .unwrap_or_else(|| channel.as_ref().map_or("alert", Channel::kind).to_owned()),
            when: section
                .choices("when", AlertStatus::NAMES)
                .unwrap_or_else(|| vec![AlertStatus::Error, AlertStatus::Fail]),
            tags: section.texts("tags").unwrap_or_default(),
            channel: channel.filter(|channel| !channel.is_off()),
        }
    }
}

impl Channel {
    fn kind(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Email(_) => "email",
            Self::Command(_) => "command",
        }
    }

    /// Tells whether an address is empty, as `env_var('...', '')` gives it
    /// where nobody is to be told.
    fn is_off(&self) -> bool {
        match self {
            Self::Webhook { url, .. } => url.is_empty(),
            Self::Email(email) => {
                email.server.is_empty() || email.to.iter().all(|to| to.is_empty())
            }
            Self::Command(words) => words.first().is_none_or(|word| word.is_empty()),
        }
    }
}

impl Email {
    fn of(section: &Section<'_>) -> Self {
        let ways = [
            ("starttls", Tls::StartTls),
            ("always", Tls::Always),
            ("none", Tls::None),
        ];
        let port = section.whole_number("port", 1..=65535, "a port from 1 to 65535");
        Self {
            server: section.required_text("server").unwrap_or_default(),
            port: port.map(|port| port as u16),
            tls: section.choice("tls", &ways).unwrap_or(Tls::StartTls),
            user: section.text("user").filter(|user| !user.is_empty()),
            password: section.secret("password"),
            from: section.required_text("from").unwrap_or_default(),
            to: section.texts("to").unwrap_or_default(),
        }
    }
}
