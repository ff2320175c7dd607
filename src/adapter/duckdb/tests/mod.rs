//! The adapter against the engine itself.

mod errors;
mod listing;
mod opening;
mod profiles;
mod sessions;
mod values;

use std::sync::Arc;

use camino::Utf8Path;
use serde_json::Value;

use crate::adapter::{
    Adapter, Connection, OnWait, OpenOptions, ProfileProblem, Table, from_profile,
};

fn read_profile(target: Value) -> (Option<Arc<dyn Adapter>>, Vec<ProfileProblem>) {
    let options = OpenOptions {
        root: ".".into(),
        wait: None,
        on_wait: OnWait::default(),
        interpreters: Vec::new(),
        shows_values: false,
        variables: Vec::new(),
    };
    let Value::Object(target) = target else {
        panic!("a target is a mapping");
    };
    from_profile("duckdb", &target, options)
}

fn adapter(target: Value) -> Arc<dyn Adapter> {
    let (adapter, problems) = read_profile(target);
    adapter.unwrap_or_else(|| panic!("{problems:?}"))
}

fn in_memory() -> Box<dyn Connection> {
    crate::adapter::in_memory().unwrap()
}

fn rows_of(connection: &mut dyn Connection, sql: &str) -> Table {
    match connection.execute(sql, true, None) {
        Ok((_, table)) => table,
        Err(error) => panic!("{sql}: {}", error.with_place()),
    }
}

/// Returns the rows as texts, cells between bars.
fn shown(connection: &mut dyn Connection, sql: &str) -> Vec<String> {
    let table = rows_of(connection, sql);
    let row = |row: &Vec<crate::adapter::Cell>| {
        let cells: Vec<String> = row.iter().map(|cell| cell.python_text()).collect();
        cells.join("|")
    };
    table.rows.iter().map(row).collect()
}

fn temp_folder() -> (tempfile::TempDir, camino::Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap().to_owned();
    (folder, path)
}
