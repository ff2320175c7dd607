//! Several runs at one database, and a run that the user stops.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::project::{Project, command_in};

const SLOW: &str = "
-- models/slow.sql
{{ config(materialized='table') }}
select count(*) as n from range(100000000) a(i), range(100000) b(j) where (i * j) % 7 = 3
-- models/later.sql
select * from {{ ref('slow') }}
-- models/quick.sql
select 1 as id
";

/// Starts the slow model, and returns when it is being built.
fn start_slow(project: &Project) -> Child {
    let mut child = command_in(&project.path(""))
        .args([
            "run",
            "--select",
            "slow+",
            "--log-path",
            "logs_of_slow",
            "--target-path",
            "target_of_slow",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let stderr = child.stderr.take().expect("a pipe");
    let mut reader = BufReader::new(stderr);
    let mut line = String::new();
    while !line.contains(" START ") {
        line.clear();
        let length = reader.read_line(&mut line).expect("text");
        assert!(length > 0, "the run ended before its first model");
    }
    child.stderr = Some(reader.into_inner());
    child
}

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let status = Command::new("kill").args(["-INT", &id]).status();
    assert!(status.expect("kill starts").success());
}

#[test]
fn an_interrupted_run_counts_what_it_skipped_as_skipped() {
    let project = Project::new(SLOW);
    let run = start_slow(&project);
    interrupt(&run);
    let output = run.wait_with_output().expect("the program ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(
        stderr.contains("Exited because of keyboard interrupt"),
        "{stderr}"
    );
    assert!(
        stderr.contains("Done. PASS=0 WARN=0 ERROR=1 SKIP=1 NO-OP=0 TOTAL=2"),
        "{stderr}"
    );
    // The skipped model is no failure of its own.
    assert!(!stderr.contains("Skipping because"), "{stderr}");
    let results = project.json("target_of_slow/run_results.json");
    assert_eq!(results["results"][1]["status"], "skipped");
}

#[test]
fn a_second_run_names_the_first_or_waits_for_it() {
    let project = Project::new(SLOW);
    let first = start_slow(&project);
    let held = format!("is held by process {}", first.id());

    let second = project.run(&["run", "--select", "quick"]);
    assert_ne!(second.code, 0);
    assert!(second.stderr.contains(&held), "{}", second.stderr);
    let second = project.run(&["run", "--select", "quick", "--wait", "1"]);
    assert_ne!(second.code, 0);

    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| project.run(&["run", "--select", "quick", "--wait"]));
        std::thread::sleep(std::time::Duration::from_secs(1));
        interrupt(&first);
        let waited = waiting.join().expect("no panic");
        assert_eq!(waited.code, 0, "{}", waited.stderr);
    });
    first.wait_with_output().expect("the program ends");
}
