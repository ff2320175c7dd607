//! The twin of the project's database: what is known of each node, and the
//! binding of SQL against it.

mod again;
mod beside;
mod columns;
mod incremental;
mod parallel;
mod pivoted;
mod relations;
mod remember;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use self::again::Again;
pub use self::parallel::in_parallel;
use super::asked::{asks_no_table, is_answered_here};
use super::catalog::{Catalog, Known};
use super::environment::Environment;
use super::verdict::{self, Judged};
use super::warnings::{self, Keys};
use super::{
    Basis, Checked, Request, constants, contracts, fixtures, hooks, inputs, reread, seeds,
    snapshots, text,
};
use crate::adapter::{AdapterError, Column, Relation, RelationKind};
use crate::diagnostics::{Diagnostic, Severity};
use crate::parse::{IdMap, IdSet, Language, Node, ResourceType, UniqueId};
use crate::run::{Desk, Draft, Drafts, Failure};
use crate::sql::{Schema, is_refused};

/// What is known of a node or source.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    Known(Arc<Schema>),
    /// Nothing can be said of it, nor of what reads it.
    Unknown,
    /// It is wrong itself; what reads it is not to blame.
    Broken,
}

/// The twin, and what was found so far.
pub struct Twin<'a> {
    pub drafts: &'a Drafts,
    pub catalog: &'a Catalog,
    pub environment: Environment,
    pub request: &'a Request,
    pub desks: Vec<Desk>,
    pub states: HashMap<UniqueId, State>,
    /// The nodes and sources by the names of their relations, in lower case.
    pub by_name: HashMap<String, UniqueId>,
    /// What tells the rows of nodes apart, as far as it is known.
    pub keys: HashMap<UniqueId, Keys>,
    /// The relations that are in the twin.
    pub made: HashSet<UniqueId>,
    /// Those of them that are views there, too.
    views: HashSet<UniqueId>,
    /// What was settled, each after what it reads.
    order: Vec<UniqueId>,
    /// Schemas of databases that are in the twin.
    schemas: HashSet<String>,
    found: IdMap<Vec<Diagnostic>>,
    kept: HashMap<UniqueId, Draft>,
    /// The selected nodes whose SQL was bound.
    checked: HashSet<UniqueId>,
    /// What is wrong with nodes that are not selected.
    beside: HashMap<UniqueId, Vec<Diagnostic>>,
    /// What is not selected and not in the database either.
    pub absent: HashSet<UniqueId>,
    /// Why nothing is said of what reads something, and its name.
    doubts: HashMap<UniqueId, (&'static str, String)>,
    again: Again,
}

/// A node of a level, on its way.
pub struct Item<'a> {
    pub node: &'a Node,
    pub draft: Draft,
    /// The SQL whose columns the node's relation has.
    pub query: String,
    /// Whether it reads relations that it does not name by `ref` or `source`.
    pub reads_unnamed: bool,
}

impl Item<'_> {
    /// Tells whether nothing but the node and what it reads by `ref` or `source`
    /// says whether it binds and what it gives.
    fn depends_on_reads_alone(&self) -> bool {
        self.draft.asked.is_empty()
            && !self.draft.looked_around
            && !self.reads_unnamed
            && !verdict::reads_outside(&self.query)
    }
}

impl<'a> Twin<'a> {
    pub fn new(
        drafts: &'a Drafts,
        catalog: &'a Catalog,
        environment: Environment,
        request: &'a Request,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let desks = (0..threads.clamp(1, 8)).map(|_| drafts.desk()).collect();
        Self {
            drafts,
            catalog,
            environment,
            request,
            desks,
            states: HashMap::new(),
            by_name: HashMap::new(),
            keys: HashMap::new(),
            made: HashSet::new(),
            views: HashSet::new(),
            order: Vec::new(),
            schemas: HashSet::new(),
            found: IdMap::default(),
            kept: HashMap::new(),
            checked: HashSet::new(),
            beside: HashMap::new(),
            absent: HashSet::new(),
            doubts: HashMap::new(),
            again: Again::default(),
        }
        .with_names()
    }

