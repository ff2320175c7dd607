//! Reads what a Python model asks of dbt, without running it.
//!
//! dbt walks Python's syntax tree for `dbt.ref`, `dbt.source` and
//! `dbt.config`, whose arguments must be literals. Those calls can be found
//! in the stream of tokens as well, so no grammar of Python is needed.

mod literal;
mod tokens;

use std::ops::Range;

use serde_json::{Map, Value};

use literal::Reader;
use tokens::{Token, TokenKind, tokenize};

/// The calls of a Python model, in the order written.
#[derive(Debug, Default, PartialEq)]
pub struct PythonCalls {
    pub calls: Vec<PythonCall>,
}

/// One call with its literal arguments.
#[derive(Debug, PartialEq)]
pub struct PythonCall {
    pub function: PythonFunction,
    pub args: Vec<Value>,
    pub kwargs: Map<String, Value>,
    /// The bytes from `dbt` to the closing parenthesis.
    pub range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PythonFunction {
    Ref,
    Source,
    Config,
    ConfigGet,
    ConfigMetaGet,
}

/// What is wrong with a Python model, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct PythonError {
    pub message: String,
    pub range: Range<usize>,
}

impl PythonError {
    fn new(message: impl Into<String>, range: Range<usize>) -> Self {
        Self {
            message: message.into(),
            range,
        }
    }
}

/// Finds the dbt calls of a Python model and checks its `model` function.
pub fn read_python(text: &str) -> Result<PythonCalls, PythonError> {
    for delimiter in ["{{", "{%", "{#"] {
        if let Some(at) = text.find(delimiter) {
            return Err(PythonError::new(
                "a Python model cannot hold Jinja",
                at..at + delimiter.len(),
            ));
        }
    }
    let tokens = tokenize(text)?;
    if tokens.is_empty() {
        return Ok(PythonCalls::default());
    }
    check_model_function(text, &tokens)?;
    find_calls(&tokens)
}

/// dbt wants exactly one `def model(dbt, session)`.
fn check_model_function(text: &str, tokens: &[Token]) -> Result<(), PythonError> {
    let mut found = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let at_line_start =
            token.range.start == 0 || text.as_bytes()[token.range.start - 1] == b'\n';
        if at_line_start
            && token.is_name("def")
            && tokens.get(i + 1).is_some_and(|t| t.is_name("model"))
        {
            found.push(i);
        }
    }
    let at = match found[..] {
        [at] => at,
        [] => {
            return Err(PythonError::new(
                "the file defines no function `model(dbt, session)`",
                0..text.lines().next().map_or(0, str::len),
            ));
        }
        [_, second, ..] => {
            return Err(PythonError::new(
                "the file defines `model` more than once",
                tokens[second + 1].range.clone(),
            ));
        }
    };
    let parameters = parameters(&tokens[at + 2..]);
    let range = tokens[at + 1].range.clone();
    if parameters.len() != 2 {
        return Err(PythonError::new(
            "`model` takes two parameters, `dbt` and a session",
            range,
        ));
    }
    if parameters[0] != "dbt" {
        return Err(PythonError::new(
            "the first parameter of `model` must be named `dbt`",
            range,
        ));
    }
    Ok(())
}

/// Returns the names in a parameter list that begins the tokens.
fn parameters(tokens: &[Token]) -> Vec<&str> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut expects_name = false;
    for token in tokens {
        match &token.kind {
            TokenKind::Op('(' | '[' | '{') => {
                depth += 1;
                expects_name = depth == 1;
            }
            TokenKind::Op(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            TokenKind::Op(',') if depth == 1 => expects_name = true,
            TokenKind::Name(name) if expects_name => {
                names.push(name.as_str());
                expects_name = false;
            }
            _ => {}
        }
    }
    names
}

fn find_calls(tokens: &[Token]) -> Result<PythonCalls, PythonError> {
    let mut calls = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        if !token.is_name("dbt") || (i > 0 && tokens[i - 1].is_op('.')) {
            continue;
        }
        let Some((function, open)) = called_function(&tokens[i + 1..]) else {
            continue;
        };
        let open = i + 1 + open;
        let mut reader = Reader::new(tokens, open + 1);
        let (args, kwargs) = reader.arguments()?;
        let end = tokens[reader.position() - 1].range.end;
        calls.push(PythonCall {
            function,
            args,
            kwargs,
            range: token.range.start..end,
        });
    }
    Ok(PythonCalls { calls })
}

