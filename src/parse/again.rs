//! What was made of a project's files, for parsing the project again when some
//! of them have changed.
//!
//! Each thing is kept by what it was made from: a node by its file, what is said
//! of a node by the entry of its property file, tests by the file and the nodes
//! that they belong to. What all of them may depend on (settings, variables and
//! profile, macros and docs blocks) is the [`Basis`]: where any of it is another,
//! nothing is taken over.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use super::basis::Basis;
use super::generic_test::FileTests;
use super::node::{Node, ResourceType};
use super::patch::Patch;
use super::properties::PackageProperties;
use super::source::Sources;
use crate::config::LoadedProject;
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::files::ProjectFiles;

/// What the last parsing has left for the next one.
#[derive(Debug, Default)]
pub struct Memo(Mutex<Tables>);

/// What is made while parsing, with what was made before.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub basis: Option<Arc<Basis>>,
    /// By the file's package too, whose variables its templates see.
    pub properties: Table<(Arc<str>, One<SourceFile>), Made<Option<Arc<PackageProperties>>>>,
    pub drafts: Table<(One<SourceFile>, ResourceType), Made<Vec<Node>>>,
    /// Whether a node is enabled as far as is known early.
    pub enabled: Table<SameNode, bool>,
    pub finished: Table<(SameNode, Option<PatchKey>), Made<Node>>,
    pub tests: Table<One<PackageProperties>, Arc<FileTests>>,
    pub sources: Table<Vec<One<PackageProperties>>, Made<Sources>>,
}

/// Something, and what was found wrong while it was made.
pub(super) type Made<T> = Arc<(T, Vec<Diagnostic>)>;

impl Memo {
    /// Takes what was left, as far as it holds for a project as it is now.
    pub(super) fn take(&self, project: &Arc<LoadedProject>, files: &ProjectFiles) -> Tables {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = std::mem::take(&mut *left);
        let holds = left.basis.as_ref().is_some_and(|b| b.holds(project, files));
        if holds {
            left.again()
        } else {
            Tables::default().again()
        }
    }

    pub(super) fn leave(&self, tables: Tables) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = tables;
    }
}

impl Tables {
    fn again(self) -> Self {
        Self {
            basis: self.basis,
            properties: self.properties.again(),
            drafts: self.drafts.again(),
            enabled: self.enabled.again(),
            finished: self.finished.again(),
            tests: self.tests.again(),
            sources: self.sources.again(),
        }
    }
}

/// Things by what they are made from.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    before: HashMap<K, V>,
    /// None where nothing is kept.
    now: Option<Mutex<HashMap<K, V>>>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            before: HashMap::new(),
            now: None,
        }
    }
}

impl<K: Hash + Eq, V: Clone> Table<K, V> {
    /// Makes what was made last what was made before.
    fn again(self) -> Self {
        let now = self.now.unwrap_or_default();
        let before = now.into_inner().unwrap_or_else(PoisonError::into_inner);
        Self {
            now: Some(Mutex::new(HashMap::with_capacity(before.len()))),
            before,
        }
    }

    pub fn is_kept(&self) -> bool {
        self.now.is_some()
    }

    /// Returns what was made before, or else makes it.
    pub fn get(&self, key: impl FnOnce() -> K, make: impl FnOnce() -> V) -> V {
        self.get_if(key, |_| true, make)
    }

    /// The same where something else must hold as well.
    pub fn get_if(
        &self,
        key: impl FnOnce() -> K,
        holds: impl FnOnce(&V) -> bool,
        make: impl FnOnce() -> V,
    ) -> V {
        let Some(now) = &self.now else {
            return make();
        };
        let key = key();
        let value = match self.before.get(&key) {
            Some(value) if holds(value) => value.clone(),
            _ => make(),
        };
        let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
        now.insert(key, value.clone());
        value
    }
}

/// Which of many things something is: there is one of it, whatever else says the
/// same.
#[derive(Debug)]
pub(super) struct One<T>(pub Arc<T>);

impl<T> Clone for One<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for One<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Eq for One<T> {}

impl<T> Hash for One<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(Arc::as_ptr(&self.0), state);
    }
}

/// The same for nodes.
#[derive(Debug, Clone)]
pub struct SameNode(pub Node);

impl PartialEq for SameNode {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_one_with(&other.0)
    }
}

impl Eq for SameNode {}

impl Hash for SameNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(&raw const *self.0, state);
    }
}

/// An entry of a property file, and the version of a model that is meant, by
/// where they are in memory. The file is held, so that nothing else comes there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PatchKey {
    from: One<PackageProperties>,
    entry: usize,
    version: Option<usize>,
}

impl PatchKey {
    pub fn of(patch: &Patch<'_>) -> Self {
        Self {
            from: One(Arc::clone(patch.from)),
            entry: std::ptr::from_ref(patch.entry).addr(),
            version: patch.version.map(|v| std::ptr::from_ref(v).addr()),
        }
    }
}
