//! The query tree: what a `select` is made of, whichever parser read it.
//!
//! Names are as written, without quotes. Places ([`At`]) are bytes of the
//! statement that was parsed and take no part in comparisons, so two trees are
//! equal when they say the same, however they are laid out.

/// A name as written, without its quotes.
pub type Name = Box<str>;

/// The byte of the statement where something stands, when the parser told.
#[derive(Debug, Clone, Copy, Default)]
pub struct At(pub Option<u32>);

impl PartialEq for At {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for At {}

/// A whole query: its common table expressions, body and what comes after.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    pub ctes: Vec<Cte>,
    pub body: Body,
    pub is_distinct: bool,
    pub distinct_on: Vec<Expr>,
    pub order: Vec<OrderItem>,
    /// Limit and offset, as far as they are there.
    pub limit: Vec<Expr>,
}

/// One `name as (query)` of a `with`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cte {
    pub name: Name,
    pub columns: Vec<Name>,
    pub query: Query,
    /// What `using key` names.
    pub key: Vec<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Select(Box<Select>),
    SetOperation(Box<SetOperation>),
    Recursive(Box<Recursive>),
    /// A form of query that the tree has no words for.
    Unknown,
}

impl Default for Body {
    fn default() -> Self {
        Self::Select(Box::default())
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Select {
    pub items: Vec<Expr>,
    pub from: TableRef,
    pub filter: Option<Expr>,
    pub group: Vec<Expr>,
    /// Which of `group` each grouping set has; more than one set for
    /// `grouping sets`, `rollup` and `cube`.
    pub group_sets: Vec<Vec<usize>>,
    /// `group by all`.
    pub is_grouped_by_all: bool,
    pub having: Option<Expr>,
    pub qualify: Option<Expr>,
}

impl Select {
    /// Returns the expressions of all clauses but `from`.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.items
            .iter()
            .chain(&self.filter)
            .chain(&self.group)
            .chain(&self.having)
            .chain(&self.qualify)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct SetOperation {
    pub kind: SetOperator,
    pub is_all: bool,
    pub is_by_name: bool,
    pub left: Query,
    pub right: Query,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetOperator {
    Union,
    Intersect,
    Except,
}

/// The query of a recursive common table expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Recursive {
    pub name: Name,
    pub is_all: bool,
    pub columns: Vec<Name>,
    pub first: Query,
    pub then: Query,
}

/// What stands in a `from`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableRef {
    pub kind: TableKind,
    pub alias: Option<Name>,
    pub column_aliases: Vec<Name>,
    /// `tablesample`, as text that tells one from another.
    pub sample: Option<Box<str>>,
    pub at: At,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub enum TableKind {
    /// No `from` at all.
    #[default]
    Nothing,
    Table(TableName),
    Subquery(Box<Query>),
    /// A table function; the call is an [`ExprKind::Function`].
    Function {
        call: Box<Expr>,
        has_ordinality: bool,
    },
    Values(Vec<Vec<Expr>>),
    Join(Box<Join>),
    Pivot(Box<Pivot>),
    Unpivot(Box<Unpivot>),
    /// `describe`, `summarize`, `show`: facts about tables, not their rows.
    Show,
    /// A form that the tree has no words for.
    Unknown,
}

/// A table's name with as many qualifiers as were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableName {
    pub catalog: Option<Name>,
    pub schema: Option<Name>,
    pub name: Name,
    /// The version that `at (...)` asks for, as far as it is told.
    pub version: Option<Box<str>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    pub left: TableRef,
    pub right: TableRef,
    pub kind: JoinKind,
    pub form: JoinForm,
    pub using: Vec<Name>,
    pub condition: Option<Expr>,
}

/// Which rows a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
}

/// How a join finds the rows that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinForm {
    /// `on` or `using`.
    Regular,
    Natural,
    /// `cross join`, a comma, or `lateral`.
    Cross,
    Positional,
    Asof,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Pivot {
    pub source: TableRef,
    pub aggregates: Vec<Expr>,
    pub columns: Vec<PivotColumn>,
    pub groups: Vec<Name>,
}

/// One `expression in (values)` of a pivot.
#[derive(Debug, Clone, PartialEq)]
pub struct PivotColumn {
    pub expressions: Vec<Expr>,
    /// None when they are only known at run time.
    pub entries: Option<Vec<PivotEntry>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PivotEntry {
    pub values: Vec<Literal>,
    pub alias: Option<Name>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Unpivot {
    pub source: TableRef,
    /// The columns that get the values.
    pub values: Vec<Name>,
    /// The column that gets the names.
    pub name: Name,
    pub entries: Vec<UnpivotEntry>,
    pub keeps_nulls: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct UnpivotEntry {
    /// As many as the unpivot has value columns.
    pub columns: Vec<Name>,
    /// `* exclude (...)`, `columns(...)` in place of columns.
    pub star: Option<Expr>,
    pub alias: Option<Name>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OrderItem {
    pub expr: Expr,
    /// None when neither `asc` nor `desc` is written.
    pub is_descending: Option<bool>,
    pub nulls_first: Option<bool>,
}

/// An expression. Select items, struct fields and named arguments carry their
/// names as aliases.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub alias: Option<Name>,
    /// For an operator the operator itself, else the beginning.
    pub at: At,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A column, or a field of one: the parts between the dots.
    Column(Vec<Name>),
    Star(Box<Star>),
    Literal(Literal),
    Function(Box<Function>),
    Window(Box<Window>),
    Cast {
        expr: Box<Expr>,
        data_type: Box<str>,
        is_try: bool,
    },
    Case {
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    /// `=`, `<>`, `<`, `>`, `<=`, `>=`, `is distinct from`, ...
    Comparison {
        operator: &'static str,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// What has one or more operands and needs no shape of its own.
    Operator {
        operator: Operator,
        operands: Vec<Expr>,
    },
    Subquery(Box<Subquery>),
    /// `x -> x + 1`. What is written so outside of a function that takes one is
    /// the arrow of JSON, with any expression on its left.
    Lambda {
        left: Box<Expr>,
        body: Box<Expr>,
    },
    /// `#1`: the item of the select list, counted from 1.
    Position(usize),
    Parameter,
    /// An expression that the tree has no words for.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    And,
    Or,
    Not,
    /// The first operand is tested against the second and third.
    Between,
    /// The first operand is looked for among the others.
    In,
    NotIn,
    IsNull,
    IsNotNull,
    Coalesce,
    /// `list[i]`, `struct['field']`.
    Element,
    /// `list[i:j]`.
    Slice,
    /// `(struct).field`; the second operand is the field's name.
    Field,
    /// `collate`.
    Collate,
    /// `try(...)`.
    Try,
    /// `grouping(...)`.
    Grouping,
    /// `array[...]`, and the like, where a parser has its own node.
    List,
    /// `*columns(...)`: each column is an argument of its own.
    Unpack,
}

/// A value that is written out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Literal {
    Null,
    Bool(bool),
    Text(Box<str>),
    /// In plain digits.
    Number(Box<str>),
    /// Of another type: its text, when it is known.
    Other(Box<str>),
}

/// A call of a function, operators of arithmetic and texts among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub catalog: Option<Name>,
    pub schema: Option<Name>,
    /// In lower case; `+`, `||` and so on for operators.
    pub name: Name,
    pub arguments: Vec<Expr>,
    pub is_operator: bool,
    pub is_distinct: bool,
    pub filter: Option<Box<Expr>>,
    pub order: Vec<OrderItem>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub function: Function,
    pub ignores_nulls: bool,
    pub partition: Vec<Expr>,
    pub order: Vec<OrderItem>,
    /// Start, end and exclusion of the frame, as text that tells one from another.
    pub frame: Box<str>,
    /// Expressions within the frame's bounds.
    pub bounds: Vec<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Subquery {
    pub kind: SubqueryKind,
    /// What is compared with the rows, of `in`, `any` and `all`.
    pub operand: Option<Expr>,
    pub operator: &'static str,
    pub query: Query,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubqueryKind {
    Scalar,
    Exists,
    NotExists,
    /// `x in (select ...)`, `x = any (select ...)`.
    Any,
}

/// `*`, `t.*`, or `columns(...)`, with what is taken out or changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Star {
    pub relation: Option<Name>,
    /// Qualifier, where there is one, and name.
    pub exclude: Vec<(Option<Name>, Name)>,
    pub replace: Vec<(Name, Expr)>,
    pub rename: Vec<(Name, Name)>,
    /// `columns(...)`: an expression around it is made for each column.
    pub is_columns: bool,
    /// What chooses columns: a pattern, a list, or a lambda.
    pub chooser: Option<Box<Expr>>,
}

impl Expr {
    /// Makes an expression without a name of its own.
    pub fn new(kind: ExprKind, at: At) -> Self {
        Self {
            kind,
            alias: None,
            at,
        }
    }

    /// Returns the parameters of a lambda of which this is the left side: a
    /// name, or several in a row.
    pub fn parameters(&self) -> Vec<Name> {
        match &self.kind {
            ExprKind::Column(parts) => parts.last().cloned().into_iter().collect(),
            ExprKind::Function(row) => row.arguments.iter().flat_map(Self::parameters).collect(),
            _ => Vec::new(),
        }
    }
}
