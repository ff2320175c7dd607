use std::ops::Range;
use std::sync::Arc;

use crate::adapter::{AdapterError, ErrorKind};
use crate::diagnostics::{Label, SourceFile};
use crate::graph::Graph;
use crate::parse::{
    Checksum, Language, Node, NodeConfig, NodeFields, NodeKind, ResourceType, UniqueId,
};
use crate::run::subject::Subject;

use super::{Failure, Origins, Rendered, from_database};

fn model(name: &str, text: &str) -> Node {
    let path = format!("models/{name}.sql");
    Node::from(NodeFields {
        unique_id: UniqueId::from(format!("model.p.{name}")),
        resource_type: ResourceType::Model,
        name: name.to_owned(),
        package_name: "p".into(),
        path: format!("{name}.sql"),
        file: SourceFile::new(&path, text),
        span: 0..text.len(),
        original_file_path: path,
        fqn: vec!["p".into(), name.to_owned()],
        database: Some("db".into()),
        schema: "main".into(),
        alias: name.to_owned(),
        relation_name: None,
        checksum: Checksum {
            name: "none",
            checksum: String::new(),
        },
        config: NodeConfig::default(),
        tags: Vec::new(),
        group: None,
        config_call_dict: serde_json::Map::new(),
        unrendered_config: crate::config::SharedMap::default(),
        description: String::new(),
        columns: indexmap::IndexMap::new(),
        patch_path: None,
        properties: None,
        doc_blocks: Vec::new(),
        contract_checksum: None,
        language: Language::Sql,
        raw_code: text.trim().into(),
        refs: Vec::new(),
        sources: Vec::new(),
        metrics: Vec::new(),
        functions: Vec::new(),
        depends_on_macros: Vec::new(),
        depends_on_nodes: Vec::new(),
        created_at: 0.0,
        kind: NodeKind::Model(Box::default()),
    })
}

/// Says that everything was made by one template.
struct Made(Arc<SourceFile>);

impl Origins for Made {
    fn of(&self, _: &Range<usize>) -> Vec<Label> {
        let start = self.0.text.find("{{").unwrap();
        let end = self.0.text.find("}}").unwrap() + 2;
        vec![Label {
            file: Arc::clone(&self.0),
            range: start..end,
            message: "made here".into(),
        }]
    }
}

/// Shows a database error at the word `at` of a model: the message, then the
/// diagnostic with its place.
fn check(template: &str, compiled: &str, at: &str, is_known: bool, expected: &str) {
    let node = model("a", template);
    let sent = format!(
        "/* comment */\ncreate table a as (\n  {}\n);",
        compiled.trim()
    );
    let mut error = AdapterError::new(ErrorKind::Statement, "Binder Error: no such thing");
    error.position = sent.find(at);
    error.sql = Some(sent.into());
    error.candidates = vec!["b".into(), "c".into(), "d".into(), "e".into()];
    let made = Made(Arc::clone(&node.file));
    let rendered = Rendered {
        subject: Subject::Node(&node),
        template: &node.raw_code,
        path: node.file.path.as_str(),
        compiled: Some((compiled, "target/compiled/p/models/a.sql")),
        origins: is_known.then_some(&made as &dyn Origins),
    };
    let failure = from_database(&Graph::default(), rendered, &error, None);
    let diagnostic = &failure.diagnostics[0];
    let label = &diagnostic.labels[0];
    let (line, column) = label.file.line_column(label.range.start);
    let shown = format!(
        "{} | {}:{line}:{column} `{}` | {}",
        diagnostic.title,
        label.file.path,
        &label.file.text[label.range.clone()],
        diagnostic.hint.as_deref().unwrap_or_default(),
    );
    assert_eq!(shown, expected);
}

#[test]
fn what_a_template_made_is_shown_at_the_template() {
    check(
        "select {{ 'no' ~ 'pe' }} from b",
        "select nope from b",
        "nope",
        true,
        "model `a` failed: Binder Error: no such thing | \
         models/a.sql:1:8 `{{ 'no' ~ 'pe' }}` | did you mean `b`, `c` or `d`?",
    );
}

#[test]
fn what_nobody_knows_the_maker_of_is_shown_in_the_compiled_sql() {
    check(
        "{{ everything() }}",
        "select nope from b",
        "nope",
        false,
        "model `a` failed: Binder Error: no such thing | \
         target/compiled/p/models/a.sql:1:8 `nope` | did you mean `b`, `c` or `d`?",
    );
}

#[test]
fn the_message_is_dbts() {
    let node = model("a", "select 1");
    let mut failure = Failure::new("Compilation", "boom\nand more");
    assert_eq!(
        failure.message(&Subject::Node(&node)),
        "Compilation Error in model a (models/a.sql)\n  boom\n  and more"
    );
    failure.stack = vec![
        "macro inner (macros/m.sql)".into(),
        "macro outer (macros/m.sql)".into(),
    ];
    assert_eq!(
        failure.message(&Subject::Node(&node)),
        "Compilation Error in model a (models/a.sql)\n  boom\n  and more\n  \n  \
         > in macro inner (macros/m.sql)\n  > called by macro outer (macros/m.sql)\n  \
         > called by model a (models/a.sql)"
    );
}
