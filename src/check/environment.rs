//! What hooks and functions put into the database before models are built:
//! macros, types, tables. It is done in the twin as well, as far as it needs no
//! data.

use std::collections::HashSet;

use crate::adapter::split_statements;
use crate::parse::{Node, ResourceType, UniqueId};
use crate::run::{Desk, Drafts, texts_of_config};

/// What there is beside the project's relations.
#[derive(Debug, Default)]
pub struct Environment {
    /// Whether there may be functions, types and tables that the twin does not
    /// have: a hook does something that cannot be done there.
    pub is_open: bool,
    /// The statements that were run, for telling one environment from another.
    pub statements: Vec<String>,
    /// Nodes whose relation is changed after it is built.
    pub altered: HashSet<UniqueId>,
}

/// What a statement of a hook has to do with what is checked.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes rows, rights or files.
    Nothing,
    /// It makes something that can be made in the twin, too.
    Makes,
    /// Nobody knows.
    Unknown,
}

/// Makes ready the twin.
pub fn prepare(drafts: &Drafts, desk: &Desk) -> Environment {
    let mut environment = Environment {
        is_open: !drafts.cx().adapter.missing_extensions().is_empty(),
        ..Environment::default()
    };
    match drafts.start_hooks(desk) {
        Ok(texts) => {
            for text in texts {
                environment.run(desk, &text);
            }
        }
        Err(_) => environment.is_open = true,
    }
    let graph = std::sync::Arc::clone(&drafts.cx().graph);
    let mut seen: HashSet<String> = HashSet::new();
    for node in graph.project.nodes.values() {
        if !matches!(
            node.resource_type,
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
        ) {
            continue;
        }
        if hook_says(node, "post-hook", &["alter", "drop", "rename"]) {
            environment.altered.insert(node.unique_id.clone());
        }
        for key in ["pre-hook", "post-hook"] {
            let Some(hooks) = node.config.get(key) else {
                continue;
            };
            let makes = hook_says(node, key, &["create", "load", "attach", "use", "call"]);
            let is_macro = key == "pre-hook" && hook_says(node, key, &["{{"]);
            if !makes && !is_macro || !seen.insert(hooks.to_string()) {
                continue;
            }
            if key == "post-hook" {
                // What comes after a node may depend on its rows.
                environment.is_open |= !says_nothing_new(hooks);
                continue;
            }
            match drafts.node_hooks(desk, node, key) {
                Ok(texts) => {
                    for text in texts {
                        environment.run(desk, &text);
                    }
                }
                Err(_) => environment.is_open = true,
            }
        }
    }
    for node in graph.project.nodes.values() {
        if node.resource_type == ResourceType::Function && node.config.is_enabled() {
            let schema = drafts.relation(node).without_identifier();
            let sql = format!("create schema if not exists {schema}");
            if desk.execute(&sql).is_err() || drafts.build(desk, &node.unique_id).is_err() {
                environment.is_open = true;
            }
            environment.statements.push(node.checksum.checksum.clone());
        }
    }
    environment
}

/// Tells whether the statements of hooks make nothing, by what is written before
/// any template.
fn says_nothing_new(hooks: &serde_json::Value) -> bool {
    let texts = texts_of_config(Some(hooks));
    texts.iter().all(|text| {
        let mut statements = split_statements(text).into_iter();
        !text.contains("{%") && statements.all(|range| effect(&text[range]) == Effect::Nothing)
    })
}

fn hook_says(node: &Node, key: &str, words: &[&str]) -> bool {
    let Some(hooks) = node.config.get(key) else {
        return false;
    };
    let text = hooks.to_string().to_lowercase();
    words.iter().any(|word| match *word {
        "{{" => text.contains("{{"),
        word => text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|other| other == word),
    })
}

impl Environment {
    /// Runs the statements of a text that make something.
    fn run(&mut self, desk: &Desk, text: &str) {
        for range in split_statements(text) {
            let sql = &text[range];
            match effect(sql) {
                Effect::Nothing => {}
                Effect::Makes => {
                    if desk.execute(sql).is_err() {
                        self.is_open = true;
                    }
                    self.statements.push(sql.to_owned());
                }
                Effect::Unknown => self.is_open = true,
            }
        }
    }
}

/// Tells by its first words what a statement does.
pub fn effect(sql: &str) -> Effect {
    let words: Vec<String> = sql
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .take(8)
        .map(str::to_lowercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // What reads files or the network is left to the run.
    let lower = sql.to_lowercase();
    let reads = ["read_", "://", "from '", "_scan("];
    match words.as_slice() {
        [
            "insert" | "update" | "delete" | "merge" | "grant" | "revoke" | "comment" | "analyze"
            | "vacuum" | "checkpoint" | "select" | "with" | "values" | "explain" | "begin"
            | "commit" | "rollback" | "truncate" | "copy" | "export" | "set" | "reset" | "from"
            | "describe" | "show" | "summarize",
            ..,
        ] => Effect::Nothing,
        ["create", "index" | "secret" | "unique", ..] => Effect::Nothing,
        ["create", rest @ ..] => {
            let kind = rest.iter().find(|word| {
                !matches!(
                    **word,
                    "or" | "replace" | "temp" | "temporary" | "persistent"
                )
            });
            let is_known = matches!(
                kind,
                Some(&("macro" | "function" | "type" | "schema" | "sequence" | "table" | "view"))
            );
            if is_known && !reads.iter().any(|mark| lower.contains(mark)) {
                Effect::Makes
            } else {
                Effect::Unknown
            }
        }
        ["drop" | "load", ..] => Effect::Makes,
        _ => Effect::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, effect};

    #[test]
    fn what_a_hook_does_is_told_by_its_first_words() {
        let check = |sql: &str, expected: Effect| assert_eq!(effect(sql), expected, "{sql}");
        check("insert into audit select 1", Effect::Nothing);
        check("create or replace macro f(x) as x + 1", Effect::Makes);
        check("CREATE TEMP TABLE t (a int)", Effect::Makes);
        check("create table t as from 's3://b/x.csv'", Effect::Unknown);
        check("create index i on t (a)", Effect::Nothing);
        check("attach 'x.db' as x", Effect::Unknown);
    }
}
