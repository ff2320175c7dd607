//! What a node's own text asks for: its refs, sources, configs and macros.
//!
//! A text that holds nothing but literal calls of `ref`, `source` and `config`
//! is never rendered; most models are like that.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value as Json};

use super::context::{NodeScope, Recorded, Recorder};
use super::messages::Messages;
use super::node::{Node, NodeKind, RefArgs, UniqueId};
use super::relation_name::relation;
use super::template::{Template, template_error};
use super::{ParseContext, describe};
use crate::diagnostics::Diagnostic;
use crate::jinja::{self, Context, MacroCalls, Mode, Scope, StaticCalls, Value, extract};

/// What a text asks for.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub recorded: Recorded,
    pub macros: Vec<UniqueId>,
}

/// Reads a text without rendering it, when that is enough.
pub(super) fn read_static(
    cx: &ParseContext<'_>,
    package: &str,
    template: &Template<'_>,
    what: &dyn Fn() -> String,
) -> Result<Option<Calls>, Diagnostic> {
    let calls = extract(template.text)
        .map_err(|error| template_error(cx.template_files(), template, &what(), &error))?;
    if calls.needs_render || cx.replaces_builtins(package) {
        return Ok(None);
    }
    Ok(Some(from_static(calls)))
}

fn from_static(calls: StaticCalls) -> Calls {
    let recorder = Recorder::default();
    for config in calls.configs {
        recorder.config(config.into_iter().collect::<Map<_, _>>());
    }
    let mut recorded = recorder.take();
    recorded.refs = calls
        .refs
        .into_iter()
        .map(|call| RefArgs {
            name: call.name,
            package: call.package,
            version: call.version,
        })
        .collect();
    // dbt's own static reader gives each source once.
    for call in calls.sources {
        let pair = [call.source, call.table];
        if !recorded.sources.contains(&pair) {
            recorded.sources.push(pair);
        }
    }
    Calls {
        recorded,
        macros: Vec::new(),
    }
}

/// Renders texts of one node while parsing, and collects what they ask for.
pub(super) struct Renderer<'a> {
    cx: &'a ParseContext<'a>,
    what: String,
    scope: Arc<NodeScope>,
    recorder: Arc<Recorder>,
    calls: Arc<MacroCalls>,
    messages: Arc<Messages>,
    context: Context,
}

impl<'a> Renderer<'a> {
    pub fn new(
        cx: &'a ParseContext<'a>,
        node: Arc<Node>,
        macros: Option<Arc<HashMap<String, Value>>>,
    ) -> Self {
        let recorder = Arc::new(Recorder::default());
        let calls = Arc::new(MacroCalls::default());
        let messages = Messages::new();
        let package = Arc::clone(&node.package_name);
        let what = describe(node.resource_type, &node.name);
        let is_generic_test = matches!(node.kind, NodeKind::GenericTest(_));
        let quote = cx.quoting;
        let scope = NodeScope {
            names: cx.names_of(&package),
            recorder: Arc::clone(&recorder),
            relation: relation(quote, node.database.as_deref(), &node.schema, &node.alias),
            node,
            model: OnceLock::new(),
            extra: OnceLock::new(),
            macros,
        };
        let scope = Arc::new(scope);
        let shared = Arc::clone(&scope) as Arc<dyn Scope>;
        let context = cx
            .context(shared, package)
            .with_mode(Mode::Parse)
            .of_generic_test(is_generic_test)
            .with_calls(Arc::clone(&calls))
            .with_events(Arc::clone(&messages) as Arc<dyn jinja::Events>);
        Self {
            cx,
            what,
            scope,
            recorder,
            calls,
            messages,
            context,
        }
    }

    /// Writes down a `config()` call that stands in no text.
    pub fn record_config(&self, config: Map<String, Json>) {
        self.recorder.config(config);
    }

    /// Gives the texts that are rendered from now on one more name.
    pub fn set_name(&self, name: &'static str, value: Value) {
        let _ = self.scope.extra.set((name, value));
    }

    /// Renders a text for what it asks for; its result is dropped.
    pub fn render(&self, template: &Template<'_>) -> Result<(), Diagnostic> {
        self.cx
            .engine
            .render(template.text, template.path(), &self.context)
            .map(drop)
            .map_err(|error| self.failed(template, &error))
    }

    /// Renders a text to a value.
    pub fn render_native(&self, template: &Template<'_>) -> Result<Value, jinja::JinjaError> {
        self.cx
            .engine
            .render_native(template.text, template.path(), &self.context)
    }

    /// Returns what a template that was rendered said.
    pub fn messages(&self, template: &Template<'_>) -> Vec<Diagnostic> {
        self.messages.take(template)
    }

    /// Says what is wrong with a text.
    pub fn failed(&self, template: &Template<'_>, error: &jinja::JinjaError) -> Diagnostic {
        template_error(self.cx.template_files(), template, &self.what, error)
    }

    /// Returns what all texts rendered so far asked for.
    pub fn finish(self) -> Calls {
        let macros = self
            .calls
            .direct()
            .iter()
            .map(|id| UniqueId(Arc::clone(id)))
            .collect();
        Calls {
            recorded: self.recorder.take(),
            macros,
        }
    }
}
