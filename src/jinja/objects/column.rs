//! Columns with dbt's methods.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use crate::adapter::Column;
use crate::jinja::error::JinjaError;
use crate::jinja::function::{Call, function};
use crate::jinja::python;

/// A column in a template.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnObject {
    pub name: String,
    /// The type's text, `DECIMAL(18,3)` or `numeric` with its size apart.
    pub dtype: String,
    pub char_size: Option<i128>,
    pub numeric_precision: Option<i128>,
    pub numeric_scale: Option<i128>,
}

/// Makes a column that templates can use.
pub fn column(column: &Column) -> Value {
    Value::from_object(ColumnObject {
        name: column.name.clone(),
        dtype: column.data_type.clone(),
        ..ColumnObject::default()
    })
}

/// Looks at a value as a column.
pub fn column_of(value: &Value) -> Option<&ColumnObject> {
    value.downcast_object_ref::<ColumnObject>()
}

const STRINGS: &[&str] = &["text", "character varying", "character", "varchar"];
const FLOATS: &[&str] = &["real", "float", "float4", "float8", "double"];
const NUMERICS: &[&str] = &["numeric", "decimal"];
const INTEGERS: &[&str] = &[
    "tinyint",
    "smallint",
    "integer",
    "bigint",
    "hugeint",
    "utinyint",
    "usmallint",
    "uinteger",
    "ubigint",
    "int1",
    "int2",
    "int4",
    "int8",
    "short",
    "int",
    "signed",
    "long",
];

impl ColumnObject {
    fn is_one_of(&self, types: &[&str]) -> bool {
        types.iter().any(|t| self.dtype.eq_ignore_ascii_case(t))
    }

    fn is_struct(&self) -> bool {
        let start = self.dtype.get(..6);
        start.is_some_and(|s| s.eq_ignore_ascii_case("struct"))
    }

    /// Returns the type with its size, where it has one.
    pub fn data_type(&self) -> String {
        if self.is_one_of(STRINGS) {
            format!("character varying({})", self.size())
        } else if self.is_one_of(NUMERICS) {
            numeric_type(&self.dtype, self.numeric_precision, self.numeric_scale)
        } else {
            self.dtype.clone()
        }
    }

    /// A string without a size is 256 characters to dbt.
    fn size(&self) -> i128 {
        match self.char_size {
            Some(size) if self.dtype != "text" => size,
            _ => 256,
        }
    }

    /// Returns the fields of a struct, those of structs in it included, each
    /// with its whole path as name; the column itself when it is no struct.
    pub fn flatten(&self) -> Vec<Self> {
        self.flatten_to(32)
    }

    fn flatten_to(&self, depth: usize) -> Vec<Self> {
        let inner = self.dtype.get(6..).map(str::trim_start);
        let fields = inner
            .and_then(|text| text.strip_prefix('('))
            .and_then(|text| text.strip_suffix(')'));
        let Some(fields) = fields.filter(|_| self.is_struct() && depth > 0) else {
            return vec![self.clone()];
        };
        split_fields(fields)
            .into_iter()
            .flat_map(|field| {
                let (name, dtype) = field.split_once(' ').unwrap_or((field, ""));
                let field = Self {
                    name: format!("{}.{name}", self.name),
                    dtype: dtype.trim().to_owned(),
                    ..Self::default()
                };
                field.flatten_to(depth - 1)
            })
            .collect()
    }
}

/// Splits at the commas that stand outside of brackets.
fn split_fields(text: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                fields.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(text[start..].trim());
    fields
}

/// Writes a number's type with its precision and scale.
pub(super) fn numeric_type(dtype: &str, precision: Option<i128>, scale: Option<i128>) -> String {
    match (precision, scale) {
        (Some(precision), Some(scale)) => format!("{dtype}({precision},{scale})"),
        _ => dtype.to_owned(),
    }
}

impl ColumnObject {
    /// Shows the column as Python shows dbt-duckdb's class.
    fn described(&self) -> String {
        let text = |text: &str| python::repr(&Value::from(text)).unwrap_or_default();
        let number = |n: Option<i128>| n.map_or_else(|| "None".to_owned(), |n| n.to_string());
        let fields = if self.is_struct() {
            self.flatten()
        } else {
            Vec::new()
        };
        let fields: Vec<String> = fields.iter().map(Self::described).collect();
        format!(
            "DuckDBColumn(column={}, dtype={}, char_size={}, numeric_precision={}, \
             numeric_scale={}, fields=[{}])",
            text(&self.name),
            text(&self.dtype),
            number(self.char_size),
            number(self.numeric_precision),
            number(self.numeric_scale),
            fields.join(", ")
        )
    }
}

impl Object for ColumnObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let number = |n: Option<i128>| n.map_or_else(python::none, python::int);
        Some(match key {
            "name" | "column" => Value::from(self.name.as_str()),
            "dtype" => Value::from(self.dtype.as_str()),
            "data_type" | "expanded_data_type" => Value::from(self.data_type()),
            "quoted" => Value::from(format!("\"{}\"", self.name)),
            "char_size" => number(self.char_size),
            "numeric_precision" => number(self.numeric_precision),
            "numeric_scale" => number(self.numeric_scale),
            "fields" => {
                let fields = if self.is_struct() {
                    self.flatten()
                } else {
                    Vec::new()
                };
                python::list(fields.into_iter().map(Value::from_object).collect())
            }
            "__type__" => Value::from("DuckDBColumn"),
            "__repr__" => Value::from(self.described()),
            _ => return method(self, key),
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn custom_cmp(
        self: &Arc<Self>,
        other: &minijinja::value::DynObject,
    ) -> Option<std::cmp::Ordering> {
        let other = other.downcast_ref::<Self>()?;
        (**self == *other).then_some(std::cmp::Ordering::Equal)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.described())
    }
}

