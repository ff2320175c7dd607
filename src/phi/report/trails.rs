//! The ways from declared columns to what is promised, also where nothing of
//! them is left.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Value, json};

use super::{at, facts};
use crate::lineage::{ColumnId, Edge};
use crate::phi::declared::FilePlace;
use crate::phi::examine::Examined;
use crate::phi::explain::{Places, part_name};
use crate::phi::promise::Part;

/// Returns, for each promised column, a shortest way from each declared column
/// whose values go into it.
pub fn trails(examined: &Examined, places: &dyn Places) -> Vec<Value> {
    let lineage = &examined.lineage;
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for promise in &examined.declared.promises {
        for table in &promise.tables {
            let Some(number) = lineage.number(table) else {
                continue;
            };
            for column in 0..lineage.datasets[number as usize].columns.len() as u32 {
                let goal = ColumnId {
                    dataset: number,
                    column,
                };
                if seen.insert(goal) {
                    of_column(examined, places, goal, &mut all);
                }
            }
        }
    }
    all
}

fn of_column(examined: &Examined, places: &dyn Places, goal: ColumnId, all: &mut Vec<Value>) {
    let lineage = &examined.lineage;
    let mut next: HashMap<ColumnId, (ColumnId, &Edge)> = HashMap::new();
    let mut waiting = VecDeque::from([goal]);
    let mut seen = HashSet::from([goal]);
    while let Some(here) = waiting.pop_front() {
        let name = &lineage.column(here).name;
        let declaration = examined
            .declared
            .of_column(&lineage.table_of(here).id, name);
        if let Some(declaration) = declaration.filter(|d| !d.kinds.is_empty()) {
            let mut steps = Vec::new();
            let mut step = here;
            while step != goal
                && let Some((to, edge)) = next.get(&step)
            {
                steps.push(told(examined, places, *to, edge));
                step = *to;
            }
            let kinds = declaration.kinds.iter().map(|kind| kind.as_str());
            all.push(json!({
                "to": part_name(lineage, Part::Column(goal)),
                "from": part_name(lineage, Part::Column(here)),
                "kinds": kinds.collect::<Vec<_>>(),
                "declared_at": at(&declaration.place),
                "steps": steps,
                "left": facts(examined.classes.of(goal)),
            }));
        }
        for edge in &lineage.column(here).inputs {
            if edge.kind.is_direct() && seen.insert(edge.source) {
                next.insert(edge.source, (here, edge));
                waiting.push_back(edge.source);
            }
        }
    }
}

fn told(examined: &Examined, places: &dyn Places, to: ColumnId, edge: &Edge) -> Value {
    let lineage = &examined.lineage;
    let node = &lineage.table_of(to).id;
    let place = edge.places.last().cloned();
    let place = place.and_then(|range| places.of_sql(node, range));
    let named = || places.of_name(node, &lineage.column(to).name);
    let place = place.or_else(named).or_else(|| places.of_node(node));
    let passed = examined.settings.transforms.passed(edge.mark.passed);
    json!({
        "to": part_name(lineage, Part::Column(to)),
        "kind": edge.kind.as_str(),
        "transforms": passed.map(|t| json!({"name": t.name, "reason": t.reason})).collect::<Vec<_>>(),
        "at": place.map(|(file, range)| at(&FilePlace { file, range })),
    })
}
