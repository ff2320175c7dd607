//! Templates against what dbt makes of them.

use std::borrow::Cow;
use std::sync::Arc;

use super::*;

struct Nothing;

impl Scope for Nothing {
    fn get(&self, _: &str) -> Option<Value> {
        None
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        Vec::new()
    }
}

fn context() -> Context {
    Context::new(Arc::new(Nothing), "p")
}

#[track_caller]
fn check(template: &str, expected: &str) {
    let engine = EngineBuilder::default().build();
    match engine.render(template, "model.sql", &context()) {
        Ok(text) => assert_eq!(text, expected, "{template}"),
        Err(error) => panic!("{template}: {error:?}"),
    }
}

#[test]
fn expressions_are_pythons() {
    check(
        "{{ 1 + 2 ~ 'x' if false else [1, 'a'] + [none] }}",
        "[1, 'a', None]",
    );
    check(
        "{% for a, b in {'x': 1}.items() %}{{ a }}{{ loop.last }}{{ b }}{% endfor %}",
        "xTrue1",
    );
    check(
        "{{ '%05.2f' % 3.14159 }} {{ '{:>4}'.format(7) }}",
        "03.14    7",
    );
}
