//! The variables of one template, macro or call block while it runs.

use minijinja::Value;

use super::loops::Loop;
use crate::jinja::syntax::{For, Source, Span};

/// Variables in scopes; the inner ones are at the end.
#[derive(Debug)]
pub struct Frame<'t> {
    pub source: &'t Source,
    vars: Vec<(&'t str, Value)>,
    /// Where the innermost scope begins.
    start: usize,
    /// What a call block sees of the frame it was written in.
    captured: &'t [(Span, Value)],
    /// The recursive loops that are running, the innermost last.
    recursive: Vec<(Value, &'t For)>,
    /// Whether undefined values may be used as in dbt's parsing.
    pub lenient: bool,
}

impl<'t> Frame<'t> {
    pub fn new(source: &'t Source) -> Self {
        Self {
            source,
            vars: Vec::new(),
            start: 0,
            captured: &[],
            recursive: Vec::new(),
            lenient: false,
        }
    }

    pub fn with_captured(source: &'t Source, captured: &'t [(Span, Value)]) -> Self {
        Self {
            captured,
            ..Self::new(source)
        }
    }

    pub fn text(&self, span: Span) -> &'t str {
        span.of(&self.source.text)
    }

    /// Reads a variable of the template itself.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let own = self.vars.iter().rev().find(|(key, _)| *key == name);
        own.map(|(_, value)| value).or_else(|| {
            let text = &self.source.text;
            self.captured
                .iter()
                .find(|(span, _)| span.of(text) == name)
                .map(|(_, value)| value)
        })
    }

    /// Sets a variable in the innermost scope.
    pub fn set(&mut self, name: &'t str, value: Value) {
        match self.vars[self.start..]
            .iter_mut()
            .find(|(key, _)| *key == name)
        {
            Some((_, slot)) => *slot = value,
            None => self.vars.push((name, value)),
        }
    }

    /// Opens a scope and returns what closing it needs.
    pub fn open(&mut self) -> Scope {
        let scope = Scope {
            outer: self.start,
            len: self.vars.len(),
        };
        self.start = self.vars.len();
        scope
    }

    /// Forgets what the innermost scope has set, as before each round of a loop.
    pub fn reset(&mut self) {
        self.vars.truncate(self.start);
    }

    pub fn enter_recursive(&mut self, loop_value: Value, for_: &'t For) {
        self.recursive.push((loop_value, for_));
    }

    pub fn leave_recursive(&mut self) {
        self.recursive.pop();
    }

    /// Finds the running loop that a `loop` value belongs to.
    pub fn recursive_loop(&self, loop_value: &Value) -> Option<&'t For> {
        let wanted = loop_value.downcast_object_ref::<Loop>()?;
        self.recursive
            .iter()
            .rev()
            .find(|(value, _)| {
                value
                    .downcast_object_ref::<Loop>()
                    .is_some_and(|l| std::ptr::eq(l, wanted))
            })
            .map(|(_, for_)| *for_)
    }

    pub fn close(&mut self, scope: &Scope) {
        self.vars.truncate(scope.len);
        self.start = scope.outer;
    }
}

/// An open scope.
#[derive(Debug)]
pub struct Scope {
    outer: usize,
    len: usize,
}