    fn with_names(mut self) -> Self {
        let project = &self.graph().project;
        for id in project.nodes.keys().chain(project.sources.keys()) {
            if let Some(relation) = self.relation_of(id) {
                self.by_name
                    .insert(relations::plain_name(&relation), id.clone());
            }
        }
        self
    }

    /// Returns the desk of the thread that leads.
    pub fn desk(&self) -> &Desk {
        &self.desks[0]
    }

    pub fn graph(&self) -> &'a crate::graph::Graph {
        &self.drafts.cx().graph
    }

    /// Looks at the sources among what is read.
    pub fn take_sources(&mut self, included: &IdSet) {
        let sources = &self.graph().project.sources;
        for id in included {
            let Some(source) = sources.get(id) else {
                continue;
            };
            let schema = inputs::source(self.drafts, self.desk(), self.catalog, source);
            let state = match schema {
                Some(schema) => {
                    let relation = self.drafts.source_relation(source);
                    self.drafts
                        .add_relation(&relation.with_kind(RelationKind::Table));
                    State::Known(Arc::new(schema))
                }
                None => {
                    let name = format!("{}.{}", source.source_name, source.name);
                    self.doubts.insert(id.clone(), (NO_COLUMNS, name));
                    State::Unknown
                }
            };
            self.compare_source(source, &state);
            self.states.insert(id.clone(), state);
        }
    }

    /// Checks nodes that read only what was looked at before.
    pub fn check_level(&mut self, level: &[UniqueId]) {
        let nodes = &self.graph().project.nodes;
        let level: Vec<&Node> = level.iter().filter_map(|id| nodes.get(id)).collect();
        let level: Vec<&Node> = level.into_iter().filter(|n| !self.take_over(n)).collect();
        let mut rest: Vec<&Node> = Vec::new();
        for node in level.iter().copied() {
            match self.without_sql(node) {
                Some(state) => {
                    if self.request.warns {
                        let keys = warnings::declared_keys(self.graph(), node);
                        self.keys.insert(node.unique_id.clone(), keys);
                    }
                    self.settle(node, state);
                }
                None => rest.push(node),
            }
        }
        let items = self.render(rest);
        let bound = self.bind(items);
        self.check_config_columns(&bound);
        self.bind_incremental_forms(&bound);
        if self.request.warns {
            for (id, told) in warnings::look_at(self, &bound) {
                self.found.entry(id).or_default().extend(told);
            }
        }
        self.compare(&level);
    }

    /// Returns what is known of a node without looking at its SQL, none when
    /// that is to be looked at.
    fn without_sql(&mut self, node: &Node) -> Option<State> {
        let is_taken_as_it_is = self.request.basis == Basis::Database
            && !self.request.selected.contains(&node.unique_id)
            && !node.is_ephemeral();
        if is_taken_as_it_is {
            let mut relation = self.drafts.relation(node);
            let mut known = self.catalog.get(&relation);
            if let (Known::Absent, Some(other)) =
                (&known, self.drafts.deferred_relation(&node.unique_id))
            {
                known = self.catalog.get(&other);
                relation = other;
            }
            return Some(match known {
                Known::There(schema) if relation == self.drafts.relation(node) => {
                    State::Known(schema)
                }
                Known::Absent if self.drafts.is_built_in(node) => {
                    self.absent.insert(node.unique_id.clone());
                    self.unknown(node, "is not in the database")
                }
                _ => self.unknown(node, "is not in the database"),
            });
        }
        match node.resource_type {
            ResourceType::Seed => Some(self.seed(node)),
            ResourceType::Model if node.language == Language::Python => {
                let described = inputs::described(&node.columns).map(known);
                Some(described.unwrap_or_else(|| self.unknown(node, NO_COLUMNS)))
            }
            _ if !self.drafts.is_built_in(node) && node.resource_type != ResourceType::Analysis => {
                let described = inputs::described(&node.columns).map(known);
                let why = "is built by a materialization of the project";
                Some(described.unwrap_or_else(|| self.unknown(node, why)))
            }
            _ => None,
        }
    }

    /// Returns what a seed looks like: as it would be loaded. In a run, the
    /// table that is there keeps its columns.
    fn seed(&mut self, node: &Node) -> State {
        let Some(schema) = seeds::schema(self.drafts, node) else {
            return self.unknown(node, "cannot be read");
        };
        if self.request.basis == Basis::Database
            && let Known::There(there) = self.catalog.get(&self.drafts.relation(node))
            && !there.names().eq(schema.names())
        {
            return self.unknown(node, "has other columns in the database");
        }
        if node.checksum.name != "path" {
            self.again.lasts(node);
        }
        known(schema)
    }

    /// Renders nodes whose inputs are known.
    fn render(&mut self, nodes: Vec<&'a Node>) -> Vec<Item<'a>> {
        for node in &nodes {
            self.take_existing(node);
        }
        let drafts = self.drafts;
        let outcomes = in_parallel(&self.desks, nodes, |desk, node| {
            (node, drafts.draft(desk, &node.unique_id))
        });
        let mut items = Vec::new();
        let mut unbound = Vec::new();
        for (node, (outcome, mut asked)) in outcomes {
            let mut outcome = outcome;
            let reads = self.reads(node);
            // What depends on rows cannot be known here; what depends on files
            // can, and on columns once they are there.
            if asked.iter().any(|sql| !is_answered_here(sql)) {
                let state = self.unknown(node, BY_ROWS);
                self.settle(node, state);
                continue;
            }
            if let Some(state) = self.worst(&reads) {
                // A mistake of syntax is one whatever is read.
                if let (State::Unknown, Ok(draft)) = (&state, &outcome)
                    && asked.is_empty()
                {
                    self.keep(node, draft);
                    if !draft.looked_around {
                        self.again.lasts(node);
                    }
                    unbound.push((node, draft.clone()));
                }
                self.settle(node, state);
                continue;
            }
            if !asked.is_empty() {
                self.make_relations(&reads);
                (outcome, asked) = drafts.draft(self.desk(), &node.unique_id);
                if asked.iter().any(|sql| !is_answered_here(sql)) {
                    let state = self.unknown(node, BY_ROWS);
                    self.settle(node, state);
                    continue;
                }
            }
            match outcome {
                Ok(draft) if text::reads_remote(&draft.code) => {
                    let state = self.unknown(node, "is read from elsewhere");
                    self.settle(node, state);
                }
                Ok(draft) => {
                    self.keep(node, &draft);
                    items.push(self.item(node, draft));
                }
                Err(failure) if self.fails_by_rows(node, &failure) => {
                    let state = self.unknown(node, BY_ROWS);
                    self.settle(node, state);
                }
                Err(failure) => {
                    self.report(node, failure.diagnostics);
                    self.settle(node, State::Broken);
                }
            }
        }
        self.only_syntax(&unbound);
        items
    }

    /// Tells whether a template may have failed because of what is in the
    /// database, or is not on this machine. What is listed once is not asked for
    /// again: whether a template depends on it is seen by a fresh one.
    fn fails_by_rows(&self, node: &Node, failure: &Failure) -> bool {
        let asked = self.drafts.asked_afresh(self.desk(), &node.unique_id);
        let lacks = ["IO Error", "HTTP Error", "Permission Error", "Extension"];
        !asked.iter().all(|sql| asks_no_table(sql))
            || !asked.is_empty() && lacks.iter().any(|word| failure.text.contains(word))
    }

    /// Keeps the SQL of what others read.
    fn keep(&mut self, node: &Node, draft: &Draft) {
        if matches!(
            node.resource_type,
            ResourceType::Model | ResourceType::Snapshot
        ) {
            self.kept.insert(node.unique_id.clone(), draft.clone());
        }
    }

    fn item(&self, node: &'a Node, draft: Draft) -> Item<'a> {
        let query = match node.resource_type {
            ResourceType::Snapshot => snapshots::table_query(node, &draft.code),
            _ => draft.code.to_string(),
        };
        Item {
            node,
            draft,
            query,
            reads_unnamed: false,
        }
    }

    /// Binds rendered nodes, and returns those that are right.
    fn bind(&mut self, items: Vec<Item<'a>>) -> Vec<Item<'a>> {
        let (mut right, items) = self.remembered(items);
        let needed: IdSet = items
            .iter()
            .flat_map(|item| self.reads(item.node))
            .collect();
        self.make_relations(&needed.into_iter().collect::<Vec<_>>());
        let described = columns::of_all(&self.desks, &items);
        for (mut item, outcome) in items.into_iter().zip(described) {
            let state = match outcome {
                Ok(columns) => self.state_of_bound(&item, columns),
                Err(error) => match self.judge(&mut item, error) {
                    Judged::Right(columns) => self.state_of_bound(&item, columns),
                    Judged::Unknown(why) => self.unknown(item.node, why),
                    Judged::Doubtful(found) => {
                        self.report(item.node, found);
                        self.unknown(item.node, verdict::READS_UNNAMED)
                    }
                    Judged::Wrong(found) => {
                        self.report(item.node, found);
                        State::Broken
                    }
                },
            };
            if !matches!(state, State::Unknown) {
                self.count(item.node);
            }
            if item.depends_on_reads_alone() {
                self.again.lasts(item.node);
            }
            let is_right = matches!(state, State::Known(_));
            self.settle(item.node, state);
            if is_right {
                right.push(item);
            }
        }
        right
    }

    fn judge(&mut self, item: &mut Item<'a>, error: AdapterError) -> Judged {
        let judged = verdict::judge(self, item, error);
        // It binds only with what was found beside the graph.
        item.reads_unnamed = true;
        judged
    }

    /// The same, once its contract is kept.
    fn state_of_bound(&mut self, item: &Item<'a>, columns: Vec<Column>) -> State {
        if let Some(broken) = contracts::check(self, item) {
            self.report(item.node, vec![broken]);
            return State::Broken;
        }
        let state = self.state_of(item, columns);
        if let State::Known(schema) = &state {
            let wrong = constants::check(self, item);
            if wrong.is_empty() {
                self.remember(item, schema);
            } else {
                // What it gives is known nevertheless.
                self.report(item.node, wrong);
            }
        }
        state
    }

    /// Says what a node's relation looks like that gives these columns.
    fn state_of(&mut self, item: &Item<'a>, columns: Vec<Column>) -> State {
        let node = item.node;
        if text::gives_columns_by_rows(&item.draft.code) {
            let wrong = self.wrong_pivot(item);
            if !wrong.is_empty() {
                self.report(node, wrong);
                return State::Broken;
            }
            return self.unknown(node, BY_ROWS);
        }
        if self.environment.altered.contains(&node.unique_id) {
            return self.unknown(node, "is altered by a hook");
        }
        match reread::as_read(node, Schema::new(relations::as_columns(columns))) {
            Some(schema) => self.after_adding(node, known(schema)),
            None => self.unknown(node, "is read back from files that may not keep its types"),
        }
    }

    /// Looks for mistakes of syntax in SQL that cannot be bound.
    fn only_syntax(&mut self, drafts: &[(&'a Node, Draft)]) {
        if self.environment.is_open {
            return;
        }
        let groups: Vec<&[(&Node, Draft)]> = drafts.chunks(SYNTAX_GROUP).collect();
        let refused = in_parallel(&self.desks, groups, |desk, group| {
            let texts: Vec<&str> = group.iter().map(|(_, draft)| &*draft.code).collect();
            // Parsing looks nothing up, neither tables nor files.
            match desk.with(|connection| connection.serialize_queries(&texts)) {
                Ok(answers) => answers.iter().map(|a| is_refused(a)).collect(),
                // Some texts the engine refuses with an error of the whole statement.
                Err(_) => vec![true; group.len()],
            }
        });
        let refused = refused.into_iter().flatten();
        for (node, draft) in drafts
            .iter()
            .zip(refused)
            .filter(|(_, r)| *r)
            .map(|(d, _)| d)
        {
            let parsed = self
                .desk()
                .with(|connection| connection.query_tree(&draft.code));
            let Err(error) = parsed else { continue };
            if error.class.as_deref() == Some("Parser") {
                let item = self.item(node, draft.clone());
                if let Judged::Wrong(found) = verdict::judge(self, &item, error) {
                    self.report(node, found);
                }
            }
        }
    }

    fn report(&mut self, node: &Node, found: Vec<Diagnostic>) {
        if found.is_empty() {
            return;
        }
        let id = node.unique_id.clone();
        if self.request.selected.contains(&id) {
            self.found.entry(id).or_default().extend(found);
        } else {
            self.beside.entry(id).or_default().extend(found);
        }
    }

    /// Takes note of a node that was bound.
    fn count(&mut self, node: &Node) {
        if self.request.selected.contains(&node.unique_id) {
            self.checked.insert(node.unique_id.clone());
        }
    }

    /// Says that nothing is known of a node, and why.
    fn unknown(&mut self, node: &Node, why: &'static str) -> State {
        let doubt = (why, node.name.clone());
        self.doubts.insert(node.unique_id.clone(), doubt);
        State::Unknown
    }

    /// Takes note of what is known of a node.
    fn settle(&mut self, node: &Node, state: State) {
        if let State::Known(_) = &state
            && let Some(relation) = self.relation(node)
        {
            self.drafts.add_relation(&relation);
        }
        self.states.insert(node.unique_id.clone(), state);
        self.order.push(node.unique_id.clone());
    }

    /// Returns what was settled, each after what it reads.
    pub fn order(&self) -> Vec<UniqueId> {
        self.order.clone()
    }

    pub fn is_broken(&self, id: &UniqueId) -> bool {
        matches!(self.states.get(id), Some(State::Broken))
    }

    /// Returns the relation that a node makes, none when it makes none.
    pub fn relation(&self, node: &Node) -> Option<Relation> {
        let kind = match node.resource_type {
            ResourceType::Model if node.is_ephemeral() => return None,
            ResourceType::Model => match node.config.materialized() {
                "view" => RelationKind::View,
                _ => RelationKind::Table,
            },
            ResourceType::Seed | ResourceType::Snapshot => RelationKind::Table,
            _ => return None,
        };
        Some(self.drafts.relation(node).with_kind(kind))
    }

    /// Returns the relations that a node's SQL reads, those of the ephemeral
    /// models in it included.
    pub fn reads(&self, node: &Node) -> Vec<UniqueId> {
        let nodes = &self.graph().project.nodes;
        // A function is no relation.
        let is_function = |id: &UniqueId| {
            let node = nodes.get(id);
            node.is_some_and(|node| node.resource_type == ResourceType::Function)
        };
        let reads = self.graph().reads(node).into_iter();
        reads.filter(|id| !is_function(id)).collect()
    }

    /// Returns why nothing can be said of what reads these.
    fn worst(&self, reads: &[UniqueId]) -> Option<State> {
        let mut worst = None;
        for id in reads {
            match self.states.get(id) {
                Some(State::Known(_)) => {}
                Some(State::Broken) => return Some(State::Broken),
                // A table that is not there is a mistake of what names it.
                _ if self.absent.contains(id) && !self.environment.is_open => {}
                Some(State::Unknown) | None => worst = Some(State::Unknown),
            }
        }
        worst
    }

    /// Returns the SQL of a model or snapshot that was rendered.
    pub fn draft(&self, id: &UniqueId) -> Option<&Draft> {
        self.kept.get(id)
    }

    /// Looks at what is read of versions that are deprecated.
    pub fn check_deprecated_columns(&mut self) {
        if self.request.warns {
            for (id, told) in warnings::deprecated::look(self) {
                self.found.entry(id).or_default().extend(told);
            }
        }
    }

    /// Looks at hooks.
    pub fn check_hooks(&mut self) {
        if self.request.hooks {
            for (node, wrong) in hooks::check(self) {
                self.again.does_not_last(node);
                self.found
                    .entry(node.unique_id.clone())
                    .or_default()
                    .push(wrong);
            }
        }
    }

    /// Returns the statements that the templates of models and snapshots have
    /// sent.
    pub fn asked(&self) -> impl Iterator<Item = &String> {
        self.kept.values().flat_map(|draft| &draft.asked)
    }

    /// Tells whether a selected node is built by a materialization of the
    /// project, which may make anything.
    pub fn has_other_materializations(&self) -> bool {
        let nodes = &self.graph().project.nodes;
        let selected = self.request.selected.iter().filter_map(|id| nodes.get(id));
        let mut built = selected.filter(|node| self.relation(node).is_some());
        built.any(|node| !self.drafts.is_built_in(node))
    }

    /// Looks at the selected unit tests.
    pub fn check_unit_tests(&mut self) {
        for test in self.graph().project.unit_tests.values() {
            if self.request.selected.contains(&test.unique_id) {
                let tested = test.depends_on_nodes.first();
                let tested = tested.and_then(|id| self.graph().project.nodes.get(id));
                if let (Some(tested), true) = (tested, fixtures::has_queries(test)) {
                    self.make_relations(&self.reads(tested));
                }
                let found = fixtures::check(self, test);
                if !found.is_empty() {
                    self.found.insert(test.unique_id.clone(), found);
                }
            }
        }
    }

    /// Gives up what was found.
    pub fn finish(mut self) -> (Checked, IdMap<Vec<Diagnostic>>) {
        self.tell_of_broken_reads();
        let selected = &self.request.selected;
        let graph = self.graph();
        let mut checked = Checked {
            checked: self.checked.len(),
            taken_over: self.again.taken_over(),
            drafts: std::mem::take(&mut self.kept),
            ..Checked::default()
        };
        let order = graph
            .project
            .sources
            .keys()
            .chain(graph.project.nodes.keys());
        let mut doubts: IndexMap<&'static str, IndexSet<String>> = IndexMap::new();
        for id in order {
            match self.states.get(id) {
                Some(State::Known(schema)) => {
                    checked.schemas.insert(id.clone(), (**schema).clone());
                }
                Some(State::Unknown) if selected.contains(id) => checked.unknown.push(id.clone()),
                _ => {}
            }
            if let Some((why, name)) = self.doubts.remove(id) {
                doubts.entry(why).or_default().insert(name);
            }
        }
        let mut found = self.found;
        found.sort_by_cached_key(|id, _| graph.project.nodes.get_index_of(id));
        let is_wrong = |found: &[Diagnostic]| found.iter().any(|d| d.severity == Severity::Error);
        let wrong = found.iter().filter(|(_, found)| is_wrong(found));
        checked.failed = wrong.map(|(id, _)| id.clone()).collect();
        let doubts = doubts.iter();
        let notes: Vec<Diagnostic> = doubts.map(|(why, names)| doubtful(why, names)).collect();
        if !notes.is_empty() && !checked.unknown.is_empty() {
            found.insert(UniqueId::from(""), notes);
        }
        (checked, found)
    }
}

fn doubtful(why: &str, names: &IndexSet<String>) -> Diagnostic {
    let shown: Vec<String> = names.iter().take(5).map(|n| format!("`{n}`")).collect();
    let more = match names.len() - shown.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let what = why.replacen("is ", if names.len() == 1 { "is " } else { "are " }, 1);
    let note = Diagnostic::note(
        "not-known",
        format!(
            "{}{more} {what}: nothing is said of what depends on it",
            shown.join(", ")
        ),
    );
    if why == NO_COLUMNS {
        note.hint("give every column a `data_type` in the property file, or load it once")
    } else {
        note
    }
}

/// How many texts are parsed in one statement.
const SYNTAX_GROUP: usize = 100;

/// Why nothing is known of a source or a Python model.
const NO_COLUMNS: &str = "is described nowhere";
/// Why nothing is known of a model that asks the database.
const BY_ROWS: &str = "is made from what is in the database";

fn known(schema: Schema) -> State {
    State::Known(Arc::new(schema))
}
