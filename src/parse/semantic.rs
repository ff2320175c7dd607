//! Metrics, semantic models and saved queries, in the form of dbt's manifest.
//!
//! Nothing here runs them: they are read so that other tools find them in the
//! manifest, and so that selection can follow them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ParseContext;
use super::columns::text_list;
use super::docs;
use super::draft::fqn;
use super::exposure::{duplicate, property_config};
use super::metric_rules;
use super::node::{IdMap, NodeConfig, RefArgs, ResourceType, SemanticDefinition, UniqueId};
use super::properties::PackageProperties;
use super::python_text::py_str;
use crate::config::properties::{Name, SemanticProperties};
use crate::diagnostics::Diagnostic;
use crate::jinja::extract;

/// Everything of the semantic layer.
#[derive(Debug, Default)]
pub(super) struct SemanticLayer {
    pub metrics: Vec<SemanticDefinition>,
    pub semantic_models: Vec<SemanticDefinition>,
    pub saved_queries: Vec<SemanticDefinition>,
}

/// Makes all metrics, semantic models and saved queries.
pub(super) fn read(
    cx: &ParseContext<'_>,
    properties: &[Arc<PackageProperties>],
    found: &mut Vec<Diagnostic>,
) -> SemanticLayer {
    let mut metrics = Collected::new("metric");
    let mut models = Collected::new("semantic model");
    let mut queries = Collected::new("saved query");
    for from in properties {
        for entry in &from.properties.metrics {
            found.extend(metric_rules::check(from, entry));
            let made = metric(cx, from, entry, found);
            metrics.add(made, &entry.name, from, found);
        }
        for entry in &from.properties.semantic_models {
            let model = semantic_model(cx, from, entry, found);
            let measures = made_metrics(cx, from, entry, &model, found);
            models.add(model, &entry.name, from, found);
            for (name, metric) in measures {
                metrics.add(metric, &name, from, found);
            }
        }
        for entry in &from.properties.saved_queries {
            let made = saved_query(cx, from, entry, found);
            queries.add(made, &entry.name, from, found);
        }
    }
    SemanticLayer {
        metrics: metrics.made.into_values().collect(),
        semantic_models: models.made.into_values().collect(),
        saved_queries: queries.made.into_values().collect(),
    }
}

struct Collected {
    kind: &'static str,
    made: IdMap<SemanticDefinition>,
}

impl Collected {
    fn new(kind: &'static str) -> Self {
        Self {
            kind,
            made: IdMap::default(),
        }
    }

    fn add(
        &mut self,
        definition: SemanticDefinition,
        name: &Name,
        from: &PackageProperties,
        found: &mut Vec<Diagnostic>,
    ) {
        if let Some(first) = self.made.get(&definition.unique_id) {
            let place = Some((&first.file, &first.span));
            found.push(duplicate(self.kind, name, from, place));
            return;
        }
        self.made.insert(definition.unique_id.clone(), definition);
    }
}

fn definition(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    entry: &SemanticProperties,
    resource_type: ResourceType,
    config: &Map<String, Value>,
    found: &mut Vec<Diagnostic>,
) -> SemanticDefinition {
    let package = &from.package;
    let name = &entry.name;
    let fqn = fqn(package, &from.path, &name.text);
    let merged = property_config(cx, from, resource_type, name, &fqn, config, found);
    let kind = resource_type.as_str();
    let mut body = Map::new();
    body.insert(
        "unrendered_config".to_owned(),
        Value::Object(merged.unrendered.to_map()),
    );
    SemanticDefinition {
        unique_id: UniqueId::from(format!("{kind}.{package}.{}", name.text)),
        resource_type,
        package_name: Arc::clone(package),
        name: name.text.clone(),
        path: from.path.clone(),
        original_file_path: from.original_file_path.clone(),
        file: Arc::clone(&from.properties.file),
        span: entry.span.clone(),
        fqn,
        config: NodeConfig(merged.config),
        refs: Vec::new(),
        metrics: Vec::new(),
        depends_on_macros: Vec::new(),
        depends_on_nodes: Vec::new(),
        created_at: cx.created_at,
        body,
    }
}

/// Renders a description of an entry.
fn describe(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    entry: &SemanticProperties,
    description: Option<&str>,
    found: &mut Vec<Diagnostic>,
) -> Option<String> {
    let place = (&from.properties.file, &entry.description_span);
    let described = docs::describe(cx, &from.package, description?, place, found);
    Some(described.text)
}

