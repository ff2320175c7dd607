//! Case files: templates, macros, and the text or error that dbt-core gives.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value as Json;

use super::standard;
use crate::jinja::{JinjaError, Mode, python};

/// The macros of a case: its own text, or the lines of one that cases share.
fn macros(case: &Json, file: &Json) -> String {
    match case["macros_from"].as_str() {
        Some(name) => {
            let lines = file["macros"][name]
                .as_array()
                .expect("shared macros are lines");
            let lines: Vec<&str> = lines.iter().filter_map(Json::as_str).collect();
            lines.join("\n")
        }
        None => case["macros"].as_str().unwrap_or_default().to_owned(),
    }
}

/// What a case gave.
fn run(case: &Json, file: &Json) -> Result<String, JinjaError> {
    let template = case["template"].as_str().expect("a case has a template");
    let engine = standard::engine(&macros(case, file))?;
    let context =
        standard::context(&file["contexts"][case["context"].as_str().unwrap_or("standard")]);
    match case["mode"].as_str() {
        Some("native") => {
            let value = engine.render_native(template, "case.sql", &context)?;
            python::repr(&value)
        }
        Some("parse") => engine.render(template, "case.sql", &context.with_mode(Mode::Parse)),
        _ => engine.render(template, "case.sql", &context),
    }
}

/// Tells what is wrong with a case's result.
fn fault(case: &Json, result: Result<String, JinjaError>) -> Option<String> {
    let expected = case["expected"]
        .as_str()
        .or_else(|| case["expected_python_repr"].as_str());
    match (expected, result) {
        (Some(expected), Ok(text)) if text == expected => None,
        (Some(expected), Ok(text)) => Some(format!("expected {expected:?}\n     got {text:?}")),
        (Some(expected), Err(error)) => Some(format!(
            "expected {expected:?}\n     got the error {:?}",
            error.message()
        )),
        (None, Err(_)) => None,
        (None, Ok(text)) => Some(format!("expected an error, got {text:?}")),
    }
}

fn files() -> Vec<PathBuf> {
    if let Ok(file) = std::env::var("HCDBT_JINJA_CASES") {
        return vec![PathBuf::from(file)];
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/jinja/cases");
    let mut files: Vec<PathBuf> = fs_err::read_dir(folder)
        .expect("the case files are there")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
}

/// Runs the file that `HCDBT_JINJA_CASES` names, or else the project's own.
#[test]
fn jinja_cases() {
    let (mut faults, mut total) = (String::new(), 0);
    for file in files() {
        let text = fs_err::read_to_string(&file).expect("a readable case file");
        let json: Json = serde_json::from_str(&text).expect("a case file is JSON");
        for case in json["cases"].as_array().expect("a case file has cases") {
            total += 1;
            if let Some(fault) = fault(case, run(case, &json)) {
                let _ = writeln!(
                    faults,
                    "{}: {}\n     {fault}",
                    case["name"].as_str().unwrap_or_default(),
                    case["template"].as_str().unwrap_or_default()
                );
            }
        }
    }
    assert!(total > 0, "there are no cases");
    assert!(faults.is_empty(), "of {total} cases these fail:\n{faults}");
}
