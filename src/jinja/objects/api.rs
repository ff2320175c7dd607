//! `api.Relation` and `api.Column`: the classes, as templates use them.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use super::{column, relation};
use crate::jinja::function::{function, function_with};
use crate::jinja::python;

/// Makes `api`.
pub fn api() -> Value {
    api_quoting([true; 3])
}

/// The same, for a project whose `quoting` says which parts of names made
/// here are quoted: database, schema, identifier.
pub fn api_quoting(quote: [bool; 3]) -> Value {
    python::dict([
        ("Relation", Value::from_object(Class::Relation(quote))),
        (
            "Column",
            function_with("Column", column::init, |name| {
                Arc::new(Class::Column).get_value_by_str(name)
            }),
        ),
    ])
}

/// A class; calling it makes an object.
#[derive(Debug)]
enum Class {
    /// With the parts that are quoted.
    Relation([bool; 3]),
    Column,
}

impl Object for Class {
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
        Some(match (&**self, key) {
            (Self::Relation(quote), "create") => {
                let quote = *quote;
                function("create", move |call| relation::create(call, quote))
            }
            (Self::Relation(_), "add_ephemeral_prefix") => {
                function("add_ephemeral_prefix", relation::ephemeral_prefix)
            }
            (Self::Relation(_), "scd_args") => function("scd_args", relation::scd_args),
            (Self::Relation(_), "get_default_quote_policy" | "get_default_include_policy") => {
                function("policy", |_| {
                    let on = || Value::from(true);
                    Ok(python::dict([
                        ("database", on()),
                        ("schema", on()),
                        ("identifier", on()),
                    ]))
                })
            }
            (Self::Relation(_), _) => Value::from(relation::kind_constant(key)?.as_str()),
            (Self::Column, "create") => function("create", column::create),
            (Self::Column, "translate_type") => function("translate_type", column::translate_type),
            (Self::Column, "string_type") => function("string_type", column::string_type),
            (Self::Column, "numeric_type") => function("numeric_type", column::numeric_type_call),
            (Self::Column, "from_description") => {
                function("from_description", column::from_description)
            }
            _ => return None,
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}