/// Puts filters into dbt's form, however they are written.
fn filters(filter: Option<&Value>) -> Value {
    let texts = text_list(filter);
    match filter {
        None | Some(Value::Null) => Value::Null,
        _ => {
            let filters: Vec<Value> = texts
                .into_iter()
                .map(|text| json!({"where_sql_template": text}))
                .collect();
            json!({"where_filters": filters})
        }
    }
}

/// What one row of time may stand for, the least first.
pub const GRANULARITIES: [&str; 11] = [
    "nanosecond",
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
];

/// Reads `7 days` as a count and a granularity.
fn window(
    value: Option<&Value>,
    from: &PackageProperties,
    entry: &SemanticProperties,
    found: &mut Vec<Diagnostic>,
) -> Value {
    let Some(text) = value.filter(|v| !v.is_null()).map(py_str) else {
        return Value::Null;
    };
    let lower = text.to_lowercase();
    let parts = lower.split_once(' ').and_then(|(count, granularity)| {
        let count: i64 = count.parse().ok()?;
        (!granularity.contains(' ')).then_some((count, granularity))
    });
    let Some((count, granularity)) = parts else {
        let title = format!(
            "window `{text}` of metric `{}` is not valid",
            entry.name.text
        );
        found.push(
            Diagnostic::error("invalid-metric", title)
                .at(
                    &from.properties.file,
                    entry.name.span.clone(),
                    "in this metric",
                )
                .hint("write a number and a granularity, such as `28 days`"),
        );
        return Value::Null;
    };
    let singular = granularity
        .strip_suffix('s')
        .filter(|s| GRANULARITIES.contains(s));
    json!({"count": count, "granularity": singular.unwrap_or(granularity)})
}

/// Puts a measure that a metric uses into dbt's form.
fn input_measure(value: Option<&Value>) -> Value {
    let base = |name: Value| {
        json!({
            "name": name,
            "filter": null,
            "alias": null,
            "join_to_timespine": false,
            "fill_nulls_with": null,
        })
    };
    match value {
        None | Some(Value::Null) => Value::Null,
        Some(Value::Object(map)) => {
            let mut measure = base(map.get("name").cloned().unwrap_or_default());
            measure["filter"] = filters(map.get("filter"));
            for key in ["alias", "join_to_timespine", "fill_nulls_with"] {
                if let Some(value) = map.get(key) {
                    measure[key] = value.clone();
                }
            }
            measure
        }
        Some(name) => base(name.clone()),
    }
}

struct MetricReader<'a, 'f> {
    from: &'a PackageProperties,
    entry: &'a SemanticProperties,
    found: &'f mut Vec<Diagnostic>,
}

impl MetricReader<'_, '_> {
    fn window(&mut self, value: Option<&Value>) -> Value {
        window(value, self.from, self.entry, self.found)
    }

    /// Puts a metric that a metric uses into dbt's form.
    fn input_metric(&mut self, value: Option<&Value>) -> Value {
        match value {
            None | Some(Value::Null) => Value::Null,
            Some(Value::Object(map)) => json!({
                "name": map.get("name"),
                "filter": filters(map.get("filter")),
                "alias": map.get("alias"),
                "offset_window": self.window(map.get("offset_window")),
                "offset_to_grain": map.get("offset_to_grain"),
            }),
            Some(name) => json!({
                "name": name,
                "filter": null,
                "alias": null,
                "offset_window": null,
                "offset_to_grain": null,
            }),
        }
    }

    fn type_params(&mut self, kind: &str, params: &Map<String, Value>) -> Value {
        let metrics = params.get("metrics").and_then(Value::as_array);
        let metrics: Vec<Value> = metrics
            .into_iter()
            .flatten()
            .map(|metric| self.input_metric(Some(metric)))
            .collect();
        let expr = params.get("expr").filter(|v| !v.is_null()).map(py_str);
        json!({
            "measure": input_measure(params.get("measure")),
            "input_measures": [],
            "numerator": self.input_metric(params.get("numerator")),
            "denominator": self.input_metric(params.get("denominator")),
            "expr": expr,
            "window": self.window(params.get("window")),
            "grain_to_date": params.get("grain_to_date"),
            "metrics": metrics,
            "conversion_type_params": self.conversion(params.get("conversion_type_params")),
            "cumulative_type_params": self.cumulative(kind, params),
            "metric_aggregation_params": null,
        })
    }

