//! What columns tell about patients, for the page: of each the last step of its way, so that
//! a reader can go back to where it is declared, and which promises hold.

use std::collections::HashMap;

use super::payload::{
    Breach, Detail, Form, Kind, Node, Origin, Place, PromiseKept, Sensitivity, Told,
};
use crate::phi::{self, Broken, Class, Examined, Fact, Level, Part, Promiser, Step};

#[cfg(test)]
mod tests;

/// Reads what a property file says that a column holds.
pub(super) fn declared(kinds: &str) -> Vec<Told> {
    let words = kinds.split(',').map(str::trim);
    // `phi: false` says that somebody looked, and that there is none.
    let words = words.filter(|word| !word.is_empty() && !matches!(*word, "no" | "none"));
    let told = words.map(|word| Told {
        kind: phi::Kind::of(word).map_or_else(|| word.to_owned(), |kind| kind.as_str().to_owned()),
        form: Form::Plain,
        from: None,
    });
    told.collect()
}

/// Sums up what a node tells, when there is something to say.
pub(super) fn summary(detail: &Detail) -> Option<Sensitivity> {
    let columns = detail
        .columns
        .iter()
        .filter(|column| !column.phi.is_empty());
    let columns = columns.count();
    let of_columns = detail.columns.iter().flat_map(|column| &column.phi);
    let all = of_columns
        .chain(&detail.phi_rows)
        .chain(&detail.phi_unlisted);
    let mut kinds: Vec<String> = all.clone().map(|told| told.kind.clone()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let form = all.map(|told| told.form).min();
    let promises = detail.promises.iter();
    let kept = (!detail.promises.is_empty()).then(|| promises.clone().all(|p| p.broken.is_empty()));
    (form.is_some() || kept.is_some()).then(|| Sensitivity {
        columns: u32::try_from(columns).unwrap_or(u32::MAX),
        kinds,
        form,
        kept,
    })
}

/// Tells of every node what was found out about it. `parents` are what each node depends on.
pub(super) fn tell(examined: &Examined, parents: &[&[u32]], nodes: &mut [Node]) {
    let positions: HashMap<String, u32> = (0..)
        .zip(&*nodes)
        .map(|(i, node)| (node.entry.id.clone(), i))
        .collect();
    let page = Page {
        examined,
        positions,
        steps: examined.ways().spread(&|fact| is_shown(examined, fact)),
    };
    for node in &mut *nodes {
        if let Some(number) = examined.lineage.number(&node.entry.id)
            && !node.entry.hidden
        {
            page.classes(number, &mut node.detail);
        }
    }
    page.promises(nodes);
    for node in &mut *nodes {
        node.entry.phi = summary(&node.detail);
    }
    exposures(parents, nodes);
}

/// What only decided about rows is told where that breaks a promise.
fn is_shown(examined: &Examined, (_, level): Fact) -> bool {
    level != Level::Touched || examined.settings.breaks_on_indirect
}

/// An exposure tells what it is made of.
fn exposures(parents: &[&[u32]], nodes: &mut [Node]) {
    for i in 0..nodes.len() {
        if nodes[i].entry.kind != Kind::Exposure {
            continue;
        }
        let mut own = nodes[i].entry.phi.clone().unwrap_or_default();
        let read = parents[i].iter().filter_map(|at| nodes.get(*at as usize));
        for read in read.filter_map(|node| node.entry.phi.as_ref()) {
            own.kinds.extend(read.kinds.iter().cloned());
            own.form = [own.form, read.form].into_iter().flatten().min();
        }
        own.kinds.sort_unstable();
        own.kinds.dedup();
        nodes[i].entry.phi = (own.form.is_some() || own.kept.is_some()).then_some(own);
    }
}

struct Page<'e> {
    examined: &'e Examined,
    positions: HashMap<String, u32>,
    /// The last step of everything that is told and not declared where it is.
    steps: HashMap<(Part, Fact), Step<'e>>,
}

impl Page<'_> {
    fn classes(&self, number: u32, detail: &mut Detail) {
        let Examined {
            lineage, classes, ..
        } = self.examined;
        let dataset = &lineage.datasets[number as usize];
        let unlisted = self.told(Part::Unlisted(number), classes.of_unlisted(number));
        for column in &mut detail.columns {
            // What the lineage does not list may be anything that it knows of the others.
            column.phi = match lineage.column_id(&dataset.id, &column.name) {
                Some(id) => self.told(Part::Column(id), classes.of(id)),
                None => unlisted.clone(),
            };
        }
        detail.phi_rows = self.told(Part::Rows(number), classes.of_rows(number));
        detail.phi_unlisted = unlisted;
    }

    fn told(&self, part: Part, class: Class) -> Vec<Told> {
        let facts = class.facts().filter(|fact| is_shown(self.examined, *fact));
        facts.map(|fact| self.one(part, fact)).collect()
    }

    fn one(&self, part: Part, fact: Fact) -> Told {
        let (kind, level) = fact;
        Told {
            kind: kind.as_str().to_owned(),
            form: level.into(),
            from: self
                .steps
                .get(&(part, fact))
                .and_then(|step| self.origin(step)),
        }
    }

    fn origin(&self, step: &Step<'_>) -> Option<Origin> {
        let transforms = &self.examined.settings.transforms;
        let passed = step.edge.map(|edge| transforms.passed(edge.mark.passed));
        Some(Origin {
            place: self.place(step.from)?,
            form: step.before.1.into(),
            kind: step.edge.map(|edge| edge.kind.as_str()),
            via: passed
                .into_iter()
                .flatten()
                .map(|t| t.name.clone())
                .collect(),
        })
    }

    fn place(&self, part: Part) -> Option<Place> {
        let lineage = &self.examined.lineage;
        let column = match part {
            Part::Column(id) => Some(lineage.column(id).name.to_string()),
            Part::Rows(_) | Part::Unlisted(_) => None,
        };
        Some(Place {
            node: *self
                .positions
                .get(&*lineage.datasets[part.table() as usize].id)?,
            column,
            rows: matches!(part, Part::Rows(_)),
        })
    }

    fn promises(&self, nodes: &mut [Node]) {
        let broken = self.examined.broken();
        for promise in &self.examined.declared.promises {
            let node = match &promise.by {
                Promiser::Node(_) => promise
                    .tables
                    .first()
                    .and_then(|id| self.positions.get(&**id))
                    .and_then(|at| nodes.get_mut(*at as usize)),
                Promiser::Exposure(name) => nodes
                    .iter_mut()
                    .find(|node| node.entry.kind == Kind::Exposure && node.entry.name == *name),
            };
            let Some(node) = node.filter(|node| !node.entry.hidden) else {
                continue;
            };
            let own = broken.iter().filter(|b| std::ptr::eq(b.promise, promise));
            node.detail.promises.push(PromiseKept {
                strength: promise.strength.as_str(),
                column: promise.column.clone(),
                at: promise.place.file_line(),
                broken: own.filter_map(|broken| self.breach(broken)).collect(),
            });
        }
    }

    fn breach(&self, broken: &Broken<'_>) -> Option<Breach> {
        let told = broken.facts.iter().map(|fact| self.one(broken.part, *fact));
        Some(Breach {
            place: self.place(broken.part)?,
            told: told.collect(),
        })
    }
}
