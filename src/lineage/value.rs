//! Where the value of an expression comes from, while a query is followed.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use super::edge::{EdgeKind, Link, ordered, union};
use super::passage::{Mark, Passage, Told};
use crate::sql::tree::Name;

/// The origins of one value. Shared: what is handed on unchanged is the same.
#[derive(Debug, Clone)]
pub struct Value(Rc<Origins>);

#[derive(Debug, Clone, Default)]
struct Origins {
    links: Vec<Link>,
    /// Why the links are not all there is.
    gap: Option<Rc<str>>,
    /// Of a struct that is put together in the query: its fields.
    fields: Option<Rc<[(Name, Value)]>>,
    /// A number that two values share when they are made alike.
    meaning: u64,
}

/// What a query's rows depend on, beside the values in them.
#[derive(Debug, Clone, Default)]
pub struct Rows(Option<Rc<RowOrigins>>);

#[derive(Debug, Default)]
struct RowOrigins {
    links: Vec<Link>,
    gap: Option<Rc<str>>,
    meaning: u64,
}

/// Makes one number of several, in their order.
pub fn meaning_of(parts: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

impl Value {
    /// A value that comes from no column: a constant, or something of which
    /// the meaning is all there is to say.
    pub fn constant(meaning: impl Hash) -> Self {
        Self(Rc::new(Origins {
            meaning: meaning_of(meaning),
            ..Origins::default()
        }))
    }

    /// The value of a source column.
    pub fn source(source: u32, meaning: u64) -> Self {
        let link = Link {
            source,
            kind: EdgeKind::Copy,
            mark: Mark::default(),
            is_touched: false,
            steps: None,
        };
        Self(Rc::new(Origins {
            links: vec![link],
            meaning,
            ..Origins::default()
        }))
    }

    /// A value of which it is not known where it comes from.
    pub fn unknown(why: &str, meaning: impl Hash) -> Self {
        Self(Rc::new(Origins {
            gap: Some(why.into()),
            meaning: meaning_of(meaning),
            ..Origins::default()
        }))
    }

    /// A struct with these fields.
    pub fn of_fields(fields: Vec<(Name, Self)>) -> Self {
        let names: Vec<&str> = fields.iter().map(|(name, _)| &**name).collect();
        let meaning = (
            "struct",
            names,
            meanings(fields.iter().map(|field| &field.1)),
        );
        let mut value = Self::made_of(
            EdgeKind::Compute,
            fields.iter().map(|(_, value)| value),
            meaning_of(meaning),
        );
        Rc::make_mut(&mut value.0).fields = Some(fields.into());
        value
    }

    /// A value made of others by something of a kind.
    pub fn made_of<'a>(
        kind: EdgeKind,
        parts: impl IntoIterator<Item = &'a Self>,
        meaning: u64,
    ) -> Self {
        let mut links: Vec<Link> = Vec::new();
        let mut gap = None;
        for part in parts {
            links.extend(part.0.links.iter().cloned().map(|mut link| {
                if link.kind.is_direct() {
                    link.kind = link.kind.max(kind);
                    link.is_touched = true;
                    link.mark.is_made |= kind >= EdgeKind::Compute;
                }
                link
            }));
            gap = gap.or_else(|| part.0.gap.clone());
        }
        Self(Rc::new(Origins {
            links: ordered(links),
            gap,
            fields: None,
            meaning,
        }))
    }

    /// The value that comes of this one by a passage.
    pub fn passed(&self, kind: EdgeKind, passage: &Passage<'_>) -> Self {
        let links = self.0.links.iter().cloned().map(|mut link| {
            if link.kind.is_direct() {
                link.kind = link.kind.max(kind);
                link.is_touched = true;
                let number = match link.mark.compared {
                    Told::Nothing => passage.number,
                    Told::Range => passage.of_range,
                    Told::Value => None,
                };
                if let Some(number) = number
                    && (passage.takes_any || !link.mark.is_made)
                {
                    link.mark.passed |= 1 << number;
                    link.mark.compared = Told::Nothing;
                }
            }
            link
        });
        Self(Rc::new(Origins {
            links: ordered(links.collect()),
            gap: self.0.gap.clone(),
            fields: None,
            meaning: self.0.meaning,
        }))
    }

    /// The same value with other marks on the links of the value itself, or on
    /// those that decide about it.
    pub fn marked(&self, of_itself: bool, mark: impl Fn(&mut Mark)) -> Self {
        let links = self.0.links.iter().cloned().map(|mut link| {
            if link.kind.is_direct() == of_itself {
                mark(&mut link.mark);
            }
            link
        });
        Self(Rc::new(Origins {
            links: ordered(links.collect()),
            ..Origins::clone(&self.0)
        }))
    }

    /// Tells whether the value is the same whatever is read.
    pub fn is_constant(&self) -> bool {
        self.0.links.is_empty() && self.0.gap.is_none()
    }

    /// The same value, which also depends on what decides about it.
    pub fn with(&self, links: &[Link], gap: Option<&Rc<str>>, meaning: u64) -> Self {
        Self(Rc::new(Origins {
            links: union(&self.0.links, links),
            gap: self.0.gap.clone().or_else(|| gap.cloned()),
            fields: self.0.fields.clone(),
            meaning: meaning_of((self.0.meaning, meaning)),
        }))
    }

    /// The same value, which also depends on rows.
    pub fn with_rows(&self, rows: &Rows) -> Self {
        match &rows.0 {
            None => self.clone(),
            Some(rows) => self.with(&rows.links, rows.gap.as_ref(), rows.meaning),
        }
    }

    /// The value that is this one or the other: a union's.
    pub fn or(&self, other: &Self) -> Self {
        if Rc::ptr_eq(&self.0, &other.0) {
            return self.clone();
        }
        Self(Rc::new(Origins {
            links: union(&self.0.links, &other.0.links),
            gap: self.0.gap.clone().or_else(|| other.0.gap.clone()),
            fields: None,
            meaning: meaning_of(("or", self.0.meaning, other.0.meaning)),
        }))
    }

    /// The value with one more reason why not all is known.
    pub fn with_gap(&self, why: &str) -> Self {
        let mut value = self.clone();
        Rc::make_mut(&mut value.0)
            .gap
            .get_or_insert_with(|| why.into());
        value
    }

    /// The value as an expression at a place gives it: what was done to it is
    /// noted there.
    pub fn finished(&self, at: Option<u32>) -> Self {
        if !self.0.links.iter().any(|link| link.is_touched) {
            return self.clone();
        }
        let mut value = self.clone();
        for link in &mut Rc::make_mut(&mut value.0).links {
            link.finish(at);
        }
        value
    }

    /// The links that the value makes where it only decides about rows.
    pub fn deciding(&self, kind: EdgeKind, at: Option<u32>) -> Vec<Link> {
        let links = self.0.links.iter().cloned().map(|mut link| {
            link.decide(kind, at);
            link
        });
        ordered(links.collect())
    }

    /// Returns a field of a struct that the query itself puts together.
    pub fn field(&self, name: &str) -> Option<Self> {
        let fields = self.0.fields.as_ref()?;
        let field = fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))?;
        Some(field.1.clone())
    }

    /// Returns the fields of a struct that the query itself puts together.
    pub fn fields(&self) -> Option<&[(Name, Self)]> {
        self.0.fields.as_deref()
    }

    pub fn links(&self) -> &[Link] {
        &self.0.links
    }

    pub fn gap(&self) -> Option<&Rc<str>> {
        self.0.gap.as_ref()
    }

    pub fn meaning(&self) -> u64 {
        self.0.meaning
    }
}

