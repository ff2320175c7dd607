//! Values of templates straight from what has a form in artifacts.

use std::fmt;

use minijinja::Value;
use serde::ser::{self, Serialize};

use super::python;

/// Turns anything that can be written as JSON into a value for templates: the
/// same as its JSON would be turned into. None where it has no such form.
pub fn from_serialize(value: &(impl Serialize + ?Sized)) -> Option<Value> {
    value.serialize(Maker).ok()
}

/// What has no form as JSON.
#[derive(Debug)]
struct NoForm;

impl fmt::Display for NoForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value has no form as JSON")
    }
}

impl std::error::Error for NoForm {}

impl ser::Error for NoForm {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

struct Maker;

macro_rules! from_number {
    ($($name:ident: $type:ty,)*) => {
        $(fn $name(self, value: $type) -> Result<Value, NoForm> {
            Ok(Value::from(i64::from(value)))
        })*
    };
}

impl ser::Serializer for Maker {
    type Ok = Value;
    type Error = NoForm;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = ser::Impossible<Value, NoForm>;
    type SerializeMap = Pairs;
    type SerializeStruct = Pairs;
    type SerializeStructVariant = ser::Impossible<Value, NoForm>;

    from_number! {
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
    }

    fn serialize_u64(self, value: u64) -> Result<Value, NoForm> {
        Ok(match i64::try_from(value) {
            Ok(value) => Value::from(value),
            Err(_) => python::int(i128::from(value)),
        })
    }

    fn serialize_f32(self, value: f32) -> Result<Value, NoForm> {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<Value, NoForm> {
        // JSON has no other numbers.
        Ok(if value.is_finite() {
            Value::from(value)
        } else {
            Value::from(())
        })
    }

    fn serialize_bool(self, value: bool) -> Result<Value, NoForm> {
        Ok(Value::from(value))
    }

    fn serialize_char(self, value: char) -> Result<Value, NoForm> {
        Ok(Value::from(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Value, NoForm> {
        Ok(Value::from(value))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Value, NoForm> {
        Err(NoForm)
    }

    fn serialize_none(self) -> Result<Value, NoForm> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, NoForm> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, NoForm> {
        Ok(Value::from(()))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, NoForm> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, NoForm> {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, NoForm> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, NoForm> {
        Err(NoForm)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items, NoForm> {
        Ok(Items(Vec::with_capacity(len.unwrap_or_default())))
    }

    fn serialize_tuple(self, len: usize) -> Result<Items, NoForm> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Items, NoForm> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NoForm> {
        Err(NoForm)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Pairs, NoForm> {
        Ok(Pairs {
            pairs: Vec::with_capacity(len.unwrap_or_default()),
            key: Value::UNDEFINED,
        })
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Pairs, NoForm> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NoForm> {
        Err(NoForm)
    }
}

/// The items of a list so far.
struct Items(Vec<Value>);

impl Items {
    fn add(&mut self, item: &(impl Serialize + ?Sized)) -> Result<(), NoForm> {
        self.0.push(item.serialize(Maker)?);
        Ok(())
    }
}

impl ser::SerializeSeq for Items {
    type Ok = Value;
    type Error = NoForm;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), NoForm> {
        self.add(item)
    }

    fn end(self) -> Result<Value, NoForm> {
        Ok(python::list(self.0))
    }
}

impl ser::SerializeTuple for Items {
    type Ok = Value;
    type Error = NoForm;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), NoForm> {
        self.add(item)
    }

    fn end(self) -> Result<Value, NoForm> {
        Ok(python::list(self.0))
    }
}

impl ser::SerializeTupleStruct for Items {
    type Ok = Value;
    type Error = NoForm;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), NoForm> {
        self.add(item)
    }

    fn end(self) -> Result<Value, NoForm> {
        Ok(python::list(self.0))
    }
}

/// The entries of a mapping so far, and the key whose value comes next.
struct Pairs {
    pairs: Vec<(Value, Value)>,
    key: Value,
}

impl Pairs {
    fn end(self) -> Result<Value, NoForm> {
        python::dict_of(self.pairs).map_err(|_| NoForm)
    }
}

impl ser::SerializeMap for Pairs {
    type Ok = Value;
    type Error = NoForm;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NoForm> {
        self.key = key.serialize(Maker)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoForm> {
        let key = std::mem::take(&mut self.key);
        self.pairs.push((key, value.serialize(Maker)?));
        Ok(())
    }

    fn end(self) -> Result<Value, NoForm> {
        self.end()
    }
}

impl ser::SerializeStruct for Pairs {
    type Ok = Value;
    type Error = NoForm;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), NoForm> {
        self.pairs.push((Value::from(key), value.serialize(Maker)?));
        Ok(())
    }

    fn end(self) -> Result<Value, NoForm> {
        self.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;
    use serde_json::json;

    use super::from_serialize;
    use crate::jinja::{from_json, python};

    #[derive(Serialize)]
    struct Form {
        name: &'static str,
        nothing: Option<u8>,
        some: Option<f64>,
        counts: BTreeMap<&'static str, (u64, i32)>,
        unit: (),
    }

    #[test]
    fn a_value_is_the_same_as_by_way_of_json() {
        let form = Form {
            name: "é",
            nothing: None,
            some: Some(1.0),
            counts: BTreeMap::from([("a", (u64::MAX, -1)), ("b", (2, 3))]),
            unit: (),
        };
        let other = json!({"z": [1, null, {"y": f64::MAX}], "a": true, "text": "x", "m": {}});
        for (straight, json) in [
            (from_serialize(&form), serde_json::to_value(&form).unwrap()),
            (from_serialize(&other), other.clone()),
        ] {
            let straight = straight.expect("a value");
            let by_json = from_json(&json);
            assert_eq!(
                python::repr(&straight).unwrap(),
                python::repr(&by_json).unwrap()
            );
        }
    }
}
