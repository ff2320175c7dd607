use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{declared, tell};
use crate::adapter;
use crate::diagnostics::SourceFile;
use crate::docs::payload::{Column, Entry, Form, Kind, Node, Told};
use crate::lineage::{Project, Table, TablePlace, trace};
use crate::phi::{
    Declaration, Declared, Examined, FilePlace, Promise, Promiser, Settings, Strength, passages,
    propagate,
};
use crate::sql::{Schema, SchemaColumn, parse_queries};

const MODELS: [(&str, &str); 3] = [
    (
        "stays",
        "select mrn, date as seen_on, year(date) as y, paid from raw",
    ),
    ("kept", "select y, sum(paid) as paid from stays group by y"),
    ("not_kept", "select seen_on, mrn + paid as part from stays"),
];

fn file_place() -> FilePlace {
    FilePlace {
        file: SourceFile::new("models/marts.yml", "\nphi: none"),
        range: 1..10,
    }
}

fn place(name: &str) -> TablePlace {
    TablePlace {
        schema: "main".into(),
        name: name.to_owned(),
        ..TablePlace::default()
    }
}

fn promise(by: Promiser, tables: &[&str]) -> Promise {
    Promise {
        by,
        strength: Strength::None,
        tables: tables.iter().map(|id| Arc::from(*id)).collect(),
        column: None,
        place: file_place(),
    }
}

fn examined() -> Examined {
    let columns = ["mrn", "date", "paid"];
    let mut tables = vec![Table {
        id: "source.raw".into(),
        place: place("raw"),
        schema: Some(Schema::new(columns.map(SchemaColumn::untyped).to_vec())),
        ..Table::default()
    }];
    for (name, code) in MODELS {
        tables.push(Table {
            id: format!("model.{name}").into(),
            place: place(name),
            code: Some(code.into()),
            ..Table::default()
        });
    }
    let mut connection = adapter::in_memory().unwrap();
    let parsed = parse_queries(&mut *connection, &MODELS.map(|(_, code)| code)).unwrap();
    let ids = tables[1..].iter().map(|table| Arc::clone(&table.id));
    let queries = ids.zip(parsed).collect();
    let settings = Settings::default();
    let project = Project {
        tables,
        passages: Some(passages(
            Arc::clone(&settings.transforms),
            settings.restricted_zip3.clone(),
        )),
        ..Project::default()
    };
    let kinds = [
        ("mrn", crate::phi::Kind::Mrn),
        ("date", crate::phi::Kind::Date),
    ];
    let own = kinds.map(|(name, kind)| {
        let kinds = vec![kind];
        let place = file_place();
        (name.to_owned(), Declaration { kinds, place })
    });
    let declared = Declared {
        columns: HashMap::from([("source.raw".into(), IndexMap::from(own))]),
        promises: vec![
            promise(Promiser::Node("kept".into()), &["model.kept"]),
            promise(Promiser::Node("not_kept".into()), &["model.not_kept"]),
            promise(Promiser::Exposure("board".into()), &["model.kept"]),
        ],
        ..Declared::default()
    };
    let lineage = trace(project, &queries).graph;
    let classes = propagate(
        &lineage,
        &declared,
        &settings.transforms,
        &|_| Vec::new(),
        &[],
    );
    Examined {
        lineage,
        declared,
        classes,
        settings,
    }
}

fn node(id: &str, kind: Kind, columns: &[&str]) -> Node {
    let columns = columns.iter().map(|name| Column {
        name: (*name).to_owned(),
        ..Column::default()
    });
    let name = id.split_once('.').unwrap().1.to_owned();
    let mut node = Node {
        entry: Entry {
            id: id.to_owned(),
            name,
            kind,
            ..Entry::default()
        },
        detail: crate::docs::payload::Detail::default(),
        code: crate::docs::payload::Code::default(),
    };
    node.detail.columns = columns.collect();
    node
}

fn told() -> Vec<Node> {
    let mut nodes = vec![
        node("source.raw", Kind::Source, &["mrn", "date", "paid"]),
        // The page may write names in another case than queries do.
        node("model.stays", Kind::Model, &["MRN", "seen_on", "y", "paid"]),
        node("model.kept", Kind::Model, &["y", "paid"]),
        node("model.not_kept", Kind::Model, &["seen_on", "part"]),
        node("exposure.board", Kind::Exposure, &[]),
        node("exposure.list", Kind::Exposure, &[]),
    ];
    tell(&examined(), &[&[], &[], &[], &[], &[2], &[3]], &mut nodes);
    nodes
}

fn column<'n>(nodes: &'n [Node], node: usize, name: &str) -> &'n [Told] {
    let mut columns = nodes[node].detail.columns.iter();
    &columns.find(|column| column.name == name).unwrap().phi
}

#[test]
fn columns_tell_what_comes_to_them_with_the_last_step_of_its_way() {
    let nodes = told();
    assert_eq!(column(&nodes, 0, "mrn"), declared("mrn"));
    assert!(column(&nodes, 1, "y").is_empty());
    assert!(column(&nodes, 1, "paid").is_empty());
    let [seen_on] = column(&nodes, 3, "seen_on") else {
        panic!("one kind");
    };
    assert_eq!((seen_on.kind.as_str(), seen_on.form), ("date", Form::Plain));
    let from = seen_on.from.as_ref().unwrap();
    assert_eq!(
        (from.place.node, from.place.column.as_deref()),
        (1, Some("seen_on"))
    );
    assert_eq!(from.kind, Some("copy"));
    // Going on from there leads to where it is declared.
    let next = column(&nodes, 1, "seen_on")[0].from.as_ref().unwrap();
    assert_eq!(
        (next.place.node, next.place.column.as_deref()),
        (0, Some("date"))
    );
    let [part] = column(&nodes, 3, "part") else {
        panic!("one kind");
    };
    assert_eq!((part.kind.as_str(), part.form), ("mrn", Form::Made));
}

#[test]
fn promises_are_marked_as_kept_or_broken_and_exposures_sum_up_what_they_read() {
    let nodes = told();
    let of = |node: usize| nodes[node].entry.phi.clone();
    assert_eq!(of(2).unwrap().kept, Some(true));
    assert_eq!(of(2).unwrap().form, None);
    let broken = of(3).unwrap();
    assert_eq!(
        (broken.kept, broken.form, broken.columns),
        (Some(false), Some(Form::Plain), 2)
    );
    assert_eq!(broken.kinds, ["date", "mrn"]);
    let promise = &nodes[3].detail.promises[0];
    assert_eq!(
        (promise.at.as_str(), promise.broken.len()),
        ("models/marts.yml:2", 2)
    );
    assert_eq!(of(4).unwrap().kept, Some(true));
    assert_eq!(
        (of(5).unwrap().kept, of(5).unwrap().form),
        (None, Some(Form::Plain))
    );
}

#[test]
fn made_of_dates_may_be_shown_and_made_of_what_is_one_persons_may_not() {
    let mut column = Column::default();
    let mut is_private = |kind: &str, form: Form| {
        column.phi = declared(kind);
        column.phi[0].form = form;
        column.is_private()
    };
    assert!(is_private("date", Form::Plain));
    assert!(!is_private("date", Form::Made));
    assert!(is_private("mrn", Form::Made));
    assert!(is_private("own word", Form::Hashed));
    assert!(!is_private("mrn", Form::Picked));
    // What is aggregated of many may be made of anything.
    column.phi[0].form = Form::Made;
    assert!(!column.is_identifier());
    column.phi[0].form = Form::Hashed;
    assert!(column.is_identifier());
}