    fn conversion(&mut self, params: Option<&Value>) -> Value {
        let Some(Value::Object(params)) = params else {
            return Value::Null;
        };
        let calculation = params.get("calculation").cloned();
        json!({
            "base_measure": input_measure(params.get("base_measure")),
            "conversion_measure": input_measure(params.get("conversion_measure")),
            "entity": params.get("entity"),
            "calculation": calculation.unwrap_or_else(|| "conversion_rate".into()),
            "window": self.window(params.get("window")),
            "constant_properties": params.get("constant_properties"),
        })
    }

    fn cumulative(&mut self, kind: &str, params: &Map<String, Value>) -> Value {
        if !kind.eq_ignore_ascii_case("cumulative") {
            return Value::Null;
        }
        let own = params
            .get("cumulative_type_params")
            .and_then(Value::as_object);
        let said = |key: &str| {
            own.and_then(|own| own.get(key))
                .filter(|v| !v.is_null())
                .or_else(|| params.get(key))
        };
        let period = own.and_then(|own| own.get("period_agg")).cloned();
        json!({
            "window": self.window(said("window")),
            "grain_to_date": said("grain_to_date"),
            "period_agg": period.unwrap_or_else(|| "first".into()),
            "metric": null,
        })
    }
}

fn metric(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    entry: &SemanticProperties,
    found: &mut Vec<Diagnostic>,
) -> SemanticDefinition {
    let mut made = definition(cx, from, entry, ResourceType::Metric, &entry.config, found);
    let get = |key: &str| entry.body.get(key).cloned().unwrap_or_default();
    let kind = entry
        .body
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let params = entry.body.get("type_params").and_then(Value::as_object);
    let empty = Map::new();
    let mut reader = MetricReader { from, entry, found };
    let type_params = reader.type_params(kind, params.unwrap_or(&empty));
    let description = entry.description.as_deref().unwrap_or_default();
    let description = if made.config.is_enabled() {
        describe(cx, from, entry, Some(description), found)
    } else {
        Some(description.to_owned())
    };
    let mut meta = entry
        .body
        .get("meta")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    if let Some(config_meta) = made.config.meta().filter(|m| !m.is_empty()) {
        meta.clone_from(config_meta);
    }
    let tags = entry.body.get("tags").cloned().unwrap_or_else(|| json!([]));
    let group = made.config.get("group").cloned().unwrap_or_default();
    let body = [
        ("description", Value::from(description)),
        ("label", Value::from(entry.label.clone())),
        ("type", Value::from(kind.to_lowercase())),
        ("type_params", type_params),
        ("filter", filters(entry.body.get("filter"))),
        ("metadata", Value::Null),
        ("time_granularity", get("time_granularity")),
        ("meta", Value::Object(meta)),
        ("tags", tags),
        ("sources", json!([])),
        ("group", group),
    ];
    made.body
        .extend(body.map(|(key, value)| (key.to_owned(), value)));
    made
}

/// Fills in a mapping's keys in order: what is written, or else the default.
fn with_defaults(written: &Value, defaults: Value) -> Value {
    let mut full = defaults;
    if let (Value::Object(full), Value::Object(written)) = (&mut full, written) {
        for (key, value) in full.iter_mut() {
            if let Some(said) = written.get(key) {
                *value = said.clone();
            }
        }
    }
    full
}

/// Returns an element's meta: that of its model, and its own over it.
fn element_config(element: &Value, model: &NodeConfig) -> Value {
    let mut meta = model.meta().cloned().unwrap_or_default();
    let own = element.get("config").and_then(|c| c.get("meta"));
    meta.extend(own.and_then(Value::as_object).cloned().unwrap_or_default());
    json!({"meta": meta})
}

fn elements<'e>(entry: &'e SemanticProperties, key: &str) -> impl Iterator<Item = &'e Value> {
    let list = entry.body.get(key).and_then(Value::as_array);
    list.map_or(&[][..], Vec::as_slice).iter()
}

fn text_or_null(value: &mut Value) {
    if !value.is_null() {
        *value = Value::from(py_str(value));
    }
}

