//! Values that are written out in a query.

use serde::Deserialize;
use serde_json::Value;

use crate::sql::tree::Literal;

#[derive(Deserialize)]
pub struct RawValue {
    #[serde(rename = "type")]
    data_type: RawType,
    #[serde(default)]
    is_null: bool,
    #[serde(default)]
    value: Value,
}

/// A type: its name and what is inside of it.
#[derive(Deserialize)]
pub struct RawType {
    id: String,
    #[serde(default)]
    type_info: Option<TypeInfo>,
}

#[derive(Deserialize)]
struct TypeInfo {
    #[serde(default)]
    width: Option<u64>,
    #[serde(default)]
    scale: Option<u64>,
    /// Of types that only the database knows.
    #[serde(default)]
    name: Option<String>,
    /// Of a type that only the database knows, in newer trees.
    #[serde(default)]
    child_type: Option<Box<RawType>>,
    #[serde(default)]
    child_types: Vec<Field>,
    #[serde(default)]
    size: Option<u64>,
}

#[derive(Deserialize)]
struct Field {
    first: String,
    second: RawType,
}

impl From<RawValue> for Literal {
    fn from(raw: RawValue) -> Self {
        if raw.is_null {
            return Self::Null;
        }
        let scale = raw.data_type.type_info.as_ref().and_then(|info| info.scale);
        match raw.value {
            Value::String(text) if raw.data_type.id == "VARCHAR" => Self::Text(text.into()),
            Value::String(text) => Self::Other(text.into()),
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => {
                let digits = number.to_string();
                Self::Number(with_point(&digits, scale.unwrap_or(0)).into())
            }
            value => match hugeint(&value) {
                Some(number) => {
                    let digits = number.to_string();
                    Self::Number(with_point(&digits, scale.unwrap_or(0)).into())
                }
                None => Self::Other(value.to_string().into()),
            },
        }
    }
}

/// A number of 128 bits comes in two halves.
fn hugeint(value: &Value) -> Option<i128> {
    let upper = value.get("upper")?.as_i64()?;
    let lower = value.get("lower")?.as_u64()?;
    Some((i128::from(upper) << 64) | i128::from(lower))
}

/// Puts the point of a decimal, which comes without it, where it belongs.
fn with_point(digits: &str, scale: u64) -> String {
    if scale == 0 {
        return digits.to_owned();
    }
    let scale = scale as usize;
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{part}")
}

impl RawType {
    /// Writes the type as SQL has it.
    pub fn text(&self) -> String {
        let Some(info) = &self.type_info else {
            return self.id.clone();
        };
        match self.id.as_str() {
            "DECIMAL" => match (info.width, info.scale) {
                (Some(width), scale) => format!("DECIMAL({width},{})", scale.unwrap_or(0)),
                _ => "DECIMAL".to_owned(),
            },
            "LIST" => format!("{}[]", inner(info)),
            "ARRAY" => format!("{}[{}]", inner(info), info.size.unwrap_or(0)),
            "STRUCT" | "UNION" => {
                let fields: Vec<String> = info
                    .child_types
                    .iter()
                    .map(|field| format!("{} {}", field.first, field.second.text()))
                    .collect();
                format!("{}({})", self.id, fields.join(", "))
            }
            "MAP" => match info.child_type.as_deref() {
                Some(RawType {
                    type_info: Some(entry),
                    ..
                }) if entry.child_types.len() == 2 => {
                    let parts: Vec<String> = entry
                        .child_types
                        .iter()
                        .map(|field| field.second.text())
                        .collect();
                    format!("MAP({})", parts.join(", "))
                }
                _ => "MAP".to_owned(),
            },
            id => match &info.name {
                Some(name) => name.clone(),
                None => id.to_owned(),
            },
        }
    }
}

fn inner(info: &TypeInfo) -> String {
    info.child_type
        .as_ref()
        .map(|child| child.text())
        .unwrap_or_default()
}
