//! Expressions.

use std::borrow::Cow;

use minijinja::Value;

use super::frame::Frame;
use super::place;
use super::run::Interpreter;
use crate::jinja::error::{ErrorKind, JinjaError};
use crate::jinja::python::arguments::Args;
use crate::jinja::python::{
    as_str, binary, collect, compare, dict_of, list, pairs, repr, sign, slice, tuple, type_name,
    write_str,
};
use crate::jinja::syntax::{Arguments, Arithmetic, Comparison, Expr, ExprKind, Subscript};

impl Interpreter<'_> {
    /// Evaluates an expression.
    pub fn eval<'t>(&mut self, frame: &mut Frame<'t>, expr: &'t Expr) -> Result<Value, JinjaError> {
        if expr.height > 16 {
            return stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.eval_node(frame, expr));
        }
        self.eval_node(frame, expr)
    }

    /// Evaluates a filter chain over a captured text.
    pub fn eval_captured<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        expr: &'t Expr,
        captured: Value,
    ) -> Result<Value, JinjaError> {
        let scope = frame.open();
        frame.set("\0captured", captured);
        let result = self.eval(frame, expr);
        frame.close(&scope);
        result
    }

    fn eval_node<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        expr: &'t Expr,
    ) -> Result<Value, JinjaError> {
        match &expr.kind {
            ExprKind::Const(value) => Ok(value.clone()),
            ExprKind::Name => {
                let name = frame.text(expr.span);
                match frame.get(name) {
                    Some(value) => Ok(value.clone()),
                    None => Ok(self.run.lookup(name).unwrap_or_default()),
                }
            }
            ExprKind::Captured => Ok(frame.get("\0captured").cloned().unwrap_or_default()),
            ExprKind::List(items) => self.eval_all(frame, items).map(list),
            ExprKind::Tuple(items) => self.eval_all(frame, items).map(tuple),
            ExprKind::Dict(items) => {
                let mut entries = Vec::with_capacity(items.len());
                for (key, value) in items {
                    let key = self.eval(frame, key)?;
                    entries.push((key, self.eval(frame, value)?));
                }
                dict_of(entries).map_err(|error| place(error, frame.source, expr.span))
            }
            ExprKind::Signs(signs, operand) => {
                let mut value = self.defined(frame, operand)?;
                for negative in signs.iter().rev() {
                    value = Self::at(sign(*negative, &value), frame, expr.span)?;
                }
                Ok(value)
            }
            ExprKind::Arithmetic(first, rest) => self.eval_arithmetic(frame, first, rest),
            ExprKind::Concat(items) => {
                let mut text = String::new();
                for item in items {
                    let value = self.eval(frame, item)?;
                    Self::at(write_str(&mut text, &value), frame, item.span)?;
                }
                Ok(Value::from(text))
            }
            ExprKind::And(items) => {
                let mut value = Value::UNDEFINED;
                for item in items {
                    value = self.eval(frame, item)?;
                    if !value.is_true() {
                        break;
                    }
                }
                Ok(value)
            }
            ExprKind::Or(items) => {
                let mut value = Value::UNDEFINED;
                for item in items {
                    value = self.eval(frame, item)?;
                    if value.is_true() {
                        break;
                    }
                }
                Ok(value)
            }
            ExprKind::Not(count, operand) => {
                let truth = self.eval(frame, operand)?.is_true();
                Ok(Value::from(truth != (count % 2 == 1)))
            }
            ExprKind::Compare(first, rest) => self.eval_comparison(frame, first, rest),
            ExprKind::Conditional(arms, otherwise) => {
                for (value, test) in arms {
                    if self.eval(frame, test)?.is_true() {
                        return self.eval(frame, value);
                    }
                }
                match otherwise {
                    Some(otherwise) => self.eval(frame, otherwise),
                    None => Ok(Value::UNDEFINED),
                }
            }
            ExprKind::Attribute(base, name) => {
                let value = self.eval(frame, base)?;
                if value.is_undefined() {
                    return self.of_undefined(frame, base);
                }
                Ok(self.attribute(&value, frame.text(*name)))
            }
            ExprKind::Subscript(base, subscript) => {
                let value = self.eval(frame, base)?;
                if value.is_undefined() {
                    return self.of_undefined(frame, base);
                }
                self.eval_subscript(frame, expr, &value, subscript)
            }
            ExprKind::Call(callee, args) => self.eval_call(frame, expr, callee, args, None),
            ExprKind::Filter {
                base,
                name,
                filter,
                args,
            } => {
                let Some(filter) = filter else {
                    let name = frame.text(*name);
                    let error = JinjaError::undefined(format!("there is no filter `{name}`"));
                    return Err(place(error, frame.source, expr.span));
                };
                let value = self.eval(frame, base)?;
                let args = self.eval_optional_arguments(frame, args.as_deref())?;
                filter(self, &value, &args)
                    .map_err(|error| Self::describe_undefined(error, frame, base, &value))
                    .map_err(|error| place(error, frame.source, expr.span))
            }
            ExprKind::Test {
                base,
                name,
                test,
                args,
                negated,
            } => {
                let Some(test) = test else {
                    let name = frame.text(*name);
                    let error = JinjaError::undefined(format!("there is no test `{name}`"));
                    return Err(place(error, frame.source, expr.span));
                };
                let value = self.eval(frame, base)?;
                let args = self.eval_optional_arguments(frame, args.as_deref())?;
                let truth = test(self, &value, &args)
                    .map_err(|error| Self::describe_undefined(error, frame, base, &value))
                    .map_err(|error| place(error, frame.source, expr.span))?;
                Ok(Value::from(truth != *negated))
            }
        }
    }

    fn eval_arithmetic<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        first: &'t Expr,
        rest: &'t [(Arithmetic, Expr)],
    ) -> Result<Value, JinjaError> {
        let mut left = self.defined(frame, first)?;
        // Texts that follow `left` with a `+`: they may be long, and are put
        // together once.
        let mut more: Vec<Value> = Vec::new();
        for (op, operand) in rest {
            // A format takes even what is undefined.
            let right = if *op == Arithmetic::Mod && left.as_str().is_some() {
                self.eval(frame, operand)?
            } else {
                self.defined(frame, operand)?
            };
            if *op == Arithmetic::Add && as_str(&left).is_some() && as_str(&right).is_some() {
                more.push(right);
                continue;
            }
            left = joined(left, &more);
            more.clear();
            let span = first.span.to(operand.span);
            left = Self::at(binary(*op, &left, &right), frame, span)?;
        }
        Ok(joined(left, &more))
    }

    fn eval_all<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        items: &'t [Expr],
    ) -> Result<Vec<Value>, JinjaError> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.eval(frame, item)?);
        }
        Ok(values)
    }

    /// Evaluates an operand that has to be defined.
    fn defined<'t>(&mut self, frame: &mut Frame<'t>, expr: &'t Expr) -> Result<Value, JinjaError> {
        let value = self.eval(frame, expr)?;
        if value.is_undefined() {
            return Err(Self::undefined(frame, expr));
        }
        Ok(value)
    }

    /// Says which expression is undefined.
    pub fn undefined(frame: &Frame<'_>, expr: &Expr) -> JinjaError {
        let text = frame.text(expr.span);
        let short: String = text.chars().take(60).collect();
        let more = if short.len() < text.len() { "..." } else { "" };
        let mut error = JinjaError::undefined(format!("'{short}{more}' is undefined"));
        if matches!(expr.kind, ExprKind::Name) {
            error.set_undefined_name(text);
        }
        place(error, frame.source, expr.span)
    }

    /// What reading or calling an undefined value gives.
    fn of_undefined(&self, frame: &Frame<'_>, expr: &Expr) -> Result<Value, JinjaError> {
        if frame.lenient {
            return Ok(Value::UNDEFINED);
        }
        Err(Self::undefined(frame, expr))
    }

    /// Completes the error of a function that found its operand undefined.
    fn describe_undefined(
        error: JinjaError,
        frame: &Frame<'_>,
        base: &Expr,
        value: &Value,
    ) -> JinjaError {
        if error.kind() == ErrorKind::Undefined
            && error.message().is_empty()
            && value.is_undefined()
        {
            return Self::undefined(frame, base);
        }
        error
    }

    fn eval_comparison<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        first: &'t Expr,
        rest: &'t [(Comparison, Expr)],
    ) -> Result<Value, JinjaError> {
        let mut left_expr = first;
        let mut left = self.eval(frame, first)?;
        for (op, operand) in rest {
            let right = self.eval(frame, operand)?;
            let ordered = matches!(
                op,
                Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge
            );
            if ordered && left.is_undefined() {
                return Err(Self::undefined(frame, left_expr));
            }
            if ordered && right.is_undefined() {
                return Err(Self::undefined(frame, operand));
            }
            let span = left_expr.span.to(operand.span);
            if !Self::at(compare(*op, &left, &right), frame, span)? {
                return Ok(Value::from(false));
            }
            left = right;
            left_expr = operand;
        }
        Ok(Value::from(true))
    }

    fn eval_subscript<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        expr: &'t Expr,
        value: &Value,
        subscript: &'t Subscript,
    ) -> Result<Value, JinjaError> {
        match subscript {
            Subscript::Index(index) => {
                let key = self.eval(frame, index)?;
                if key.is_undefined() && !frame.lenient {
                    return Ok(Value::UNDEFINED);
                }
                Ok(self.item(value, &key))
            }
            Subscript::Slice(start, stop, step) => {
                let mut parts = [const { None }; 3];
                for (slot, part) in parts.iter_mut().zip([start, stop, step]) {
                    if let Some(part) = part {
                        *slot = Some(self.eval(frame, part)?);
                    }
                }
                let [start, stop, step] = &parts;
                let sliced = slice(value, start.as_ref(), stop.as_ref(), step.as_ref());
                Self::at(sliced, frame, expr.span)
            }
        }
    }

    /// Evaluates a call; `caller` is what a call block adds.
    pub fn eval_call<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        expr: &'t Expr,
        callee: &'t Expr,
        args: &'t Arguments,
        caller: Option<Value>,
    ) -> Result<Value, JinjaError> {
        if let ExprKind::Attribute(base, name) = &callee.kind {
            let value = self.eval(frame, base)?;
            if value.is_undefined() {
                let undefined = self.of_undefined(frame, base)?;
                self.eval_arguments(frame, args)?;
                return Ok(undefined);
            }
            let mut args = self.eval_arguments(frame, args)?;
            if let Some(caller) = caller {
                args.keyword.push((Cow::Borrowed("caller"), caller));
            }
            let name = frame.text(*name);
            return match self.call_method(&value, name, args) {
                Ok(Some(result)) => Ok(result),
                Ok(None) if frame.lenient => Ok(Value::UNDEFINED),
                Ok(None) => {
                    let kind = type_name(&value);
                    let of = match &base.kind {
                        ExprKind::Name => format!("`{}`", frame.text(base.span)),
                        _ => format!("'{kind} object'"),
                    };
                    let mut error =
                        JinjaError::undefined(format!("{of} has no attribute '{name}'"));
                    error.set_undefined_name(name);
                    Err(place(error, frame.source, expr.span))
                }
                Err(error) => Err(place(error, frame.source, expr.span)),
            };
        }
        let function = self.eval(frame, callee)?;
        let mut args = self.eval_arguments(frame, args)?;
        if let Some(caller) = caller {
            args.keyword.push((Cow::Borrowed("caller"), caller));
        }
        if function.is_undefined() {
            return self.of_undefined(frame, callee);
        }
        if let Some(result) = self.call_loop(frame, &function, &args) {
            return Self::at(result, frame, expr.span);
        }
        Self::at(self.call(&function, args), frame, expr.span)
    }

    fn eval_optional_arguments<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        args: Option<&'t Arguments>,
    ) -> Result<Args<'t>, JinjaError> {
        match args {
            Some(args) => self.eval_arguments(frame, args),
            None => Ok(Args::default()),
        }
    }

    /// Evaluates arguments, splats included.
    pub fn eval_arguments<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        args: &'t Arguments,
    ) -> Result<Args<'t>, JinjaError> {
        let mut values = self.eval_all(frame, &args.positional)?;
        let mut keyword = Vec::with_capacity(args.keyword.len());
        for (name, value) in &args.keyword {
            let value = self.eval(frame, value)?;
            let name = frame.text(*name);
            match keyword
                .iter_mut()
                .find(|(key, _): &&mut (Cow<'t, str>, Value)| *key == name)
            {
                Some((_, slot)) => *slot = value,
                None => keyword.push((Cow::Borrowed(name), value)),
            }
        }
        if let Some(splat) = &args.splat {
            let value = self.eval(frame, splat)?;
            values.extend(Self::at(collect(&value), frame, splat.span)?);
        }
        if let Some(splat) = &args.double_splat {
            let value = self.eval(frame, splat)?;
            let extra = Self::at(keyword_pairs(&value), frame, splat.span)?;
            for (name, value) in extra {
                if keyword.iter().any(|(key, _)| *key == name) {
                    let error = JinjaError::type_error(format!(
                        "got multiple values for keyword argument '{name}'"
                    ));
                    return Err(place(error, frame.source, splat.span));
                }
                keyword.push((Cow::Owned(name), value));
            }
        }
        Ok(Args {
            positional: values,
            keyword,
        })
    }
}

/// Puts a text and others together; anything else, that nothing follows, stays.
fn joined(first: Value, more: &[Value]) -> Value {
    if more.is_empty() {
        return first;
    }
    let texts = std::iter::once(&first).chain(more);
    let texts: Vec<&str> = texts.filter_map(as_str).collect();
    Value::from(texts.concat())
}

fn keyword_pairs(value: &Value) -> Result<Vec<(String, Value)>, JinjaError> {
    let Some(pairs) = pairs(value) else {
        if value.is_undefined() {
            return Ok(Vec::new());
        }
        return Err(JinjaError::type_error(format!(
            "argument after ** must be a mapping, not {}",
            type_name(value)
        )));
    };
    pairs
        .into_iter()
        .map(|(key, value)| match key.as_str() {
            Some(name) => Ok((name.to_owned(), value)),
            None => Err(JinjaError::type_error(format!(
                "keywords must be strings, not {}",
                repr(&key)?
            ))),
        })
        .collect()
}
