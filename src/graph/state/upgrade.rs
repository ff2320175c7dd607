//! Brings manifests of earlier dbt versions into the form of today's, as far
//! as comparing and deferring look at them.

use serde_json::{Map, Value, json};

/// The last version whose metrics have another form.
const LAST_WITH_OLD_METRICS: u32 = 9;

/// Upgrades a manifest of a schema version.
pub(super) fn upgrade(manifest: &mut Value, version: u32) {
    let Some(sections) = manifest.as_object_mut() else {
        return;
    };
    // dbt forgets them as well: they count as new.
    if version <= LAST_WITH_OLD_METRICS {
        sections.insert("metrics".to_owned(), json!({}));
    }
    for section in ["nodes", "exposures", "metrics"] {
        let Some(Value::Object(resources)) = sections.get_mut(section) else {
            continue;
        };
        for resource in resources.values_mut().filter_map(Value::as_object_mut) {
            rename(resource, "raw_sql", "raw_code");
            rename(resource, "compiled_sql", "compiled_code");
            upgrade_refs(resource);
        }
    }
}

fn rename(resource: &mut Map<String, Value>, old: &str, new: &str) {
    if let Some(value) = resource.remove(old) {
        resource.entry(new).or_insert(value);
    }
}

/// Refs were once lists of names, `[package, model]` or `[model]`.
fn upgrade_refs(resource: &mut Map<String, Value>) {
    let Some(Value::Array(refs)) = resource.get_mut("refs") else {
        return;
    };
    for written in refs {
        let (package, name) = match written.as_array().map(Vec::as_slice) {
            Some([name]) => (Value::Null, name.clone()),
            Some([package, name, ..]) => (package.clone(), name.clone()),
            _ => continue,
        };
        *written = json!({"name": name, "package": package, "version": null});
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::upgrade;

    #[test]
    fn an_old_manifest_gets_todays_names() {
        let mut manifest = json!({
            "nodes": {"model.p.a": {
                "raw_sql": "select 1",
                "refs": [["b"], ["q", "c"]],
            }},
            "metrics": {"metric.p.m": {}},
        });
        upgrade(&mut manifest, 4);
        assert_eq!(
            manifest,
            json!({
                "nodes": {"model.p.a": {
                    "raw_code": "select 1",
                    "refs": [
                        {"name": "b", "package": null, "version": null},
                        {"name": "c", "package": "q", "version": null},
                    ],
                }},
                "metrics": {},
            })
        );
    }
}
