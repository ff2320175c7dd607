//! What `metric('name')` gives: a reference, and in the end the metric itself.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Object, ObjectRepr};
use serde_json::{Map, Value as Json};

use crate::jinja::function::function;
use crate::jinja::{from_json, python};

/// A metric as templates see it. Its text is its name.
#[derive(Debug)]
struct MetricObject {
    name: String,
    package: Option<String>,
    /// What the manifest has of it: nothing while the project is read.
    fields: Map<String, Json>,
    /// The metric and all that it is made of, as often as it is: name, whether
    /// it is made of other metrics, and how many steps away it is, from 1.
    upstream: Vec<Upstream>,
}

/// A metric that another is made of, or that metric itself.
#[derive(Debug, Clone)]
pub struct Upstream {
    pub name: String,
    pub is_derived: bool,
    pub depth: u32,
}

/// Makes what stands for a metric while the project is read.
pub fn metric_reference(name: String, package: Option<String>) -> Value {
    metric(name, package, Map::new(), Vec::new())
}

/// Makes a metric with what is known of it.
pub fn metric(
    name: String,
    package: Option<String>,
    fields: Map<String, Json>,
    upstream: Vec<Upstream>,
) -> Value {
    Value::from_object(MetricObject {
        name,
        package,
        fields,
        upstream,
    })
}

impl MetricObject {
    /// The names of the metrics upstream, each once.
    fn names(&self, is_wanted: impl Fn(&Upstream) -> bool) -> Value {
        let mut names: Vec<&str> = Vec::new();
        for metric in self.upstream.iter().filter(|metric| is_wanted(metric)) {
            if !names.contains(&metric.name.as_str()) {
                names.push(&metric.name);
            }
        }
        python::list(names.into_iter().map(Value::from).collect())
    }

    fn depths(&self) -> Value {
        let derived = self.upstream.iter().filter(|metric| metric.is_derived);
        let one = |metric: &Upstream| python::dict([(&*metric.name, Value::from(metric.depth))]);
        python::list(derived.map(one).collect())
    }
}

impl Object for MetricObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        match key {
            "metric_name" => return Some(Value::from(self.name.as_str())),
            "package_name" if self.fields.is_empty() => {
                let package = self.package.as_deref();
                return Some(package.map_or_else(python::none, Value::from));
            }
            _ => {}
        }
        if let Some(value) = self.fields.get(key) {
            return Some(from_json(value));
        }
        if self.upstream.is_empty() {
            return None;
        }
        let metric = Arc::clone(self);
        Some(match key {
            "full_metric_dependency" => {
                function(
                    "full_metric_dependency",
                    move |_| Ok(metric.names(|_| true)),
                )
            }
            "base_metric_dependency" => function("base_metric_dependency", move |_| {
                Ok(metric.names(|metric| !metric.is_derived))
            }),
            "derived_metric_dependency" => function("derived_metric_dependency", move |_| {
                Ok(metric.names(|metric| metric.is_derived))
            }),
            "derived_metric_dependency_depth" => {
                function("derived_metric_dependency_depth", move |_| {
                    Ok(metric.depths())
                })
            }
            _ => return None,
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
