//! What the database's own catalog tells.

use serde_json::json;

use super::{adapter, in_memory, temp_folder};
use crate::adapter::{CatalogColumn, Column, Connection, Relation, RelationKind};

fn run(connection: &mut dyn Connection, sql: &str) {
    connection
        .execute(sql, false, None)
        .unwrap_or_else(|error| panic!("{sql}: {}", error.with_place()));
}

#[test]
fn relations_and_schemas_are_listed_in_name_order() {
    let mut connection = in_memory();
    run(
        &mut *connection,
        "create schema \"Staging\"; create table \"Staging\".b (a int); \
         create view \"Staging\".\"A\" as select 1 as x; create table main.other (a int); \
         create temp table temporary (a int)",
    );
    let relations = connection.list_relations("MEMORY", "staging").unwrap();
    assert_eq!(
        relations,
        [
            Relation::new("MEMORY", "Staging", "A").with_kind(RelationKind::View),
            Relation::new("MEMORY", "Staging", "b").with_kind(RelationKind::Table),
        ]
    );
    let schemas = connection.list_schemas("memory").unwrap();
    assert!(schemas.contains(&"Staging".to_owned()) && schemas.contains(&"main".to_owned()));
    assert_eq!(connection.list_relations("memory", "none").unwrap(), []);
    assert_eq!(connection.list_relations("it's", "not").unwrap(), []);
}

#[test]
fn attached_databases_are_listed_too() {
    let (_guard, folder) = temp_folder();
    let adapter = adapter(json!({
        "path": folder.join("main.duckdb").as_str(),
        "attach": [{"path": folder.join("raw.data.duckdb").as_str(), "alias": "landing"}],
    }));
    let mut connection = adapter.connect().unwrap();
    run(
        &mut *connection,
        "create schema landing.s; create table landing.s.t as select 1 as a",
    );
    let relations = connection.list_relations("landing", "s").unwrap();
    assert_eq!(
        relations,
        [Relation::new("landing", "s", "t").with_kind(RelationKind::Table)]
    );
    let schemas = connection.list_schemas("landing").unwrap();
    assert!(schemas.contains(&"s".to_owned()));
    assert_eq!(connection.list_relations("main", "s").unwrap(), []);
}

#[test]
fn columns_of_a_relation() {
    let mut connection = in_memory();
    run(
        &mut *connection,
        "create table t (\"Odd \"\"name\" decimal(18,3), e enum('a', 'b'), l int[3])",
    );
    let column = |name: &str, data_type: &str| Column {
        name: name.into(),
        data_type: data_type.into(),
    };
    assert_eq!(
        connection
            .columns(&Relation::new("memory", "main", "t"))
            .unwrap(),
        [
            column("Odd \"name", "DECIMAL(18,3)"),
            column("e", "ENUM('a', 'b')"),
            column("l", "INTEGER[3]"),
        ]
    );
    assert_eq!(
        connection
            .columns(&Relation::new("memory", "main", "none"))
            .unwrap(),
        []
    );
    let file = Relation {
        external: Some("(select 1 as x)".into()),
        ..Relation::default()
    };
    assert_eq!(connection.columns(&file).unwrap(), [column("x", "INTEGER")]);
}

#[test]
fn the_catalog_tells_all() {
    let mut connection = in_memory();
    run(
        &mut *connection,
        "create schema s; create table s.t (a int, b varchar); insert into s.t values (1, 'x'), (2, 'y'); \
         comment on table s.t is 'people'; comment on column s.t.b is 'name'; \
         create view s.v as select a from s.t; create table main.x (a int)",
    );
    let found = connection.catalog("memory", &["S".to_owned()]).unwrap();
    assert_eq!(found.len(), 2);
    let table = &found[0];
    assert_eq!((table.schema.as_str(), table.name.as_str()), ("s", "t"));
    assert_eq!(table.kind, RelationKind::Table);
    assert_eq!(table.comment.as_deref(), Some("people"));
    assert_eq!(table.row_count, Some(2));
    assert_eq!(
        table.columns,
        [
            CatalogColumn {
                name: "a".into(),
                index: 1,
                data_type: "INTEGER".into(),
                comment: None,
            },
            CatalogColumn {
                name: "b".into(),
                index: 2,
                data_type: "VARCHAR".into(),
                comment: Some("name".into()),
            },
        ]
    );
    assert_eq!(found[1].kind, RelationKind::View);
    assert_eq!(found[1].row_count, None);
    assert_eq!(found[1].columns.len(), 1);
    assert_eq!(connection.catalog("memory", &[]).unwrap(), []);
}
