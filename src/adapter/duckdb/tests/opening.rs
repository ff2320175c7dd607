//! Opening files: locks, attached databases, extensions and secrets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use serde_json::{Value, json};

use super::{adapter, shown, temp_folder};
use crate::adapter::{
    Adapter, Column, ErrorKind, OnWait, OpenOptions, from_profile, write_parquet,
};

fn open_in(root: &Utf8Path, target: &Value, wait: Option<Duration>) -> Arc<dyn Adapter> {
    let options = OpenOptions {
        root: root.to_owned(),
        wait,
        on_wait: OnWait::default(),
        interpreters: Vec::new(),
        shows_values: false,
        variables: Vec::new(),
    };
    let (adapter, problems) = from_profile("duckdb", target.as_object().unwrap(), options);
    adapter.unwrap_or_else(|| panic!("{problems:?}"))
}

#[test]
fn a_relative_path_starts_at_the_given_folder() {
    let (_guard, folder) = temp_folder();
    let adapter = open_in(&folder, &json!({"path": "warehouse.v1.duckdb"}), None);
    assert_eq!(adapter.settings().database, "warehouse");
    assert!(
        !folder.join("warehouse.v1.duckdb").exists(),
        "nothing is opened before it is needed"
    );
    let mut connection = adapter.connect().unwrap();
    assert_eq!(
        shown(&mut *connection, "select current_database()"),
        ["warehouse"]
    );
    assert!(folder.join("warehouse.v1.duckdb").exists());
}

#[test]
fn a_folder_that_is_missing_is_told() {
    let (_guard, folder) = temp_folder();
    let adapter = open_in(&folder, &json!({"path": "none/w.duckdb"}), None);
    let error = adapter.connect().err().unwrap();
    assert_eq!(error.kind, ErrorKind::Connection);
    assert!(error.message.contains("none/w.duckdb"), "{error}");
}

/// Holds a database in another process: DuckDB's lock is the process's own.
struct Holder(std::process::Child);

impl Holder {
    /// Starts this very test program, which runs `hold_a_database` alone.
    fn start(path: &Utf8Path) -> Self {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "adapter::duckdb::tests::opening::hold_a_database",
            ])
            .env("HCDBT_TEST_HOLD", path)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let holder = Self(child);
        let ready = path.with_extension("ready");
        let deadline = Instant::now() + Duration::from_mins(1);
        while !ready.exists() {
            assert!(
                Instant::now() < deadline,
                "the other process does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        holder
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "started as a process of its own by the tests of locks"]
fn hold_a_database() {
    let Ok(path) = std::env::var("HCDBT_TEST_HOLD") else {
        return;
    };
    let adapter = adapter(json!({"path": path}));
    let _connection = adapter.connect().unwrap();
    std::fs::write(Utf8Path::new(&path).with_extension("ready"), "").unwrap();
    std::thread::sleep(Duration::from_mins(2));
}

#[test]
fn a_locked_database_names_its_holder() {
    let (_guard, folder) = temp_folder();
    let path = folder.join("held.duckdb");
    let holder = Holder::start(&path);
    let pid = holder.0.id();

    let error = open_in(&folder, &json!({"path": "held.duckdb"}), None)
        .connect()
        .err()
        .unwrap();
    assert_eq!(error.kind, ErrorKind::Locked { pid: Some(pid) });
    assert!(
        error.message.starts_with(&format!(
            "database `held.duckdb` is held by process {pid} (`"
        )),
        "{error}"
    );

    let target = json!({"attach": [{"path": "held.duckdb"}]});
    let error = open_in(&folder, &target, None).connect().err().unwrap();
    assert_eq!(error.kind, ErrorKind::Locked { pid: Some(pid) });

    // Waiting ends in an error when the holder stays, and in success when it goes.
    let target = json!({"path": "held.duckdb"});
    let started = Instant::now();
    let wait = Some(Duration::from_millis(300));
    assert!(open_in(&folder, &target, wait).connect().is_err());
    assert!(started.elapsed() >= Duration::from_millis(300));

    let target = json!({"attach": [{"path": "held.duckdb"}]});
    let waiting = open_in(&folder, &target, Some(Duration::from_mins(1)));
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            drop(holder);
        });
        waiting.connect().unwrap();
    });
}

