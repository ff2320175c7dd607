//! Calling macros and the bodies of call blocks.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::frame::Frame;
use super::place;
use super::run::Interpreter;
use super::statement::Output;
use crate::jinja::engine::MacroId;
use crate::jinja::error::{ErrorKind, Frame as ErrorFrame, JinjaError, Location};
use crate::jinja::python::arguments::Args;
use crate::jinja::python::{dict, list, tuple};
use crate::jinja::source_map::{MappedText, SourceMap};
use crate::jinja::syntax::{Definition, Source, Span};

/// A macro as a value.
#[derive(Debug)]
pub struct Macro {
    pub id: MacroId,
    pub unique_id: Arc<str>,
    pub name: Arc<str>,
    pub package: Arc<str>,
}

impl Object for Macro {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "__type__" => Some(Value::from("MacroGenerator")),
            "__name__" => Some(Value::from(&self.name)),
            "macro" => Some(dict([
                ("name", Value::from(&self.name)),
                ("package_name", Value::from(&self.package)),
                ("unique_id", Value::from(&self.unique_id)),
            ])),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let args = Args::from_values(args);
        Interpreter::from_state(state, |interpreter| interpreter.call_macro(self.id, args))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<macro {}>", self.unique_id)
    }
}

/// The body of a call block as a value: `caller`.
pub struct Caller {
    pub definition: Arc<Definition>,
    pub source: Source,
    pub captured: Vec<(Span, Value)>,
    pub lenient: bool,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("source", &self.source.path)
            .finish_non_exhaustive()
    }
}

impl Object for Caller {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        (key == "__type__").then(|| Value::from("Macro"))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let args = Args::from_values(args);
        Interpreter::from_state(state, |interpreter| interpreter.call_caller(self, args))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<Macro 'caller'>")
    }
}

impl Interpreter<'_> {
    /// Calls a macro and gives its text or what it returned.
    pub fn call_macro(&mut self, id: MacroId, args: Args<'_>) -> Result<Value, JinjaError> {
        let run = self.run;
        let entry = run.engine.entry(id);
        if let Some(calls) = &run.context.calls {
            calls.record(&entry.info.unique_id, run.depth());
        }
        let scope = run.context.scope();
        if let Some(given) = scope.result_of_macro(&entry.info.package, &entry.info.name) {
            return Ok(given);
        }
        let result = self.deeper(|interpreter| {
            let definition = entry.definition()?;
            let mut frame = Frame::new(&entry.source);
            let native = std::mem::replace(&mut interpreter.native, false);
            let result = interpreter.run_definition(&mut frame, definition, args);
            interpreter.native = native;
            result
        });
        match result {
            Err(error) if error.kind() == ErrorKind::Return => Ok(error.into_returned()),
            Err(mut error) => {
                let span = entry.definition().map_or(Span::default(), |d| d.span);
                let defined = Location::of(&entry.source, span);
                if error.kind() == ErrorKind::Recursion {
                    error.locate(defined.clone());
                }
                // A hundred levels of the same recursion say no more than a few.
                if error.frames().len() < 50 {
                    error.push_frame(ErrorFrame {
                        unique_id: entry.info.unique_id.clone(),
                        defined,
                        call_site: None,
                    });
                }
                Err(error)
            }
            Ok(text) => Ok(Value::from(text)),
        }
    }

    /// Runs the body of a call block.
    pub fn call_caller(&mut self, caller: &Caller, args: Args<'_>) -> Result<Value, JinjaError> {
        self.deeper(|interpreter| {
            let mut frame = Frame::with_captured(&caller.source, &caller.captured);
            frame.lenient = caller.lenient;
            interpreter
                .run_definition(&mut frame, &caller.definition, args)
                .map(Value::from)
        })
    }

    /// Binds the arguments and runs the body.
    fn run_definition<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        definition: &'t Definition,
        args: Args<'_>,
    ) -> Result<String, JinjaError> {
        self.bind(frame, definition, args)?;
        let mut text = String::new();
        if self.run.maps() {
            let mut map = SourceMap::of(frame.source);
            let out = &mut Output::Mapped(&mut text, &mut map);
            self.body(frame, &definition.body, out)?;
            self.run.set_mapped(MappedText::new(&text, map));
        } else {
            self.body(frame, &definition.body, &mut Output::Text(&mut text))?;
        }
        Ok(text)
    }

    fn bind<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        definition: &'t Definition,
        args: Args<'_>,
    ) -> Result<(), JinjaError> {
        let mut keyword = args.keyword;
        let mut positional = args.positional.into_iter();
        let mut explicit_caller = false;
        for parameter in &definition.parameters {
            let parameter_name = frame.text(parameter.name);
            explicit_caller |= parameter_name == "caller";
            let given = positional.next().or_else(|| {
                let at = keyword.iter().position(|(key, _)| key == parameter_name)?;
                Some(keyword.remove(at).1)
            });
            let value = match (given, &parameter.default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.eval(frame, default)?,
                (None, None) => Value::UNDEFINED,
            };
            frame.set(parameter_name, value);
        }
        let has_languages = definition
            .parameters
            .iter()
            .any(|p| frame.text(p.name) == "supported_languages");
        if definition.is_materialization && !has_languages {
            frame.set("supported_languages", list(vec![Value::from("sql")]));
        }
        if definition.uses_caller && !explicit_caller {
            let caller = keyword.iter().position(|(key, _)| key == "caller");
            if let Some(at) = caller {
                frame.set("caller", keyword.remove(at).1);
            } else {
                frame.set("caller", Value::UNDEFINED);
            }
        }
        if definition.uses_kwargs {
            frame.set("kwargs", dict(keyword));
        } else if let Some((key, _)) = keyword.first() {
            return Err(JinjaError::type_error(format!(
                "macro {} takes no keyword argument '{key}'",
                shown_name(definition)
            )));
        }
        let rest: Vec<Value> = positional.collect();
        if definition.uses_varargs {
            frame.set("varargs", tuple(rest));
        } else if !rest.is_empty() {
            return Err(JinjaError::type_error(format!(
                "macro {} takes not more than {} argument(s)",
                shown_name(definition),
                definition.parameters.len()
            )));
        }
        Ok(())
    }

    /// Makes the value `caller` of a call block.
    pub fn caller_value(frame: &Frame<'_>, definition: &Arc<Definition>) -> Value {
        let mut captured: Vec<(Span, Value)> = Vec::new();
        for span in &definition.names {
            let name = frame.text(*span);
            if matches!(name, "caller" | "varargs" | "kwargs") {
                continue;
            }
            if let Some(value) = frame.get(name) {
                captured.push((*span, value.clone()));
            }
        }
        Value::from_object(Caller {
            definition: definition.clone(),
            source: frame.source.clone(),
            captured,
            lenient: frame.lenient,
        })
    }

    /// Places an error that came out of a call.
    pub fn at<T>(
        result: Result<T, JinjaError>,
        frame: &Frame<'_>,
        span: Span,
    ) -> Result<T, JinjaError> {
        result.map_err(|error| place(error, frame.source, span))
    }
}

/// The name of a macro in messages, as dbt has it: with its own prefix for
/// macros, and none for the body of a call block.
fn shown_name(definition: &Definition) -> String {
    match definition.name.as_str() {
        "caller" => "None".to_owned(),
        name => format!("'dbt_macro__{name}'"),
    }
}
