//! Statements.

use minijinja::Value;

use super::call::unpack;
use super::frame::Frame;
use super::loops::Loop;
use super::native::{Node, is_constant, is_safe_constant};
use super::place;
use super::run::Interpreter;
use crate::jinja::error::JinjaError;
use crate::jinja::python::{self, ValueIter, iterate, write_str};
use crate::jinja::source_map::SourceMap;
use crate::jinja::syntax::{Expr, For, Span, Statement, Target};

/// Where rendered text goes.
pub enum Output<'o> {
    Text(&'o mut String),
    /// Text, with where each piece of it comes from.
    Mapped(&'o mut String, &'o mut SourceMap),
    /// Parts that keep their types.
    Native(&'o mut Vec<Node>),
}

impl Output<'_> {
    fn text(&mut self, text: &str) {
        match self {
            Self::Text(out) | Self::Mapped(out, _) => out.push_str(text),
            Self::Native(nodes) => match nodes.last_mut() {
                Some(Node::Text(last)) => last.push_str(text),
                _ => nodes.push(Node::Text(text.to_owned())),
            },
        }
    }
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Normal,
    Break,
    Continue,
}

impl Interpreter<'_> {
    /// Runs statements in the current scope.
    pub fn body<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        body: &'t [Statement],
        out: &mut Output<'_>,
    ) -> Result<Flow, JinjaError> {
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || {
            for statement in body {
                match self.statement(frame, statement, out)? {
                    Flow::Normal => {}
                    flow => return Ok(flow),
                }
            }
            Ok(Flow::Normal)
        })
    }

    /// Runs statements in a scope of their own.
    fn scoped<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        body: &'t [Statement],
        out: &mut Output<'_>,
    ) -> Result<Flow, JinjaError> {
        let scope = frame.open();
        let flow = self.body(frame, body, out);
        frame.close(&scope);
        flow
    }

    /// Runs statements in a scope of their own and returns their text.
    fn captured<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        body: &'t [Statement],
    ) -> Result<(String, Flow), JinjaError> {
        let mut text = String::new();
        let flow = self.scoped(frame, body, &mut Output::Text(&mut text))?;
        Ok((text, flow))
    }

    fn statement<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        statement: &'t Statement,
        out: &mut Output<'_>,
    ) -> Result<Flow, JinjaError> {
        match statement {
            Statement::Data(data) => {
                let text = data.of(&frame.source.text);
                if let Output::Mapped(out, map) = out {
                    map.add_text(out.len(), text.len(), data.spans());
                }
                out.text(text);
            }
            Statement::Output(expr) => self.output(frame, expr, out)?,
            Statement::If {
                branches,
                otherwise,
            } => {
                for (test, body) in branches {
                    if self.eval(frame, test)?.is_true() {
                        return self.body(frame, body, out);
                    }
                }
                return self.body(frame, otherwise, out);
            }
            Statement::For(for_) => {
                let iterable = self.eval(frame, &for_.iterable)?;
                return self.for_loop(frame, for_, &iterable, 0, out);
            }
            Statement::Set { target, value } => {
                let value = self.eval(frame, value)?;
                self.assign(frame, target, value)?;
            }
            Statement::SetBlock {
                target,
                filter,
                body,
            } => {
                let (text, flow) = self.captured(frame, body)?;
                if flow != Flow::Normal {
                    return Ok(flow);
                }
                let mut value = Value::from(text);
                if let Some(filter) = filter {
                    value = self.eval_captured(frame, filter, value)?;
                }
                self.assign(frame, target, value)?;
            }
            Statement::With { bindings, body } => {
                let mut values = Vec::with_capacity(bindings.len());
                for (_, value) in bindings {
                    values.push(self.eval(frame, value)?);
                }
                let scope = frame.open();
                let mut flow = Ok(Flow::Normal);
                for ((target, _), value) in bindings.iter().zip(values) {
                    if let Err(error) = self.assign(frame, target, value) {
                        flow = Err(error);
                        break;
                    }
                }
                if flow.is_ok() {
                    flow = self.body(frame, body, out);
                }
                frame.close(&scope);
                return flow;
            }
            Statement::Do(expr) => {
                self.eval(frame, expr)?;
            }
            Statement::Call(call) => {
                let value = self.call_block(frame, call)?;
                self.write(frame, &value, call.call.span, out)?;
            }
            Statement::FilterBlock { filter, body } => {
                let (text, flow) = self.captured(frame, body)?;
                if flow != Flow::Normal {
                    return Ok(flow);
                }
                let value = self.eval_captured(frame, filter, Value::from(text))?;
                self.write(frame, &value, filter.span, out)?;
            }
            Statement::Scope(body) => return self.scoped(frame, body, out),
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
            // As in dbt, a macro that is defined inside of a template cannot be
            // called by its name.
            Statement::Definition(_) => {}
            Statement::Load(span) => {
                let error = JinjaError::type_error(
                    "templates cannot include or import others; use a macro instead",
                );
                return Err(place(error, frame.source, *span));
            }
        }
        Ok(Flow::Normal)
    }

    fn output<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        expr: &'t Expr,
        out: &mut Output<'_>,
    ) -> Result<(), JinjaError> {
        if let Output::Mapped(..) = out {
            self.run.take_mapped();
        }
        let value = self.eval(frame, expr)?;
        if let Output::Native(nodes) = out {
            // Jinja2 folds constants into text before it looks at types.
            if is_constant(expr, &frame.source.text) && is_safe_constant(&value) {
                let text = python::str(&value)?;
                out.text(&text);
            } else {
                nodes.push(Node::Value(value));
            }
            return Ok(());
        }
        self.write(frame, &value, expr.span, out)
    }

    fn write(
        &mut self,
        frame: &Frame<'_>,
        value: &Value,
        span: Span,
        out: &mut Output<'_>,
    ) -> Result<(), JinjaError> {
        match out {
            Output::Text(text) => {
                write_str(text, value).map_err(|error| place(error, frame.source, span))
            }
            Output::Mapped(text, map) => {
                let start = text.len();
                write_str(text, value).map_err(|error| place(error, frame.source, span))?;
                map.add_made(start, &text[start..], span, self.run.take_mapped());
                Ok(())
            }
            Output::Native(nodes) => {
                nodes.push(Node::Value(value.clone()));
                Ok(())
            }
        }
    }

    /// Binds a value to a name, an attribute of a namespace, or several names.
    pub fn assign<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        target: &'t Target,
        value: Value,
    ) -> Result<(), JinjaError> {
        match target {
            Target::Name(span) => {
                let name = frame.text(*span);
                frame.set(name, value);
                Ok(())
            }
            Target::Attribute { base, name } => {
                let base_name = frame.text(*base);
                let owner = match frame.get(base_name) {
                    Some(owner) => owner.clone(),
                    None => self.run.lookup(base_name).unwrap_or_default(),
                };
                super::call::set_attribute(&owner, frame.text(*name), value)
                    .map_err(|error| place(error, frame.source, base.to(*name)))
            }
            Target::Tuple(targets, span) => {
                let items = unpack(&value, targets.len())
                    .map_err(|error| place(error, frame.source, *span))?;
                for (target, item) in targets.iter().zip(items) {
                    self.assign(frame, target, item)?;
                }
                Ok(())
            }
        }
    }

    /// Runs a loop over a value.
    pub fn for_loop<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        for_: &'t For,
        iterable: &Value,
        depth: usize,
        out: &mut Output<'_>,
    ) -> Result<Flow, JinjaError> {
        let at = |error| place(error, frame.source, for_.iterable.span);
        if iterable.is_undefined() && !frame.lenient && depth > 0 {
            return Err(at(JinjaError::undefined(
                "the value to loop over is undefined",
            )));
        }
        let mut items = iterate(iterable).map_err(at)?;
        let mut known_len = python::length(iterable).ok();
        if let Some(condition) = &for_.condition {
            let kept = self.filter_items(frame, for_, condition, items)?;
            known_len = Some(kept.len());
            items = ValueIter::Items(kept.into_iter());
        }
        let scope = frame.open();
        let result = if for_.uses_loop {
            self.rounds_with_loop(frame, for_, items, iterable, known_len, depth, out)
        } else {
            self.rounds(frame, for_, items, out)
        };
        frame.close(&scope);
        if result? {
            Ok(Flow::Normal)
        } else {
            self.scoped(frame, &for_.otherwise, out)
        }
    }

    fn filter_items<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        for_: &'t For,
        condition: &'t Expr,
        items: ValueIter,
    ) -> Result<Vec<Value>, JinjaError> {
        let mut kept = Vec::new();
        let scope = frame.open();
        for item in items {
            frame.reset();
            let keep = self
                .assign(frame, &for_.target, item.clone())
                .and_then(|()| self.eval(frame, condition));
            match keep {
                Ok(keep) if keep.is_true() => kept.push(item),
                Ok(_) => {}
                Err(error) => {
                    frame.close(&scope);
                    return Err(error);
                }
            }
        }
        frame.close(&scope);
        Ok(kept)
    }

    /// Runs the rounds of a loop; tells whether there were any.
    fn rounds<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        for_: &'t For,
        items: ValueIter,
        out: &mut Output<'_>,
    ) -> Result<bool, JinjaError> {
        let mut any = false;
        for item in items {
            any = true;
            frame.reset();
            self.assign(frame, &for_.target, item)?;
            if self.body(frame, &for_.body, out)? == Flow::Break {
                break;
            }
        }
        Ok(any)
    }

    #[expect(clippy::too_many_arguments, reason = "what a loop is made of")]
    fn rounds_with_loop<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        for_: &'t For,
        items: ValueIter,
        iterable: &Value,
        known_len: Option<usize>,
        depth: usize,
        out: &mut Output<'_>,
    ) -> Result<bool, JinjaError> {
        // A list's length is asked for when it is needed, since the list may
        // grow until then.
        let live = if for_.condition.is_none() {
            Some(iterable.clone())
        } else {
            None
        };
        let state = Loop::new(items, live, known_len, depth, for_.recursive);
        let loop_value = Value::from_dyn_object(state.clone());
        let mut any = false;
        if for_.recursive {
            frame.enter_recursive(loop_value.clone(), for_);
        }
        let mut result = Ok(());
        while let Some(item) = state.advance() {
            any = true;
            frame.reset();
            frame.set("loop", loop_value.clone());
            let round = self
                .assign(frame, &for_.target, item)
                .and_then(|()| self.body(frame, &for_.body, out));
            match round {
                Ok(Flow::Break) => break,
                Ok(_) => {}
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        if for_.recursive {
            frame.leave_recursive();
        }
        result.map(|()| any)
    }
}
