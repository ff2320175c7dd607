//! Docs blocks, and descriptions that refer to them.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use super::ParseContext;
use super::blocks::scan;
use super::context::PackageNames;
use super::node::{DocBlock, IdMap, UniqueId};
use super::template::{Template, TemplateFiles, template_error};
use crate::config::{LoadedProject, has_jinja};
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::files::ProjectFiles;
use crate::jinja::{Block, Context, Engine, JinjaError, Scope, Value, function};

/// Reads all docs blocks.
pub(super) fn read(
    engine: &Engine,
    files: &ProjectFiles,
    found: &mut Vec<Diagnostic>,
) -> IdMap<DocBlock> {
    let mut docs: IdMap<DocBlock> = IdMap::default();
    let mut places: IdMap<(Arc<SourceFile>, Range<usize>)> = IdMap::default();
    for package in &files.packages {
        for file in &package.docs {
            let blocks = match scan(&file.file, &["docs"]) {
                Ok(found) => found.blocks,
                Err(error) => {
                    found.push(error);
                    continue;
                }
            };
            for block in blocks {
                let id = UniqueId::from(format!("doc.{}.{}", package.package, block.block_name));
                if let Some((first_file, first)) = places.get(&id) {
                    found.push(duplicate(&block, &file.file, first_file, first));
                    continue;
                }
                let place = (Arc::clone(&file.file), opening(&file.file, &block));
                places.insert(id.clone(), place);
                let contents = contents(engine, &file.file, &block, found);
                docs.insert(
                    id.clone(),
                    DocBlock {
                        unique_id: id,
                        package_name: Arc::clone(&package.package),
                        name: block.block_name,
                        path: file.path.clone(),
                        original_file_path: file.original_file_path.clone(),
                        contents,
                    },
                );
            }
        }
    }
    docs
}

/// Returns what a docs block says. Jinja in it is rendered, with no names to
/// use: most often it is `raw`, around an example.
fn contents(
    engine: &Engine,
    file: &Arc<SourceFile>,
    block: &Block,
    found: &mut Vec<Diagnostic>,
) -> String {
    let template = Template::of_part(file, &block.body);
    if !has_jinja(template.text) {
        return template.text.trim().to_owned();
    }
    let context = Context::new(Arc::new(NoNames), "");
    match engine.render(template.text, template.path(), &context) {
        Ok(text) => text.trim().to_owned(),
        Err(error) => {
            let what = format!("docs block `{}`", block.block_name);
            found.push(template_error(
                &TemplateFiles::default(),
                &template,
                &what,
                &error,
            ));
            template.text.trim().to_owned()
        }
    }
}

struct NoNames;

impl Scope for NoNames {
    fn get(&self, _: &str) -> Option<Value> {
        None
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        Vec::new()
    }
}

fn opening(file: &SourceFile, block: &Block) -> Range<usize> {
    let text = &file.text[block.text.clone()];
    let end = text.find("%}").map_or(text.len(), |at| at + 2);
    block.text.start..block.text.start + end
}

fn duplicate(
    block: &Block,
    file: &Arc<SourceFile>,
    first_file: &Arc<SourceFile>,
    first: &Range<usize>,
) -> Diagnostic {
    let title = format!(
        "docs block `{}` is written more than once",
        block.block_name
    );
    Diagnostic::error("duplicate-docs", title)
        .at(file, opening(file, block), "written here again")
        .at(first_file, first.clone(), "first written here")
        .hint("rename or remove one of them")
}

/// Docs blocks by name, as `doc()` finds them.
#[derive(Debug, Default)]
pub(super) struct DocLookup {
    root: Arc<str>,
    by_name: IndexMap<String, Vec<(Arc<str>, UniqueId, Arc<str>)>>,
}

impl DocLookup {
    pub(super) fn new(project: &LoadedProject, docs: &IdMap<DocBlock>) -> Self {
        let mut by_name: IndexMap<String, Vec<_>> = IndexMap::new();
        for doc in docs.values() {
            by_name.entry(doc.name.clone()).or_default().push((
                Arc::clone(&doc.package_name),
                doc.unique_id.clone(),
                Arc::from(doc.contents.as_str()),
            ));
        }
        Self {
            root: Arc::clone(&project.name),
            by_name,
        }
    }

    /// Finds a block: in the named package, or else in the root project, the
    /// package of the description, and any.
    fn find(
        &self,
        node_package: &str,
        named: Option<&str>,
        name: &str,
    ) -> Option<(&UniqueId, &Arc<str>)> {
        let list = self.by_name.get(name)?;
        let in_package = |package: &str| list.iter().find(|(p, ..)| **p == *package);
        let found = match named {
            Some(named) => in_package(named),
            None => in_package(&self.root)
                .or_else(|| in_package(node_package))
                .or_else(|| list.first()),
        };
        found.map(|(_, id, contents)| (id, contents))
    }
}

/// A description with its docs blocks filled in.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub text: String,
    /// Ids of the blocks that it names, in order.
    pub doc_blocks: Vec<String>,
}