#[test]
fn databases_are_attached_with_their_options() {
    let (_guard, folder) = temp_folder();
    drop(
        open_in(&folder, &json!({"path": "raw.duckdb"}), None)
            .connect()
            .unwrap(),
    );
    let adapter = open_in(
        &folder,
        &json!({"attach": [
            {"path": "raw.duckdb", "read_only": true},
            {"path": "other.duckdb", "alias": "it's", "options": {"block_size": 16384}},
        ]}),
        None,
    );
    let mut connection = adapter.connect().unwrap();
    let sql = "select database_name, readonly from duckdb_databases() \
               where not internal order by 1";
    assert_eq!(
        shown(&mut *connection, sql),
        ["it's|False", "memory|False", "raw|True"]
    );
}

#[test]
fn an_attached_database_that_is_not_there_is_named() {
    let target = json!({"attach": [{"path": "/no/such/raw.duckdb", "read_only": true}]});
    let error = adapter(target).connect().err().unwrap();
    assert_eq!(error.kind, ErrorKind::Connection);
    assert!(
        error
            .message
            .starts_with("attached database `raw`: IO Error: "),
        "{error}"
    );
}

#[test]
fn an_address_is_not_repeated_since_it_may_hold_a_password() {
    let target = json!({"attach": [{"path": "odd:password=hush", "alias": "x"}]});
    let error = adapter(target).connect().err().unwrap();
    assert!(
        error.message.starts_with("attached database `x`: "),
        "{error}"
    );
    assert!(!error.message.contains("hush"), "{error}");
}

#[test]
fn extensions_that_are_built_in_load() {
    let adapter =
        adapter(json!({"extensions": ["json", "parquet", {"name": "icu", "repo": "core"}]}));
    adapter.connect().unwrap();
}

#[test]
fn an_extension_that_cannot_be_had_says_where_to_put_it() {
    let (_guard, folder) = temp_folder();
    // A repository on disk that is empty, so that nothing is fetched.
    let adapter = adapter(json!({
        "config_options": {"extension_directory": folder.join("extensions").as_str()},
        "extensions": [{"name": "nosuch", "repo": folder.join("repository").as_str()}],
    }));
    let error = adapter.connect().err().unwrap();
    assert_eq!(error.kind, ErrorKind::Connection);
    assert!(
        error
            .message
            .starts_with("extension `nosuch` is not on this machine"),
        "{error}"
    );
    assert!(
        error.message.contains(folder.join("extensions").as_str()),
        "{error}"
    );
}

#[test]
fn a_secret_that_cannot_be_made_is_named_without_its_keys() {
    let adapter = adapter(json!({
        "secrets": [{"type": "nosuch", "name": "mine", "key_id": "hush-hush"}],
    }));
    let error = adapter.connect().err().unwrap();
    assert!(error.message.starts_with("secret `mine`: "), "{error}");
    assert!(!format!("{error:?}").contains("hush"), "{error:?}");
}

#[test]
fn parquet_files_are_the_same_every_time() {
    let (_guard, folder) = temp_folder();
    let csv = folder.join("a.csv");
    let mut text = String::from("id,name,paid,day\n");
    for i in 0..30_000 {
        text.push_str(&format!(
            "{i:05},\"n, {}\",{}.5,2024-01-{:02}\n",
            i % 7,
            i % 90,
            i % 28 + 1
        ));
    }
    std::fs::write(&csv, text).unwrap();
    let column = |name: &str, data_type: &str| Column {
        name: name.into(),
        data_type: data_type.into(),
    };
    let columns = [
        column("id", "VARCHAR"),
        column("name", "VARCHAR"),
        column("paid", "DECIMAL(12,2)"),
        column("day", "DATE"),
    ];
    let files = [folder.join("1.parquet"), folder.join("2.parquet")];
    for file in &files {
        write_parquet(&csv, file, &columns).unwrap();
    }
    assert!(std::fs::read(&files[0]).unwrap() == std::fs::read(&files[1]).unwrap());
    let mut connection = super::in_memory();
    let sql = format!(
        "select count(*), min(id), max(name), sum(paid), max(day) from '{}'",
        files[0]
    );
    assert_eq!(
        shown(&mut *connection, &sql),
        ["30000|00000|n, 6|1349100.00|2024-01-28"]
    );

    let error = write_parquet(&folder.join("none.csv"), &files[0], &columns).unwrap_err();
    assert!(error.message.contains("none.csv"), "{error}");
}
