//! The catalog as a project's own `get_catalog` or `get_catalog_relations`
//! macro gives it.

use std::sync::Arc;

use indexmap::IndexSet;

use super::context::NodeState;
use super::db::Db;
use super::failure::{self, Rendered};
use super::node::NodeHandle;
use super::pseudo;
use super::session::Session;
use super::subject::Subject;
use crate::adapter::{CatalogColumn, CatalogRelation, Relation, RelationKind};
use crate::diagnostics::Diagnostic;
use crate::jinja::{Value, objects, python};

/// Up to so many relations dbt asks for by name; of more it reads the schemas.
const MOST_BY_NAME: usize = 100;

/// Which macro gives the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnCatalog {
    /// `get_catalog_relations(information_schema, relations)`
    OfRelations,
    /// `get_catalog(information_schema, schemas)`
    OfSchemas,
}

impl OwnCatalog {
    fn macro_name(self) -> &'static str {
        match self {
            Self::OfRelations => "get_catalog_relations",
            Self::OfSchemas => "get_catalog",
        }
    }
}

/// Finds the macro that dbt would call, when it is not a shipped one.
pub(super) fn find(session: &Session, count: usize) -> Option<OwnCatalog> {
    let kind = if count <= MOST_BY_NAME {
        OwnCatalog::OfRelations
    } else {
        OwnCatalog::OfSchemas
    };
    let engine = &session.cx.engine;
    let root = &*session.cx.project.name;
    let internal = session.cx.project.internal_packages();
    let is_own = |package: &str| !internal.contains(&package);
    let name = kind.macro_name();
    let direct = engine.find_macro(root, name);
    let dispatched = engine.dispatch(name, Some("dbt"), root).ok();
    let mut found = direct.into_iter().chain(dispatched);
    found.any(|found| is_own(&found.package)).then_some(kind)
}

/// Calls the macro for one database.
///
/// # Errors
///
/// The macro's own error, or a result that is no catalog.
pub(super) fn read(
    session: &Arc<Session>,
    db: &Arc<Db>,
    own: &OwnCatalog,
    database: &str,
    wanted: &IndexSet<(String, String)>,
) -> Result<Vec<CatalogRelation>, Vec<Diagnostic>> {
    let name = own.macro_name();
    let node = NodeHandle::Own(Arc::new(pseudo::operation(session, name)));
    let state = Arc::new(NodeState::new(session, db, node));
    let relation = |schema: &str, name: Option<&str>| {
        objects::relation(Relation {
            database: Some(database.to_owned()),
            schema: Some(schema.to_owned()),
            identifier: name.map(str::to_owned),
            quote: [true, name.is_some(), true],
            include: [true, true, name.is_some()],
            ..Relation::default()
        })
    };
    let subjects = match own {
        OwnCatalog::OfRelations => {
            let relations = wanted.iter();
            let relations = relations.map(|(schema, name)| relation(schema, Some(name)));
            ("relations", relations.collect())
        }
        OwnCatalog::OfSchemas => {
            let schemas: IndexSet<&str> = wanted.iter().map(|(s, _)| s.as_str()).collect();
            ("schemas", schemas.into_iter().map(Value::from).collect())
        }
    };
    let arguments = [
        ("information_schema", relation("INFORMATION_SCHEMA", None)),
        (subjects.0, python::list(subjects.1)),
    ];
    let table = state.call_macro(name, &arguments).map_err(|error| {
        let rendered = Rendered {
            subject: Subject::Node(&state.node),
            template: "",
            path: name,
            compiled: None,
            origins: None,
        };
        failure::from_jinja(session.graph(), rendered, &error).into_diagnostics()
    })?;
    relations(&table).map_err(|missing| {
        let title = format!("the macro `{name}` gave no catalog: {missing}");
        vec![Diagnostic::error("catalog", title)]
    })
}

/// Reads a table with one row per column of a relation.
fn relations(value: &Value) -> Result<Vec<CatalogRelation>, String> {
    let table = objects::table_of(value).ok_or("its result is no table")?;
    let names = table.column_names();
    let place = |name: &str| names.iter().position(|n| n.eq_ignore_ascii_case(name));
    let required = |name: &str| place(name).ok_or_else(|| format!("there is no column `{name}`"));
    let [database, schema, name] = [
        required("table_database")?,
        required("table_schema")?,
        required("table_name")?,
    ];
    let [column, index, data_type] = [
        required("column_name")?,
        required("column_index")?,
        required("column_type")?,
    ];
    let [kind, comment, owner, column_comment] = [
        "table_type",
        "table_comment",
        "table_owner",
        "column_comment",
    ]
    .map(place);
    let mut found: Vec<CatalogRelation> = Vec::new();
    for row in table.rows() {
        let text = |at: usize| row.get(at).map(ToString::to_string).unwrap_or_default();
        let optional = |at: Option<usize>| {
            let value = row.get(at?)?;
            (!value.is_none()).then(|| value.to_string())
        };
        let key = [text(database), text(schema), text(name)];
        let is_same =
            |r: &CatalogRelation| [&r.database, &r.schema, &r.name] == [&key[0], &key[1], &key[2]];
        let at = match found.iter().rposition(is_same) {
            Some(at) => at,
            None => {
                let is_view = optional(kind).is_some_and(|k| k.eq_ignore_ascii_case("view"));
                let [database, schema, name] = key;
                found.push(CatalogRelation {
                    database,
                    schema,
                    name,
                    kind: if is_view {
                        RelationKind::View
                    } else {
                        RelationKind::Table
                    },
                    owner: optional(owner),
                    comment: optional(comment),
                    row_count: None,
                    columns: Vec::new(),
                });
                found.len() - 1
            }
        };
        found[at].columns.push(CatalogColumn {
            name: text(column),
            index: text(index).parse().unwrap_or_default(),
            data_type: text(data_type),
            comment: optional(column_comment),
        });
    }
    Ok(found)
}
