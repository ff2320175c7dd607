//! The SQL of hooks, for those who only look at it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use minijinja::value::Enumerator;

use super::{Desk, Drafts};
use crate::diagnostics::{Label, SourceFile};
use crate::jinja::{Object, ObjectRepr, SourceMap, Value};
use crate::parse::{Node, NodeKind, ResourceType};
use crate::run::{compile, hooks};

/// A hook's SQL, and how it came about.
pub struct HookDraft {
    pub sql: String,
    /// The statements that its template has sent meanwhile.
    pub asked: Vec<String>,
    /// Whether a run may make other SQL of it: it has looked at other relations
    /// than its node's, or at what the run came to.
    pub depends_on_run: bool,
    template: String,
    map: Option<SourceMap>,
}

impl Drafts {
    /// Renders a hook of the project, or the hooks of a node: first those before
    /// it. What does not compile is left to those who run it.
    pub fn hooks(&self, desk: &Desk, node: &Node) -> Vec<HookDraft> {
        if node.resource_type == ResourceType::Operation {
            let text = node.raw_code.to_string();
            return self.hook(desk, node, text).into_iter().collect();
        }
        let texts = ["pre-hook", "post-hook"].into_iter();
        let texts = texts.flat_map(|key| hooks::texts_of_config(node.config.get(key)));
        texts.filter_map(|t| self.hook(desk, node, t)).collect()
    }

    /// Renders one hook. What on-run-end hooks see of the run is not known yet.
    fn hook(&self, desk: &Desk, node: &Node, template: String) -> Option<HookDraft> {
        let mut state = self.own_state(desk, &node.unique_id).ok()?;
        let looked_at_run = Arc::new(AtomicBool::new(false));
        if let NodeKind::Hook {
            on_start: false, ..
        } = node.kind
        {
            let outcome = || Value::from_object(OutcomeOfRun(Arc::clone(&looked_at_run)));
            state.extra = hooks::END_NAMES.map(|name| (name, outcome())).to_vec();
        }
        let state = Arc::new(state);
        let engine = &self.session.cx.engine;
        let path = compile::template_path(node);
        let rendered = engine.render_mapped(&template, path, &state.context());
        let asked = desk.asked.take();
        let looked_around = desk.db.take_looked_around();
        desk.end();
        let (text, map) = rendered.ok()?;
        let sql = hooks::statement(&text);
        Some(HookDraft {
            asked,
            depends_on_run: looked_around || looked_at_run.load(Ordering::Relaxed),
            template,
            // What stands in JSON has other places than its text.
            map: (sql == text).then_some(map),
            sql,
        })
    }

    /// Says where in the project's files a range of a hook's SQL comes from,
    /// none where no file has its text as it is.
    pub fn place_in_hook(
        &self,
        node: &Node,
        hook: &HookDraft,
        range: &Range<usize>,
    ) -> Option<Label> {
        let origins = hook.map.as_ref()?.origins(range);
        let first = origins.first()?;
        let (file, start) = self.hook_in_files(node, &hook.template)?;
        Some(Label {
            file,
            range: start + first.range.start..start + first.range.end,
            message: if first.is_verbatim {
                "here"
            } else {
                "made here"
            }
            .into(),
        })
    }

    /// Finds a hook's text in what can have it: the node's own file, the file
    /// that describes it, the files of the projects.
    fn hook_in_files(&self, node: &Node, template: &str) -> Option<(Arc<SourceFile>, usize)> {
        let own = (&node.file, node.span.clone());
        let described = node.properties.iter();
        let described = described.map(|place| (&place.file, place.range.clone()));
        let packages = self.session.cx.project.packages.values();
        let projects = packages.map(|package| {
            let file = &package.project.file;
            (file, 0..file.text.len())
        });
        let mut files = std::iter::once(own).chain(described).chain(projects);
        files.find_map(|(file, span)| {
            let at = file.text.get(span.clone())?.find(template)?;
            Some((Arc::clone(file), span.start + at))
        })
    }
}

/// Stands for what a run came to: notes when a template looks at it.
#[derive(Debug)]
struct OutcomeOfRun(Arc<AtomicBool>);

impl OutcomeOfRun {
    fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Object for OutcomeOfRun {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        self.note();
        None
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.note();
        Enumerator::Seq(0)
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.note();
        Some(0)
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.note();
        false
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note();
        f.write_str("[]")
    }
}