/// Renders a description that stands in a place of a property file.
pub(super) fn describe(
    cx: &ParseContext<'_>,
    package: &Arc<str>,
    text: &str,
    place: (&Arc<SourceFile>, &Range<usize>),
    found: &mut Vec<Diagnostic>,
) -> Described {
    let plain = |text: &str| Described {
        text: text.to_owned(),
        doc_blocks: Vec::new(),
    };
    if !has_jinja(text) {
        return plain(text);
    }
    if let Some((package_named, name)) = only_doc(text)
        && let Some((id, contents)) = cx.basis.doc_lookup.find(package, package_named, name)
    {
        return Described {
            text: contents.to_string(),
            doc_blocks: vec![id.to_string()],
        };
    }
    let scope = Arc::new(DocScope {
        docs: Arc::clone(&cx.basis.doc_lookup),
        package: Arc::clone(package),
        names: cx.names_of(package),
        used: Arc::default(),
    });
    let used = Arc::clone(&scope.used);
    let context = cx.context(scope, Arc::clone(package));
    let template = Template::within(text, place.0, place.1);
    match cx.engine.render(text, template.path(), &context) {
        Ok(text) => {
            let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
            Described {
                text,
                doc_blocks: std::mem::take(&mut used),
            }
        }
        Err(error) => {
            let diagnostic = match error.payload::<UnknownDoc>() {
                Some(unknown) => unknown_doc(cx, unknown, &template, &error),
                None => template_error(cx.template_files(), &template, "this description", &error),
            };
            found.push(diagnostic);
            plain(text)
        }
    }
}

/// Reads a text that is one `{{ doc('name') }}` and nothing else, as most
/// descriptions with Jinja are.
fn only_doc(text: &str) -> Option<(Option<&str>, &str)> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    let arguments = inner.trim().strip_prefix("doc(")?.strip_suffix(')')?;
    let literal = |text: &str| {
        let text = text.trim();
        let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
        let is_plain = !inner.contains(['\'', '"', '\\', '{', '}']);
        is_plain.then_some(inner.len())
    };
    let of = |text: &'_ str| -> Option<Range<usize>> {
        let length = literal(text)?;
        let start = text.len() - text.trim_start().len() + 1;
        Some(start..start + length)
    };
    match arguments.split_once(',') {
        None => Some((None, &arguments[of(arguments)?])),
        Some((package, name)) => Some((Some(&package[of(package)?]), &name[of(name)?])),
    }
}

/// What descriptions see: `doc()`, and the names of property files.
struct DocScope {
    docs: Arc<DocLookup>,
    package: Arc<str>,
    names: Arc<PackageNames>,
    used: Arc<Mutex<Vec<String>>>,
}

/// The names of property files, which descriptions see as well.
const SHARED: [&str; 8] = [
    "var",
    "env_var",
    "target",
    "flags",
    "project_name",
    "dbt_version",
    "invocation_id",
    "run_started_at",
];

impl Scope for DocScope {
    fn get(&self, name: &str) -> Option<Value> {
        if name == "doc" {
            return Some(self.doc_function());
        }
        if SHARED.contains(&name) {
            return self.names.get(name);
        }
        None
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        std::iter::once("doc")
            .chain(SHARED)
            .map(Cow::Borrowed)
            .collect()
    }
}

impl DocScope {
    fn doc_function(&self) -> Value {
        let (docs, package) = (Arc::clone(&self.docs), Arc::clone(&self.package));
        let used = Arc::clone(&self.used);
        function("doc", move |call| {
            let args: Vec<&str> = call.args().iter().filter_map(Value::as_str).collect();
            let (named, name) = match args[..] {
                [name] => (None, name),
                [package, name] => (Some(package), name),
                _ => {
                    return Err(JinjaError::type_error(
                        "`doc()` takes the name of a docs block, and before it that of its package if need be",
                    ));
                }
            };
            let Some((id, contents)) = docs.find(&package, named, name) else {
                let message = format!("docs block `{name}` does not exist");
                return Err(JinjaError::undefined(message).with_payload(UnknownDoc {
                    package: named.map(str::to_owned),
                    name: name.to_owned(),
                }));
            };
            let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
            used.push(id.to_string());
            Ok(Value::from(Arc::clone(contents)))
        })
    }
}

/// The docs block that a description asked for in vain.
#[derive(Debug)]
struct UnknownDoc {
    package: Option<String>,
    name: String,
}

fn unknown_doc(
    cx: &ParseContext<'_>,
    unknown: &UnknownDoc,
    template: &Template<'_>,
    error: &JinjaError,
) -> Diagnostic {
    let label = match &unknown.package {
        Some(package) => format!("package `{package}` has no docs block of this name"),
        None => "no docs block has this name".to_owned(),
    };
    let title = format!("docs block `{}` does not exist", unknown.name);
    let range = template.range_of(error);
    let diagnostic = Diagnostic::error("unknown-doc", title).at(template.file, range, label);
    let known = cx.basis.doc_lookup.by_name.keys().map(String::as_str);
    match suggest::nearest(&unknown.name, known) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic.hint(format!(
            "write `{{% docs {} %}}...{{% enddocs %}}` in a Markdown file of the project",
            unknown.name
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::only_doc;

    #[test]
    fn a_lone_doc_is_read_without_rendering() {
        assert_eq!(only_doc("{{ doc('a') }}"), Some((None, "a")));
        assert_eq!(only_doc("{{doc( \"a b\" )}}"), Some((None, "a b")));
        assert_eq!(only_doc("{{ doc('p', 'a') }}"), Some((Some("p"), "a")));
        assert_eq!(only_doc("{{ doc(a) }}"), None);
        assert_eq!(only_doc("{{ doc('a') }} more"), None);
        assert_eq!(only_doc("{{ doc('a') }} {{ doc('b') }}"), None);
        assert_eq!(only_doc("{{ doc('a') ~ doc('b') }}"), None);
        assert_eq!(only_doc("{{ doc('a', 'b', 'c') }}"), None);
    }
}