fn method(column: &ColumnObject, name: &str) -> Option<Value> {
    type Method = fn(&ColumnObject, &mut Call<'_>) -> Result<Value, JinjaError>;
    let (name, method): (&'static str, Method) = match name {
        "is_string" => ("is_string", |c, _| Ok(c.is_one_of(STRINGS).into())),
        "is_numeric" => ("is_numeric", |c, _| Ok(c.is_one_of(NUMERICS).into())),
        "is_integer" => ("is_integer", |c, _| Ok(c.is_one_of(INTEGERS).into())),
        "is_float" => ("is_float", |c, _| Ok(c.is_one_of(FLOATS).into())),
        "is_number" => ("is_number", |c, _| {
            let is_number = [NUMERICS, INTEGERS, FLOATS].iter().any(|t| c.is_one_of(t));
            Ok(is_number.into())
        }),
        "is_struct" => ("is_struct", |c, _| Ok(c.is_struct().into())),
        "string_size" => ("string_size", |c, _| {
            if c.is_one_of(STRINGS) {
                Ok(python::int(c.size()))
            } else {
                Err(JinjaError::other(
                    "string_size() was called on a column that is no string",
                ))
            }
        }),
        "can_expand_to" => ("can_expand_to", |c, call| {
            let [other] = call.bind(["other_column"], 1)?;
            let other = other.unwrap_or_default();
            let can = column_of(&other).is_some_and(|o| {
                c.is_one_of(STRINGS) && o.is_one_of(STRINGS) && o.size() > c.size()
            });
            Ok(can.into())
        }),
        "literal" => ("literal", |c, call| {
            let [value] = call.bind(["value"], 1)?;
            Ok(Value::from(format!(
                "{}::{}",
                value.unwrap_or_default(),
                c.data_type()
            )))
        }),
        "flatten" => ("flatten", |c, _| {
            Ok(python::list(
                c.flatten().into_iter().map(Value::from_object).collect(),
            ))
        }),
        "string_type" => ("string_type", |_, call| string_type(call)),
        "numeric_type" => ("numeric_type", |_, call| numeric_type_call(call)),
        "translate_type" => ("translate_type", |_, call| translate_type(call)),
        "create" => ("create", |_, call| create(call)),
        _ => return None,
    };
    let column = column.clone();
    Some(function(name, move |call| method(&column, call)))
}

/// `Column.translate_type`: dbt's own names of types.
pub(super) fn translate_type(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [dtype] = call.bind(["dtype"], 1)?;
    Ok(Value::from(translated(
        &dtype.unwrap_or_default().to_string(),
    )))
}

fn translated(dtype: &str) -> String {
    if dtype.eq_ignore_ascii_case("string") {
        "TEXT".to_owned()
    } else {
        dtype.to_owned()
    }
}

/// `Column(name, dtype, char_size, numeric_precision, numeric_scale)`.
pub(super) fn init(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let names = [
        "column",
        "dtype",
        "char_size",
        "numeric_precision",
        "numeric_scale",
    ];
    let [name, dtype, size, precision, scale] = call.bind(names, 2)?;
    let number = |value: &Option<Value>| value.as_ref().and_then(python::as_int);
    Ok(Value::from_object(ColumnObject {
        name: name.unwrap_or_default().to_string(),
        dtype: dtype.unwrap_or_default().to_string(),
        char_size: number(&size),
        numeric_precision: number(&precision),
        numeric_scale: number(&scale),
    }))
}

/// `Column.create(name, dtype)`.
pub(super) fn create(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name, dtype] = call.bind(["name", "label_or_dtype"], 2)?;
    Ok(Value::from_object(ColumnObject {
        name: name.unwrap_or_default().to_string(),
        dtype: translated(&dtype.unwrap_or_default().to_string()),
        ..ColumnObject::default()
    }))
}

/// `Column.string_type(size)`.
pub(super) fn string_type(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [size] = call.bind(["size"], 1)?;
    Ok(Value::from(format!(
        "character varying({})",
        size.unwrap_or_default()
    )))
}

/// `Column.numeric_type(dtype, precision, scale)`.
pub(super) fn numeric_type_call(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [dtype, precision, scale] = call.bind(["dtype", "precision", "scale"], 1)?;
    let number = |value: &Option<Value>| value.as_ref().and_then(python::as_int);
    let dtype = dtype.unwrap_or_default().to_string();
    Ok(Value::from(numeric_type(
        &dtype,
        number(&precision),
        number(&scale),
    )))
}

/// `Column.from_description(name, raw_data_type)`: splits the size off.
pub(super) fn from_description(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name, raw] = call.bind(["name", "raw_data_type"], 2)?;
    let raw = raw.unwrap_or_default().to_string();
    let mut made = ColumnObject {
        name: name.unwrap_or_default().to_string(),
        dtype: raw.clone(),
        ..ColumnObject::default()
    };
    if let Some((dtype, rest)) = raw.split_once('(') {
        let sizes = rest.split(')').next().unwrap_or_default();
        let sizes: Result<Vec<i128>, _> = sizes.split(',').map(|s| s.trim().parse()).collect();
        let sizes = sizes.map_err(|_| {
            JinjaError::other(format!("the size in the type \"{raw}\" is no number"))
        })?;
        dtype.clone_into(&mut made.dtype);
        match sizes[..] {
            [size] => made.char_size = Some(size),
            [precision, scale] => {
                made.numeric_precision = Some(precision);
                made.numeric_scale = Some(scale);
            }
            _ => {}
        }
    }
    Ok(Value::from_object(made))
}
