//! How many patients each step of a cohort model keeps: each common table
//! expression, and within it each join, the filter, and what comes after.
//!
//! A step is a query of its own, made of the model's parse tree: all that is
//! above it in the model, cut off after the step, and a count of the key in
//! place of what is selected. So the database counts, and nothing of the
//! model's text is read by rules of our own.

mod tree;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use tree::{described, is_select, joins, leftmost_name, text};

/// A query of which [`steps`] takes the form of a count. Its one column is the
/// key to count.
pub const COUNT_TEMPLATE: &str =
    "select count(distinct hcdbt_key) as patients from (select 1) as hcdbt_result";

/// A step of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The common table expression, or the model's own name for its last select.
    pub part: String,
    /// `from patients`, `inner join visits`, `where`, `result`.
    pub what: String,
    /// The parse tree of the query that counts.
    pub tree: Value,
}

/// A step with what was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub part: String,
    pub what: String,
    /// None where the key cannot be counted, with the reason.
    pub patients: Result<i64, String>,
    /// How many fewer than at the step before of the same part.
    pub lost: Option<i64>,
}

/// Cuts a model's parse tree into steps.
///
/// # Errors
///
/// The tree is not that of one query.
pub fn steps(
    tree: &Value,
    template: &Value,
    model: &str,
    key: &str,
) -> Result<Vec<Step>, &'static str> {
    let cutter = Cutter { template, key };
    let node = tree
        .pointer("/statements/0/node")
        .ok_or("it is not a query that selects")?;
    let empty = Vec::new();
    let ctes = node.pointer("/cte_map/map").and_then(Value::as_array);
    let ctes = ctes.unwrap_or(&empty);
    let mut steps = Vec::new();
    for (place, cte) in ctes.iter().enumerate() {
        let name = text(cte, "key");
        if let Some(body) = cte.pointer("/value/query/node") {
            cutter.within(name, body, &ctes[..place], &mut steps);
        }
        steps.push(Step {
            part: name.to_owned(),
            what: "result".to_owned(),
            tree: cutter.result_of_cte(name, &ctes[..=place]),
        });
    }
    cutter.within(model, node, ctes, &mut steps);
    steps.push(Step {
        part: model.to_owned(),
        what: "result".to_owned(),
        tree: cutter.result_of(node),
    });
    Ok(steps)
}

/// Puts counts to their steps, and how many were lost from one to the next.
pub fn counted(steps: &[Step], counts: Vec<Result<i64, String>>) -> Vec<Counted> {
    let mut out: Vec<Counted> = Vec::new();
    for (step, patients) in steps.iter().zip(counts) {
        let before = out
            .iter()
            .rev()
            .take_while(|earlier| earlier.part == step.part)
            .find_map(|earlier| earlier.patients.as_ref().ok());
        let lost = match (before, &patients) {
            (Some(before), Ok(now)) => Some(before - now),
            _ => None,
        };
        out.push(Counted {
            part: step.part.clone(),
            what: step.what.clone(),
            patients,
            lost,
        });
    }
    out
}

struct Cutter<'a> {
    template: &'a Value,
    key: &'a str,
}

impl Cutter<'_> {
    /// Adds the steps within a select: its first relation, each join, the filter.
    fn within(&self, part: &str, node: &Value, above: &[Value], steps: &mut Vec<Step>) {
        let from = &node["from_table"];
        if !is_select(node) || text(from, "type") == "EMPTY" {
            return;
        }
        let mut add = |what: String, from: &Value, filter: &Value| {
            steps.push(Step {
                part: part.to_owned(),
                what,
                tree: self.cut(node, above, from, filter),
            });
        };
        for relation in joins(from) {
            add(described(relation), relation, &Value::Null);
        }
        let filter = &node["where_clause"];
        if !filter.is_null() {
            add("where".to_owned(), from, filter);
        }
    }

    /// Counts the key of a select, of which only some relations are left.
    fn cut(&self, node: &Value, above: &[Value], from: &Value, filter: &Value) -> Value {
        let mut ctes = above.to_vec();
        let own = node.pointer("/cte_map/map").and_then(Value::as_array);
        // The last select's own expressions are those above it.
        let own = own.into_iter().flatten();
        ctes.extend(own.filter(|cte| !above.contains(cte)).cloned());
        let mut tree = self.template.clone();
        let count = &mut tree["statements"][0]["node"];
        count["from_table"] = from.clone();
        count["where_clause"] = filter.clone();
        count["cte_map"] = json!({"map": ctes});
        let mut names: Vec<&str> = leftmost_name(from).into_iter().collect();
        names.push(self.key);
        set_key(count, &names);
        tree
    }

    fn result_of_cte(&self, name: &str, ctes: &[Value]) -> Value {
        let mut tree = self.template.clone();
        let count = &mut tree["statements"][0]["node"];
        count["cte_map"] = json!({"map": ctes});
        let inner = &mut count["from_table"]["subquery"]["node"];
        let mut star = inner.clone();
        star["from_table"] = tree::named_relation(inner, name);
        star["select_list"] = json!([tree::star()]);
        *inner = star;
        set_key(count, &[self.key]);
        tree
    }

    fn result_of(&self, node: &Value) -> Value {
        let mut tree = self.template.clone();
        let count = &mut tree["statements"][0]["node"];
        count["from_table"]["subquery"]["node"] = node.clone();
        set_key(count, &[self.key]);
        tree
    }
}

/// Makes the count of the template one of this column.
fn set_key(count: &mut Value, names: &[&str]) {
    count["select_list"][0]["children"][0]["column_names"] = json!(names);
}
