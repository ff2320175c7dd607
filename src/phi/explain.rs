//! Broken promises in words, with the way that led there.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use super::class::{Fact, Level};
use super::declared::{FilePlace, Promiser, Strength};
use super::examine::Examined;
use super::kind::Kind;
use super::path::Step;
use super::promise::{Broken, Part};
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::lineage::LineageGraph;

/// Where in the project's files things are.
pub trait Places {
    /// Returns the place of some bytes of a node's compiled SQL.
    fn of_sql(&self, node: &str, range: Range<u32>) -> Option<(Arc<SourceFile>, Range<usize>)>;
    /// Returns the place where a node's own file names a column.
    fn of_name(&self, node: &str, column: &str) -> Option<(Arc<SourceFile>, Range<usize>)>;
    /// Returns the place of a node as a whole.
    fn of_node(&self, node: &str) -> Option<(Arc<SourceFile>, Range<usize>)>;
}

/// So many ways are told of one column.
const WAYS: usize = 3;

/// Says what is wrong with each broken promise.
pub fn explain(examined: &Examined, places: &dyn Places) -> Vec<Diagnostic> {
    let broken = examined.broken();
    broken
        .iter()
        .map(|broken| told(examined, broken, places))
        .collect()
}

fn told(examined: &Examined, broken: &Broken<'_>, places: &dyn Places) -> Diagnostic {
    let graph = &examined.lineage;
    let ways = examined.ways();
    let all: Vec<(Fact, Vec<Step<'_>>)> = broken
        .facts
        .iter()
        .take(WAYS)
        .map(|fact| (*fact, ways.to(broken.part, *fact)))
        .collect();
    let holds = listed(&broken.facts);
    let promised = match (&broken.promise.by, broken.promise.strength) {
        (_, Strength::Pseudonymous) => "promised to be pseudonymous",
        (_, Strength::None) => "promised to hold no patient data",
    };
    let by = match &broken.promise.by {
        Promiser::Node(_) => String::new(),
        Promiser::Exposure(name) => format!(" by the exposure `{name}`"),
    };
    let title = match broken.part {
        Part::Column(_) => format!(
            "`{}` is {promised}{by}, but holds {holds}",
            part_name(graph, broken.part)
        ),
        Part::Rows(_) => format!(
            "`{}` is {promised}{by}, but {holds}",
            part_name(graph, broken.part)
        ),
        Part::Unlisted(table) => format!(
            "`{}` is {promised}{by}, but it is not known which columns it has ({}), and what it \
             reads holds {holds}",
            table_name(graph, table),
            graph.unlisted(table).unwrap_or("they are not traced")
        ),
    };
    let mut text = String::new();
    for (fact, steps) in &all {
        write_way(&mut text, examined, broken.part, *fact, steps, places);
    }
    if broken.facts.len() > WAYS {
        let _ = write!(text, "\nand {} more", broken.facts.len() - WAYS);
    }
    let mut diagnostic = Diagnostic::error("broken-promise", title).because(text);
    let last = all.first().and_then(|(_, steps)| steps.last());
    if let Some((file, range)) = last.and_then(|step| place_of(graph, step, places)) {
        diagnostic = diagnostic.at(&file, range, "here");
    }
    let place = &broken.promise.place;
    diagnostic = diagnostic.at(&place.file, one_line(place), "promised here");
    match broken.facts.first() {
        Some(fact) => diagnostic.hint(advice(*fact)),
        None => diagnostic,
    }
}

fn listed(facts: &[Fact]) -> String {
    let mut facts: Vec<String> = facts
        .iter()
        .map(|(kind, level)| match level {
            Level::Picked => format!("its rows are picked by {}", kind.as_str()),
            Level::Touched => format!("its rows are chosen by {}", kind.as_str()),
            level => format!("{} ({})", kind.as_str(), level.as_str()),
        })
        .collect();
    facts.truncate(6);
    facts.join(", ")
}

fn write_way(
    text: &mut String,
    examined: &Examined,
    part: Part,
    fact: Fact,
    steps: &[Step<'_>],
    places: &dyn Places,
) {
    let graph = &examined.lineage;
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = write!(text, "{} comes this way:", fact.0.as_str());
    let origin = steps.first().map_or(part, |step| step.from);
    let mut line = |name: &str, at: Option<String>, what: &str| {
        let at = at.unwrap_or_else(|| "-".to_owned());
        let _ = write!(text, "\n  {name}  {at}  {what}");
    };
    let declared = match origin {
        Part::Column(id) => {
            let table = &graph.table_of(id).id;
            examined.declared.of_column(table, &graph.column(id).name)
        }
        Part::Rows(_) | Part::Unlisted(_) => None,
    };
    let at = declared.map(|declaration| declaration.place.file_line());
    line(&part_name(graph, origin), at, "declared");
    for step in steps {
        let at = place_of(graph, step, places);
        let at = at.map(|(file, range)| FilePlace { file, range }.file_line());
        line(
            &part_name(graph, step.to),
            at,
            &what_is_done(examined, step),
        );
    }
}

/// Says what a step does, with the transforms on it.
pub fn what_is_done(examined: &Examined, step: &Step<'_>) -> String {
    let Some(edge) = step.edge else {
        return match step.from {
            Part::Rows(_) => "reads these rows".to_owned(),
            Part::Column(_) | Part::Unlisted(_) if is_beside(examined, step) => {
                "written by a hook or another statement: taken to hold it".to_owned()
            }
            Part::Column(_) | Part::Unlisted(_) => "not traced: taken to hold it".to_owned(),
        };
    };
    let mut done = edge.kind.as_str().replace('_', " ");
    for transform in examined.settings.transforms.passed(edge.mark.passed) {
        let _ = write!(done, ", {}", transform.name);
    }
    if step.before.1 != step.after.1 {
        let _ = write!(done, " ({})", step.after.1.as_str());
    }
    done
}

/// Tells whether a step without an edge is one that a statement beside the
/// queries makes.
fn is_beside(examined: &Examined, step: &Step<'_>) -> bool {
    let is_traced = match step.to {
        Part::Column(id) => examined.lineage.column(id).gap.is_none(),
        Part::Rows(_) | Part::Unlisted(_) => false,
    };
    let beside = &examined.classes.beside[step.to.table() as usize];
    is_traced && beside.contains(&step.from.table())
}

fn place_of(
    graph: &LineageGraph,
    step: &Step<'_>,
    places: &dyn Places,
) -> Option<(Arc<SourceFile>, Range<usize>)> {
    let node = &graph.datasets[step.to.table() as usize].id;
    let place = step.edge.and_then(|edge| edge.places.last().cloned());
    let place = place.and_then(|range| places.of_sql(node, range));
    let named = || match step.to {
        Part::Column(id) => places.of_name(node, &graph.column(id).name),
        Part::Rows(_) | Part::Unlisted(_) => None,
    };
    place.or_else(named).or_else(|| places.of_node(node))
}

/// Returns a table's name: that of a node, or of a source and its table.
pub fn table_name(graph: &LineageGraph, table: u32) -> String {
    let dataset = &graph.datasets[table as usize];
    if !dataset.is_node {
        return dataset.id.to_string();
    }
    let parts: Vec<&str> = dataset.id.split('.').skip(2).collect();
    parts.join(".")
}

pub fn part_name(graph: &LineageGraph, part: Part) -> String {
    match part {
        Part::Column(id) => {
            format!(
                "{}.{}",
                table_name(graph, id.dataset),
                graph.column(id).name
            )
        }
        Part::Rows(table) => format!("rows of {}", table_name(graph, table)),
        Part::Unlisted(table) => format!("{}.*", table_name(graph, table)),
    }
}

fn one_line(place: &FilePlace) -> Range<usize> {
    let text = place.file.text.get(place.range.clone()).unwrap_or_default();
    let length = text.lines().next().map_or(0, str::len);
    place.range.start..place.range.start + length
}

/// The next step, by what is told and how.
fn advice((kind, level): Fact) -> String {
    match (level, kind) {
        (Level::Hashed, _) => "a keyed hash is still an identifier: leave it out, or promise \
                               `pseudonymous`"
            .to_owned(),
        (Level::Shifted, _) => "a shifted date is still a date by Safe Harbor: take its year, or \
                                promise `pseudonymous`"
            .to_owned(),
        (Level::Picked, _) => "do not pick rows by a written value, or promise nothing of what \
                               comes of them"
            .to_owned(),
        (Level::Touched, _) => "`phi: {indirect: break}` in `hcdbt.yml` asks for this".to_owned(),
        (_, Kind::Date) => "take the year of the date, or an age with a cap: \
                            `year(...)`, `healthcare.age_capped(...)`"
            .to_owned(),
        (_, Kind::Age) => "let 90 stand for all ages over 89: `least(age, 90)`".to_owned(),
        (_, Kind::Zip) => {
            "keep three digits, without small areas: `healthcare.zip3_safe(...)`".to_owned()
        }
        _ => "leave the column out, count it, or register what is done to it as a transform in \
              `hcdbt.yml`, with a reason"
            .to_owned(),
    }
}
