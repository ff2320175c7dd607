//! A map that has most of its entries in common with others.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// An ordered map that keeps for itself only what sets it apart from another
/// one. A project's configs are like that: dbt's thirty keys for every node,
/// and one or two of them set by the node itself.
#[derive(Debug, Clone, Default)]
pub struct SharedMap {
    shared: Arc<Map<String, Value>>,
    /// First those that stand in place of a shared entry, then those that
    /// come after all shared ones; few.
    own: Option<Arc<Vec<(String, Value)>>>,
}

/// A map that differs by more is kept as a whole.
const MAX_OWN: usize = 8;

impl From<Map<String, Value>> for SharedMap {
    fn from(map: Map<String, Value>) -> Self {
        Self {
            shared: Arc::new(map),
            own: None,
        }
    }
}

impl SharedMap {
    /// Takes a map, and shares what is the same in another one.
    pub fn new(map: Map<String, Value>, like: &Self) -> Self {
        let shared = &like.shared;
        let begins_alike =
            map.len() >= shared.len() && map.keys().zip(shared.keys()).all(|(a, b)| a == b);
        let differs = |(i, (key, value)): &(usize, (&String, &Value))| {
            *i >= shared.len() || !shared.get(*key).is_some_and(|known| is_same(known, value))
        };
        if like.own.is_some()
            || !begins_alike
            || map.iter().enumerate().filter(differs).count() > MAX_OWN
        {
            return Self::from(map);
        }
        let mut own = Vec::new();
        for (i, (key, value)) in map.into_iter().enumerate() {
            if differs(&(i, (&key, &value))) {
                own.push((key, value));
            }
        }
        own.shrink_to_fit();
        Self {
            shared: Arc::clone(shared),
            own: (!own.is_empty()).then(|| Arc::new(own)),
        }
    }

    fn own(&self) -> &[(String, Value)] {
        self.own.as_deref().map_or(&[], Vec::as_slice)
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let own = self.own().iter().find(|(k, _)| k == key);
        own.map(|(_, value)| value).or_else(|| self.shared.get(key))
    }

    /// Tells whether there is such a key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Sets the value of a key, for this map alone.
    pub fn insert(&mut self, key: &str, value: Value) {
        let own = Arc::make_mut(self.own.get_or_insert_default());
        match own.iter_mut().find(|(k, _)| k == key) {
            Some((_, known)) => *known = value,
            None => own.push((key.to_owned(), value)),
        }
    }

    #[cfg(test)]
    pub fn entries_of_its_own(&self) -> usize {
        self.own().len()
    }

    #[cfg(test)]
    pub fn shares_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Lists the entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        let own = self.own();
        let shared = self.shared.iter().map(move |(key, value)| {
            let own = own.iter().find(|(k, _)| k == key);
            (key, own.map_or(value, |(_, value)| value))
        });
        let after = own.iter().filter(|(key, _)| !self.shared.contains_key(key));
        shared.chain(after.map(|(key, value)| (key, value)))
    }

    /// Gives up a map of its own.
    pub fn into_map(self) -> Map<String, Value> {
        if self.own.is_some() {
            return self.to_map();
        }
        Arc::try_unwrap(self.shared).unwrap_or_else(|shared| Map::clone(&shared))
    }

    /// Returns a map of its own.
    pub fn to_map(&self) -> Map<String, Value> {
        self.iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

/// Tells whether two values are the same to the order of their keys.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let mut pairs = a.iter().zip(b);
            a.len() == b.len() && pairs.all(|((k, a), (l, b))| k == l && is_same(a, b))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (a, b) => a == b,
    }
}

impl PartialEq for SharedMap {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Serialize for SharedMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::SharedMap;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn a_map_is_the_same_whether_it_shares_or_not() {
        let like = SharedMap::from(map(json!({"a": 1, "b": [{"x": 2, "y": 1}], "c": null})));
        let many: Map<String, Value> = (0..20).map(|i| (i.to_string(), json!(i))).collect();
        let maps = [
            map(json!({"a": 1, "b": [], "c": null})),
            map(json!({"a": 1, "b": ["x"], "c": null, "d": 2})),
            map(json!({"b": [], "a": 1, "c": null})),
            map(json!({"a": 1})),
            map(json!({"a": 1, "b": [{"y": 1, "x": 2}], "c": null})),
            many,
        ];
        for map in maps {
            let mut shared = SharedMap::new(map.clone(), &like);
            assert_eq!(json!(shared).to_string(), json!(map).to_string());
            assert_eq!(shared.get("b"), map.get("b"));
            let mut map = map;
            for key in ["e", "b", "e"] {
                shared.insert(key, json!("new"));
                map.insert(key.to_owned(), json!("new"));
            }
            assert_eq!(json!(shared).to_string(), json!(map).to_string());
        }
        assert_eq!(like.get("b"), Some(&json!([{"x": 2, "y": 1}])));
    }
}
