//! Models in Python.

use crate::project::Project;

/// Runs with whatever Python the environment has, as users do.
/// `cargo test -- --ignored` with `HCDBT_PYTHON` set to one that has `duckdb`.
#[test]
#[ignore = "needs a Python that has the package duckdb"]
fn a_python_model_reads_what_sql_made_and_sql_reads_what_it_gives() {
    let project = Project::new(
        "
-- models/visits.sql
select i as visit_id, (i * 1.5)::decimal(10, 2) as cost, i::hugeint as big from range(4) t(i)
-- models/costly.py
def model(dbt, session):
    dbt.config(materialized='incremental', unique_key='visit_id')
    visits = dbt.ref('visits')
    least = session.sql('select avg(cost) from visits').fetchone()[0]
    print('from', dbt.this.identifier, dbt.is_incremental)
    return visits.filter(f'cost > {least}')
-- models/counted.sql
select count(*) as n, typeof(any_value(cost)) as cost, typeof(any_value(big)) as big
from {{ ref('costly') }}
-- models/broken.py
def model(dbt, session):
    dbt.config(materialized='table')
    visits = dbt.ref('visits')
    return visits.nothing()
",
    );
    for was_there in ["False", "True"] {
        let ran = project.run(&["run", "--exclude", "broken"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.stdout, format!("from costly {was_there}\n"));
    }
    assert_eq!(
        project.rows("select * from {{ ref('counted') }}"),
        serde_json::json!([{"n": 2, "cost": "DECIMAL(10,2)", "big": "HUGEINT"}])
    );

    let ran = project.run(&["run", "--select", "broken"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for part in [
        "model `broken` failed: AttributeError:",
        "--> models/broken.py:4:5",
        "File \"models/broken.py\", line 4, in model",
    ] {
        assert!(ran.stderr.contains(part), "{part}\n{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("<string>"), "{}", ran.stderr);
}

#[test]
#[ignore = "needs a Python that has the package duckdb"]
fn what_python_says_quotes_no_values() {
    let project = Project::new(
        "
-- models/patients.sql
select 'Ad' || 'ams 123-45-6789' as name
-- models/parsed.py
def model(dbt, session):
    dbt.config(materialized='table')
    name = dbt.ref('patients').fetchone()[0]
    try:
        number = int(name)
    except ValueError as error:
        raise RuntimeError('no number: ' + name) from error
    return session.sql(f'select {number} as n')
",
    );
    let ran = project.run(&["run"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for part in [
        "model `parsed` failed: RuntimeError: ***",
        "ValueError: ***",
        "--> models/parsed.py:7:9",
        "--show-values",
    ] {
        assert!(ran.stderr.contains(part), "{part}\n{}", ran.stderr);
    }
    let log = project.read("logs/dbt.log");
    let results = project.read("target/run_results.json");
    for text in [&ran.stderr, &ran.stdout, &log, &results] {
        assert!(!text.contains("Adams"), "{text}");
    }
    let ran = project.run(&["run", "--show-values"]);
    let text = "RuntimeError: no number: Adams 123-45-6789";
    assert!(ran.stderr.contains(text), "{}", ran.stderr);
}

#[test]
fn without_python_the_model_fails_and_says_what_to_set() {
    let project = Project::new(
        "
-- models/a.py
def model(dbt, session):
    dbt.config(materialized='table')
    return session.sql('select 1 as id')
",
    );
    let ran = project.run_with(&["run"], &[("HCDBT_PYTHON", "no-such-python")]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for part in [
        "error[python-error]: model `a` cannot run: Python models need Python, and there is no `no-such-python`",
        "--> models/a.py:1:1",
        "hint: set `HCDBT_PYTHON`",
    ] {
        assert!(ran.stderr.contains(part), "{part}\n{}", ran.stderr);
    }
}