/// Returns the meanings of values, in order.
pub fn meanings<'a>(values: impl IntoIterator<Item = &'a Value>) -> Vec<u64> {
    values.into_iter().map(Value::meaning).collect()
}

impl Rows {
    /// Rows that depend on nothing but what they are told to mean.
    pub fn plain(meaning: impl Hash) -> Self {
        Self(Some(Rc::new(RowOrigins {
            meaning: meaning_of(meaning),
            ..RowOrigins::default()
        })))
    }

    /// Rows of which not everything is known.
    pub fn unknown(why: &str, meaning: impl Hash) -> Self {
        Self(Some(Rc::new(RowOrigins {
            links: Vec::new(),
            gap: Some(why.into()),
            meaning: meaning_of(meaning),
        })))
    }

    /// Rows that depend on both.
    pub fn and(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (None, _) => other.clone(),
            (_, None) => self.clone(),
            (Some(left), Some(right)) => Self(Some(Rc::new(RowOrigins {
                links: union(&left.links, &right.links),
                gap: left.gap.clone().or_else(|| right.gap.clone()),
                meaning: meaning_of((left.meaning, right.meaning)),
            }))),
        }
    }

    /// Rows that a value decides on as well.
    pub fn decided_by(&self, value: &Value, kind: EdgeKind, at: Option<u32>) -> Self {
        let decided = Self(Some(Rc::new(RowOrigins {
            links: value.deciding(kind, at),
            gap: value.gap().cloned(),
            meaning: meaning_of((kind, value.meaning())),
        })));
        self.and(&decided)
    }

    /// The same rows, told from others by this alone.
    pub fn means(self, meaning: u64) -> Self {
        match self.0 {
            None => Self(None),
            Some(rows) => Self(Some(Rc::new(RowOrigins {
                links: rows.links.clone(),
                gap: rows.gap.clone(),
                meaning,
            }))),
        }
    }

    /// The same rows, with one more thing that tells them from others.
    pub fn meaning_also(&self, meaning: impl Hash) -> Self {
        self.and(&Self::plain(meaning))
    }

    pub fn links(&self) -> &[Link] {
        self.0.as_ref().map_or(&[], |rows| &rows.links)
    }

    pub fn gap(&self) -> Option<&Rc<str>> {
        self.0.as_ref().and_then(|rows| rows.gap.as_ref())
    }

    pub fn meaning(&self) -> u64 {
        self.0.as_ref().map_or(0, |rows| rows.meaning)
    }
}
