//! The syntax of selections: one word, and how words combine.

use serde_json::Value;

use super::Indirect;
use crate::diagnostics::Diagnostic;

/// A selection as a tree of set operations over criteria.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    Criteria(Criteria),
    Union(Combined),
    Intersection(Combined),
    /// The first component without all the others.
    Difference(Combined),
}

/// The parts of a set operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combined {
    pub components: Vec<Spec>,
    pub indirect: Indirect,
    /// What the user wrote, when selecting nothing is worth a warning.
    pub warn_when_empty: Option<String>,
}

/// One word of a selection: `2+tag:nightly+1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criteria {
    pub raw: String,
    /// `tag`, `path`, `fqn` …
    pub method: String,
    /// What follows the method's dot, as in `config.meta.owner`.
    pub arguments: Vec<String>,
    pub value: String,
    /// The value when `selectors.yml` has something else than a text there.
    pub literal: Option<Value>,
    /// The `@` operator: descendants and all that these need.
    pub childrens_parents: bool,
    pub parents: Option<Depth>,
    pub children: Option<Depth>,
    pub indirect: Indirect,
}

/// How many steps a graph operator goes; none is all the way.
pub type Depth = Option<usize>;

const METHODS: &[&str] = &[
    "fqn",
    "tag",
    "group",
    "access",
    "source",
    "path",
    "file",
    "package",
    "config",
    "test_name",
    "test_type",
    "resource_type",
    "state",
    "exposure",
    "metric",
    "result",
    "source_status",
    "version",
    "semantic_model",
    "saved_query",
    "unit_test",
    "selector",
];

/// dbt's selection when no flag says otherwise.
const EVERYTHING: &[&str] = &[
    "fqn:*",
    "source:*",
    "exposure:*",
    "metric:*",
    "semantic_model:*",
];

impl Spec {
    /// Reads `--select` and `--exclude`.
    ///
    /// Words separated by spaces are a union, words separated by commas an
    /// intersection.
    ///
    /// # Errors
    ///
    /// A word that cannot be read is an error that quotes it.
    pub fn from_flags(
        select: Option<&[String]>,
        exclude: &[String],
        indirect: Indirect,
    ) -> Result<Self, Diagnostic> {
        let include = match select {
            Some(words) => union(words.iter().map(String::as_str), indirect, true)?,
            None => union(EVERYTHING.iter().copied(), indirect, false)?,
        };
        let exclude = union(exclude.iter().map(String::as_str), indirect, true)?;
        Ok(Self::Difference(Combined {
            components: vec![include, exclude],
            indirect: Indirect::Eager,
            warn_when_empty: None,
        }))
    }
}

fn union<'a>(
    values: impl Iterator<Item = &'a str>,
    indirect: Indirect,
    warn: bool,
) -> Result<Spec, Diagnostic> {
    let mut components = Vec::new();
    for word in values.flat_map(|v| v.split(' ')).filter(|w| !w.is_empty()) {
        let parts = word
            .split(',')
            .map(|part| Criteria::parse(part, indirect).map(Spec::Criteria))
            .collect::<Result<_, _>>()?;
        components.push(Spec::Intersection(Combined {
            components: parts,
            indirect,
            warn_when_empty: warn.then(|| word.to_owned()),
        }));
    }
    Ok(Spec::Union(Combined {
        components,
        indirect,
        warn_when_empty: None,
    }))
}

impl Criteria {
    /// Reads one word.
    ///
    /// # Errors
    ///
    /// An unknown method, and `@` together with a trailing `+`, are errors.
    pub fn parse(raw: &str, indirect: Indirect) -> Result<Self, Diagnostic> {
        let mut rest = raw;
        let mut criteria = Self {
            raw: raw.to_owned(),
            method: String::new(),
            arguments: Vec::new(),
            value: String::new(),
            literal: None,
            childrens_parents: false,
            parents: None,
            children: None,
            indirect,
        };
        if let Some(after) = rest.strip_prefix('@') {
            criteria.childrens_parents = true;
            rest = after;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(after) = rest[digits..].strip_prefix('+') {
            criteria.parents = Some(depth(&rest[..digits], raw)?);
            rest = after;
        }
        let digits = rest.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (before, last) = rest.split_at(rest.len() - digits);
        if let Some(before) = before.strip_suffix('+') {
            criteria.children = Some(depth(last, raw)?);
            rest = before;
        }
        let method = rest.split_once(':').filter(|(method, _)| {
            !method.is_empty()
                && method
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '_' || c == '.')
        });
        if let Some((method, value)) = method {
            let mut parts = method.split('.').map(str::to_owned);
            criteria.method = parts.next().unwrap_or_default();
            criteria.arguments = parts.collect();
            criteria.value = value.to_owned();
            check_method(&criteria.method, raw)?;
        } else {
            criteria.method = default_method(rest).to_owned();
            criteria.value = rest.to_owned();
        }
        criteria.check()?;
        Ok(criteria)
    }

    /// Refuses operators that do not go together.
    pub(super) fn check(&self) -> Result<(), Diagnostic> {
        if self.childrens_parents && self.children.is_some() {
            return Err(Diagnostic::error(
                "invalid-selection",
                format!(
                    "`{}` has both the `@` operator and a `+` at its end",
                    self.raw
                ),
            )
            .hint("`@` takes all descendants already; leave the `+` out"));
        }
        Ok(())
    }
}

/// Refuses a method that does not exist.
pub(super) fn check_method(method: &str, raw: &str) -> Result<(), Diagnostic> {
    if METHODS.contains(&method) {
        Ok(())
    } else {
        Err(unknown_method(method, raw))
    }
}

fn depth(digits: &str, raw: &str) -> Result<Depth, Diagnostic> {
    if digits.is_empty() {
        return Ok(None);
    }
    digits.parse().map(Some).map_err(|_| {
        Diagnostic::error(
            "invalid-selection",
            format!("`{raw}` has a depth that is too large"),
        )
    })
}

fn default_method(value: &str) -> &'static str {
    let lower = value.to_lowercase();
    if value.contains(std::path::MAIN_SEPARATOR) || value.contains('/') {
        "path"
    } else if [".sql", ".py", ".csv"].iter().any(|e| lower.ends_with(e)) {
        "file"
    } else {
        "fqn"
    }
}

fn unknown_method(method: &str, raw: &str) -> Diagnostic {
    let nearest = METHODS
        .iter()
        .map(|m| (strsim::damerau_levenshtein(m, method), m))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    let diagnostic = Diagnostic::error(
        "unknown-selector-method",
        format!("`{raw}` uses the selection method `{method}`, which does not exist"),
    );
    match nearest {
        Some((_, name)) => diagnostic.hint(format!("did you mean `{name}:`?")),
        None => diagnostic.hint(format!("the methods are {}", METHODS.join(", "))),
    }
}