fn semantic_model(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    entry: &SemanticProperties,
    found: &mut Vec<Diagnostic>,
) -> SemanticDefinition {
    let kind = ResourceType::SemanticModel;
    let mut made = definition(cx, from, entry, kind, &entry.config, found);
    let is_enabled = made.config.is_enabled();
    let described = |value: &Value, found: &mut Vec<Diagnostic>| {
        let text = value.get("description").and_then(Value::as_str);
        let rendered = if is_enabled {
            describe(cx, from, entry, text, found)
        } else {
            text.map(str::to_owned)
        };
        Value::from(rendered)
    };
    let mut entities = Vec::new();
    for element in elements(entry, "entities") {
        let mut full = with_defaults(
            element,
            json!({"name": null, "type": null, "description": null, "label": null, "role": null,
                   "expr": null, "config": null}),
        );
        full["description"] = described(element, found);
        full["config"] = element_config(element, &made.config);
        entities.push(full);
    }
    let mut measures = Vec::new();
    for element in elements(entry, "measures") {
        let mut full = with_defaults(
            element,
            json!({"name": null, "agg": null, "description": null, "label": null,
                   "create_metric": false, "expr": null, "agg_params": null,
                   "non_additive_dimension": null, "agg_time_dimension": null, "config": null}),
        );
        // dbt does not copy the switch; the metric that it asks for is made.
        full["create_metric"] = Value::Bool(false);
        text_or_null(&mut full["expr"]);
        full["description"] = described(element, found);
        full["config"] = element_config(element, &made.config);
        if let Some(params) = element.get("agg_params").filter(|p| p.is_object()) {
            full["agg_params"] = with_defaults(
                params,
                json!({"percentile": null, "use_discrete_percentile": false,
                       "use_approximate_percentile": false}),
            );
        }
        if let Some(other) = element
            .get("non_additive_dimension")
            .filter(|p| p.is_object())
        {
            full["non_additive_dimension"] = with_defaults(
                other,
                json!({"name": null, "window_choice": null, "window_groupings": []}),
            );
        }
        measures.push(full);
    }
    let mut dimensions = Vec::new();
    for element in elements(entry, "dimensions") {
        let mut full = with_defaults(
            element,
            json!({"name": null, "type": null, "description": null, "label": null,
                   "is_partition": false, "type_params": null, "expr": null, "metadata": null,
                   "config": null}),
        );
        full["description"] = described(element, found);
        full["config"] = element_config(element, &made.config);
        if let Some(params) = element.get("type_params").filter(|p| p.is_object()) {
            full["type_params"] = with_defaults(
                params,
                json!({"time_granularity": null, "validity_params": null}),
            );
        }
        dimensions.push(full);
    }
    let model = entry
        .body
        .get("model")
        .and_then(Value::as_str)
        .unwrap_or_default();
    made.refs = model_refs(from, entry, model, found);
    let defaults = entry.body.get("defaults").filter(|d| d.is_object());
    let defaults = defaults.map(|d| with_defaults(d, json!({"agg_time_dimension": null})));
    let description = if is_enabled {
        describe(cx, from, entry, entry.description.as_deref(), found)
    } else {
        entry.description.clone()
    };
    let group = made.config.get("group").cloned().unwrap_or_default();
    let body = [
        ("model", Value::from(model)),
        ("node_relation", Value::Null),
        ("description", Value::from(description)),
        ("label", Value::from(entry.label.clone())),
        ("defaults", defaults.unwrap_or_default()),
        ("entities", entities.into()),
        ("measures", measures.into()),
        ("dimensions", dimensions.into()),
        ("metadata", Value::Null),
        (
            "primary_entity",
            entry
                .body
                .get("primary_entity")
                .cloned()
                .unwrap_or_default(),
        ),
        ("group", group),
    ];
    made.body
        .extend(body.map(|(key, value)| (key.to_owned(), value)));
    made
}

