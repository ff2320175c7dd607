//! The types of DuckDB's results.
//!
//! A result comes as Arrow arrays, whose types blur DuckDB's: a UUID and a
//! JSON text are plain texts there, a HUGEINT is a decimal, a BIT is bytes.
//! So every array is read together with the type that DuckDB itself gives.

use ::duckdb::core::{LogicalTypeHandle, LogicalTypeId};

use crate::adapter::quote_identifier;

/// A DuckDB type, as far as reading its values needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlType {
    /// Types whose Arrow values read by themselves, by their DuckDB name.
    Plain(&'static str),
    /// A type with a name of its own, over one of the others.
    Named(String, Box<SqlType>),
    Decimal {
        width: u8,
        scale: u8,
    },
    Bit,
    Bignum,
    UnsignedHugeint,
    /// Its offset is lost on the way through Arrow.
    TimeTz,
    /// Not readable through Arrow at all.
    Variant,
    Enum,
    List(Box<SqlType>),
    Array(Box<SqlType>),
    Map(Box<SqlType>, Box<SqlType>),
    Struct(Vec<(String, SqlType)>),
    Union(Vec<(String, SqlType)>),
    /// One that this program does not know yet.
    Unknown,
}

impl SqlType {
    pub fn of(handle: &LogicalTypeHandle) -> Self {
        use LogicalTypeId as Id;

        let child = |i: usize| Box::new(Self::of(&handle.child(i)));
        let children = || {
            (0..handle.num_children())
                .map(|i| (handle.child_name(i), Self::of(&handle.child(i))))
                .collect()
        };
        let base = match handle.id() {
            Id::Boolean => Self::Plain("BOOLEAN"),
            Id::Tinyint => Self::Plain("TINYINT"),
            Id::Smallint => Self::Plain("SMALLINT"),
            Id::Integer => Self::Plain("INTEGER"),
            Id::Bigint => Self::Plain("BIGINT"),
            Id::UTinyint => Self::Plain("UTINYINT"),
            Id::USmallint => Self::Plain("USMALLINT"),
            Id::UInteger => Self::Plain("UINTEGER"),
            Id::UBigint => Self::Plain("UBIGINT"),
            Id::Hugeint => Self::Plain("HUGEINT"),
            Id::UHugeint => Self::UnsignedHugeint,
            Id::Float => Self::Plain("FLOAT"),
            Id::Double => Self::Plain("DOUBLE"),
            Id::Decimal => Self::Decimal {
                width: handle.decimal_width(),
                scale: handle.decimal_scale(),
            },
            Id::Varchar => Self::Plain("VARCHAR"),
            Id::Blob => Self::Plain("BLOB"),
            Id::Uuid => Self::Plain("UUID"),
            Id::Bit => Self::Bit,
            Id::Bignum => Self::Bignum,
            Id::Date => Self::Plain("DATE"),
            Id::Time => Self::Plain("TIME"),
            Id::TimeNs => Self::Plain("TIME_NS"),
            Id::TimeTZ => Self::TimeTz,
            Id::Timestamp => Self::Plain("TIMESTAMP"),
            Id::TimestampS => Self::Plain("TIMESTAMP_S"),
            Id::TimestampMs => Self::Plain("TIMESTAMP_MS"),
            Id::TimestampNs => Self::Plain("TIMESTAMP_NS"),
            Id::TimestampTZ => Self::Plain("TIMESTAMP WITH TIME ZONE"),
            Id::Interval => Self::Plain("INTERVAL"),
            Id::Geometry => Self::Plain("GEOMETRY"),
            Id::SqlNull => Self::Plain("\"NULL\""),
            Id::Enum => Self::Enum,
            Id::Variant => Self::Variant,
            Id::List => Self::List(child(0)),
            Id::Array => Self::Array(child(0)),
            Id::Map => Self::Map(child(0), child(1)),
            Id::Struct => Self::Struct(children()),
            Id::Union => Self::Union(children()),
            _ => Self::Unknown,
        };
        match handle.get_alias() {
            Some(alias) => Self::Named(alias, Box::new(base)),
            None => base,
        }
    }

    /// Tells whether Arrow loses something of the values, so that they have
    /// to be fetched as texts.
    pub fn needs_text(&self) -> bool {
        match self {
            Self::TimeTz | Self::Variant => true,
            Self::Named(_, of) | Self::List(of) | Self::Array(of) => of.needs_text(),
            Self::Map(key, value) => key.needs_text() || value.needs_text(),
            Self::Struct(fields) | Self::Union(fields) => {
                fields.iter().any(|(_, of)| of.needs_text())
            }
            _ => false,
        }
    }

    /// Returns the type as DuckDB writes it.
    pub fn text(&self) -> String {
        let fields = |fields: &[(String, Self)]| {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, of)| format!("{} {}", quote_identifier(name), of.text()))
                .collect();
            fields.join(", ")
        };
        match self {
            Self::Plain(name) => (*name).into(),
            Self::Named(name, _) => name.clone(),
            Self::Decimal { width, scale } => format!("DECIMAL({width},{scale})"),
            Self::Bit => "BIT".into(),
            Self::Bignum => "BIGNUM".into(),
            Self::UnsignedHugeint => "UHUGEINT".into(),
            Self::TimeTz => "TIME WITH TIME ZONE".into(),
            Self::Variant => "VARIANT".into(),
            Self::Enum => "ENUM".into(),
            Self::List(of) => format!("{}[]", of.text()),
            // The length is not told to those who only read values.
            Self::Array(of) => format!("{}[]", of.text()),
            Self::Map(key, value) => format!("MAP({}, {})", key.text(), value.text()),
            Self::Struct(of) => format!("STRUCT({})", fields(of)),
            Self::Union(of) => format!("UNION({})", fields(of)),
            Self::Unknown => "UNKNOWN".into(),
        }
    }
}
