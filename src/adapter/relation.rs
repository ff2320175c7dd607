//! Names of tables and views, and of their columns.

use std::fmt;

/// A table-like thing in a database, or the name of one.
///
/// Any part may be missing, as in dbt, where a relation made by a macro often
/// has no database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Relation {
    pub database: Option<String>,
    pub schema: Option<String>,
    pub identifier: Option<String>,
    pub kind: Option<RelationKind>,
    /// Whether each part is written in quotes.
    pub quote: [bool; 3],
    /// Whether each part is written at all.
    pub include: [bool; 3],
    /// A text that stands for the name, as a source's external location does.
    pub external: Option<String>,
    /// `limit 0`, as `--empty` asks for.
    pub limit: Option<u64>,
    /// A filter on event time, as `--sample` and microbatch ask for.
    pub event_time_filter: Option<String>,
}

/// Which part of a relation's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationPart {
    Database = 0,
    Schema = 1,
    Identifier = 2,
}

/// What a relation is in the database. dbt calls this its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RelationKind {
    Table,
    View,
    Cte,
    MaterializedView,
    Ephemeral,
    External,
    PointerTable,
    Function,
}

impl RelationKind {
    /// The text that dbt uses in artifacts and macros.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
            Self::Cte => "cte",
            Self::MaterializedView => "materialized_view",
            Self::Ephemeral => "ephemeral",
            Self::External => "external",
            Self::PointerTable => "pointer_table",
            Self::Function => "function",
        }
    }

    /// Reads the text that dbt uses.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "table" => Self::Table,
            "view" => Self::View,
            "cte" => Self::Cte,
            "materialized_view" => Self::MaterializedView,
            "ephemeral" => Self::Ephemeral,
            "external" => Self::External,
            "pointer_table" => Self::PointerTable,
            "function" => Self::Function,
            _ => return None,
        })
    }
}

impl Relation {
    /// Makes a relation with all three parts, quoted and included.
    pub fn new(
        database: impl Into<String>,
        schema: impl Into<String>,
        identifier: impl Into<String>,
    ) -> Self {
        Self {
            database: Some(database.into()),
            schema: Some(schema.into()),
            identifier: Some(identifier.into()),
            quote: [true; 3],
            include: [true; 3],
            ..Self::default()
        }
    }

    /// Returns the same relation with a kind.
    #[must_use]
    pub fn with_kind(mut self, kind: RelationKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Returns the schema that the relation is in, as a relation without a
    /// name.
    #[must_use]
    pub fn without_identifier(&self) -> Self {
        let mut schema = self.clone();
        schema.identifier = None;
        schema.include[RelationPart::Identifier as usize] = false;
        schema
    }

    /// Returns one part of the name.
    pub fn part(&self, part: RelationPart) -> Option<&str> {
        match part {
            RelationPart::Database => self.database.as_deref(),
            RelationPart::Schema => self.schema.as_deref(),
            RelationPart::Identifier => self.identifier.as_deref(),
        }
    }

    /// Returns the name as it is written in SQL, without limit and filter.
    pub fn name(&self) -> String {
        if let Some(external) = &self.external {
            return external.clone();
        }
        let mut out = String::new();
        let parts = [&self.database, &self.schema, &self.identifier];
        for (i, part) in parts.into_iter().enumerate() {
            let Some(part) = part.as_deref().filter(|_| self.include[i]) else {
                continue;
            };
            if !out.is_empty() {
                out.push('.');
            }
            if self.quote[i] {
                push_quoted(&mut out, part);
            } else {
                out.push_str(part);
            }
        }
        out
    }
}

/// Returns an identifier in double quotes.
///
/// Unlike dbt, a quote inside the name is doubled, so that no name can end
/// the identifier.
pub fn quote_identifier(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    push_quoted(&mut out, name);
    out
}

fn push_quoted(out: &mut String, name: &str) {
    out.push('"');
    for c in name.chars() {
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    out.push('"');
}

impl fmt::Display for Relation {
    /// Writes the relation as a template's `{{ ref(...) }}` does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.limit.is_none() && self.event_time_filter.is_none() {
            return f.write_str(&self.name());
        }
        let mut sql = self.name();
        // The limit is applied first: it says how much is read, the filter
        // which of it is kept.
        match self.limit {
            // dbt spells an empty relation in this way on every engine.
            Some(0) => sql = format!("(select * from {sql} where false limit 0)"),
            Some(n) => sql = format!("(select * from {sql} limit {n})"),
            None => {}
        }
        if let Some(filter) = &self.event_time_filter {
            sql = format!("(select * from {sql} where {filter})");
        }
        f.write_str(&sql)
    }
}

/// A column's name and SQL type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// The engine's full type text, `DECIMAL(18,3)`.
    pub data_type: String,
}