/// Reads the `ref('...')` that says which model a semantic model is over.
fn model_refs(
    from: &PackageProperties,
    entry: &SemanticProperties,
    model: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<RefArgs> {
    let calls = extract(&format!("{{{{ {model} }}}}")).unwrap_or_default();
    if calls.refs.is_empty() {
        let title = format!(
            "semantic model `{}` is over `{model}`, which is no ref",
            entry.name.text
        );
        found.push(
            Diagnostic::error("invalid-semantic-model", title)
                .at(
                    &from.properties.file,
                    entry.name.span.clone(),
                    "in this semantic model",
                )
                .hint("write `model: ref('model')`"),
        );
    }
    calls
        .refs
        .into_iter()
        .map(|call| RefArgs {
            name: call.name,
            package: call.package,
            version: call.version,
        })
        .collect()
}

/// Makes the metrics that measures ask for by `create_metric: true`.
fn made_metrics(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    entry: &SemanticProperties,
    model: &SemanticDefinition,
    found: &mut Vec<Diagnostic>,
) -> Vec<(Name, SemanticDefinition)> {
    let mut made = Vec::new();
    for measure in elements(entry, "measures") {
        if measure.get("create_metric") != Some(&Value::Bool(true)) {
            continue;
        }
        let text = |key: &str| measure.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = text("name").unwrap_or_default();
        let expr = measure
            .get("expr")
            .filter(|v| !v.is_null())
            .map_or_else(|| name.clone(), py_str);
        let meta = model.config.meta().cloned().unwrap_or_default();
        let config = Map::from_iter([
            ("enabled".to_owned(), Value::Bool(model.config.is_enabled())),
            ("meta".to_owned(), Value::Object(meta)),
        ]);
        let body = Map::from_iter([
            ("type".to_owned(), Value::from("simple")),
            (
                "type_params".to_owned(),
                json!({"measure": name, "expr": expr}),
            ),
        ]);
        let description = text("description");
        let properties = SemanticProperties {
            name: Name {
                text: name.clone(),
                span: entry.name.span.clone(),
            },
            span: entry.span.clone(),
            description_span: entry.span.clone(),
            description: description
                .or_else(|| Some(format!("Metric created from measure {name}"))),
            label: text("label").or_else(|| Some(name.clone())),
            config,
            body,
        };
        let metric = metric(cx, from, &properties, found);
        made.push((properties.name, metric));
    }
    made
}

fn saved_query(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    entry: &SemanticProperties,
    found: &mut Vec<Diagnostic>,
) -> SemanticDefinition {
    let mut made = definition(
        cx,
        from,
        entry,
        ResourceType::SavedQuery,
        &entry.config,
        found,
    );
    let empty = json!({});
    let params = entry.body.get("query_params").unwrap_or(&empty);
    let list = |key: &str| params.get(key).filter(|v| v.is_array()).cloned();
    let query_params = json!({
        "metrics": list("metrics").unwrap_or_else(|| json!([])),
        "group_by": list("group_by").unwrap_or_else(|| json!([])),
        "where": filters(params.get("where")),
        "order_by": list("order_by").unwrap_or_else(|| json!([])),
        "limit": params.get("limit"),
    });
    made.metrics = text_list(params.get("metrics"))
        .into_iter()
        .map(|m| vec![m])
        .collect();
    let exports: Vec<Value> = elements(entry, "exports")
        .map(|export| self::export(cx, export, &made.config))
        .collect();
    let mut tags = text_list(entry.body.get("tags"));
    tags.extend(made.config.tags().into_iter().map(str::to_owned));
    tags.sort_unstable();
    tags.dedup();
    let description = if made.config.is_enabled() {
        describe(cx, from, entry, entry.description.as_deref(), found)
    } else {
        entry.description.clone()
    };
    let group = made.config.get("group").cloned().unwrap_or_default();
    let body = [
        ("query_params", query_params),
        ("exports", exports.into()),
        ("description", Value::from(description)),
        ("label", Value::from(entry.label.clone())),
        ("metadata", Value::Null),
        ("group", group),
        ("tags", tags.into()),
    ];
    made.body
        .extend(body.map(|(key, value)| (key.to_owned(), value)));
    made
}

/// Puts an export of a saved query into dbt's form.
fn export(cx: &ParseContext<'_>, export: &Value, query: &NodeConfig) -> Value {
    let own = export
        .get("config")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let said = |key: &str| {
        own.get(key)
            .or_else(|| query.get(key))
            .filter(|v| !v.is_null())
            .cloned()
    };
    let name = export.get("name").cloned().unwrap_or_default();
    // The names are those that the shipped macros would make, except that a
    // schema is taken as it is written.
    let schema = said("schema_name").or_else(|| said("schema"));
    json!({
        "name": name,
        "config": {
            "export_as": said("export_as"),
            "schema_name": schema.unwrap_or_else(|| cx.default_schema.clone().into()),
            "alias": said("alias").unwrap_or_else(|| name.clone()),
            "database": said("database").unwrap_or_else(|| cx.default_database.clone().into()),
        },
        "unrendered_config": own,
    })
}