/// Reads `.ref(`, `.config.get(` and the like after `dbt`; gives the index of
/// the parenthesis.
fn called_function(tokens: &[Token]) -> Option<(PythonFunction, usize)> {
    let name = |i: usize| match tokens.get(i).map(|t| &t.kind) {
        Some(TokenKind::Name(name)) if tokens[i - 1].is_op('.') => Some(name.as_str()),
        _ => None,
    };
    let is_open = |i: usize| tokens.get(i).is_some_and(|t| t.is_op('('));
    let first = name(1)?;
    if is_open(2) {
        let function = match first {
            "ref" => PythonFunction::Ref,
            "source" => PythonFunction::Source,
            "config" => PythonFunction::Config,
            _ => return None,
        };
        return Some((function, 2));
    }
    if first != "config" || !tokens.get(2)?.is_op('.') {
        return None;
    }
    let function = match name(3)? {
        "get" => PythonFunction::ConfigGet,
        "meta_get" => PythonFunction::ConfigMetaGet,
        _ => return None,
    };
    is_open(4).then_some((function, 4))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::read_python;

    fn check(text: &str) -> String {
        let mut out = String::new();
        match read_python(text) {
            Ok(found) => {
                for call in found.calls {
                    let _ = write!(out, "{:?}", call.function);
                    for arg in call.args {
                        let _ = write!(out, " {arg}");
                    }
                    for (name, value) in call.kwargs {
                        let _ = write!(out, " {name}={value}");
                    }
                    out.push('\n');
                }
            }
            Err(error) => {
                let _ = writeln!(out, "{}: `{}`", error.message, &text[error.range]);
            }
        }
        out
    }

    #[test]
    fn finds_calls_with_literal_arguments() {
        let text = r#"
import pandas as pd

def model(dbt, session):
    # dbt.ref('in_a_comment')
    dbt.config(materialized="table", tags=['a', "b"], meta={"owner": 'me', 'n': 1_000},
               threshold=-1.5, on=True, off=None)
    a = dbt.ref("stg_" 'claims')
    b = dbt.ref('pkg', 'claims', v=2).df()
    c = dbt.source("raw", """claims""")
    days = dbt.config.get("days", 30)
    owner = dbt.config.meta_get('owner')
    text = f"select * from {dbt.ref('in_f_string')} -- {{not}} {days:>{10}}"
    "dbt.ref('in_a_string')"
    return pd.concat([x.dbt.ref(1), my_dbt.ref(2)])
"#;
        insta::assert_snapshot!(check(text), @r#"
        a Python model cannot hold Jinja: `{{`
        "#);
        let text = text.replace("{{not}} ", "");
        insta::assert_snapshot!(check(&text), @r#"
        Config materialized="table" tags=["a","b"] meta={"owner":"me","n":1000} threshold=-1.5 on=true off=null
        Ref "stg_claims"
        Ref "pkg" "claims" v=2
        Source "raw" "claims"
        ConfigGet "days" 30
        ConfigMetaGet "owner"
        Ref "in_f_string"
        "#);
    }

    #[test]
    fn escapes_are_read_as_python_reads_them() {
        let text =
            "def model(dbt, s):\n  return dbt.ref('a\\'b\\x41\\u00e9\\n\\q' r'\\d', \"c\\\nd\")\n";
        insta::assert_snapshot!(check(text), @r#"Ref "a'bAé\n\\q\\d" "cd""#);
    }

    #[test]
    fn an_argument_that_is_no_literal_is_shown() {
        let text = "def model(dbt, session):\n    return dbt.ref(name + '_x')\n";
        insta::assert_snapshot!(check(text), @"arguments of dbt's functions must be literals: `name`");
        let text = "def model(dbt, session):\n    return dbt.ref('a' + '_x')\n";
        insta::assert_snapshot!(check(text), @"arguments of dbt's functions must be literals: `+`");
        let text = "def model(dbt, session):\n    return dbt.ref(f'a{1}')\n";
        insta::assert_snapshot!(check(text), @"arguments of dbt's functions must be literals: `f'`");
    }

    #[test]
    fn the_model_function_is_checked() {
        insta::assert_snapshot!(check("x = 1\n"), @"the file defines no function `model(dbt, session)`: `x = 1`");
        insta::assert_snapshot!(check("def model(dbt):\n  return 1\n"), @"`model` takes two parameters, `dbt` and a session: `model`");
        insta::assert_snapshot!(check("def model(d, session: Session = None):\n  return 1\n"), @"the first parameter of `model` must be named `dbt`: `model`");
        insta::assert_snapshot!(check("def model(dbt, s): return 1\ndef model(dbt, s): return 1\n"), @"the file defines `model` more than once: `model`");
        insta::assert_snapshot!(check("# nothing\n"), @"");
    }

    #[test]
    fn an_open_string_is_an_error() {
        insta::assert_snapshot!(check("def model(dbt, s):\n  return dbt.ref('a)\n"), @"this text has no end: `'a)`");
        insta::assert_snapshot!(check("def model(dbt, s):\n  return dbt.ref('a'\n"), @"this parenthesis is not closed: `(`");
    }
}
