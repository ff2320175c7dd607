use super::{Project, check};
use crate::plan::Command;

const SUMS: &str = "select (select count(*) from a), (select count(*) from a__quarantine), (select count(*) from b)";

/// Every kind of test there is, each with rows of its own that fail.
const ALL_KINDS: &str = "== models/a.sql\n\
    {{ config(materialized='table') }}\n\
    select range as id, case when range % 10 = 0 then null when range % 7 = 0 then 'bad' else 'x' end as kind,\n\
    range % 13 as parent from range(50) union all select 5, 'x', 3\n\
    == models/p.sql\nselect range as id from range(12)\n\
    == models/b.sql\n{{ config(materialized='table') }} select * from {{ ref('a') }}\n\
    == models/a.yml\n\
    models:\n\
    \x20 - name: a\n\
    \x20   columns:\n\
    \x20     - name: id\n\
    \x20       data_tests: [unique: {config: {meta: {quarantine: true}}}]\n\
    \x20     - name: kind\n\
    \x20       data_tests:\n\
    \x20         - not_null: {config: {meta: {quarantine: true}}}\n\
    \x20         - accepted_values: {arguments: {values: [x]}, config: {meta: {quarantine: true}, where: id > 10}}\n\
    \x20     - name: parent\n\
    \x20       data_tests:\n\
    \x20         - relationships: {arguments: {to: ref('p'), field: id}, config: {meta: {quarantine: true}}}\n\
    \x20         - accepted_values: {arguments: {values: [13], quote: false}, config: {severity: warn}}\n\
    == tests/crowded.sql\n\
    {{ config(meta={'quarantine': true}) }}\n\
    select count(*) from {{ ref('a') }} group by parent having count(*) > 2 and parent = 4\n";

#[test]
fn failing_rows_go_aside_and_the_others_go_on() {
    let project = Project::new(ALL_KINDS);
    let ran = project.run(Command::Build);
    check(
        &ran.shown(),
        "model.p.a success OK
         model.p.p success OK
         test.p.accepted_values_a_kind__x.dae3585a44 warn Got 1 result, moved 6 of 51 rows of main.a to main.a__quarantine; 45 go on
         test.p.crowded warn Got 1 result, moved 4 of 45 rows of main.a to main.a__quarantine; 41 go on
         test.p.not_null_a_kind.519751a13a warn Got 4 results, moved 4 of 41 rows of main.a to main.a__quarantine; 37 go on
         test.p.relationships_a_parent__id__ref_p_.5b269c783d warn Got 3 results, moved 3 of 37 rows of main.a to main.a__quarantine; 34 go on
         test.p.unique_a_id.f6a5f640da warn Got 1 result, moved 2 of 34 rows of main.a to main.a__quarantine; 32 go on
         test.p.accepted_values_a_parent__False__13.0aa2583fac warn Got 11 results, configured to warn if != 0
         model.p.b success OK",
    );
    assert_eq!(project.query(SUMS), "32|19|32");
    check(
        &project.query(
            "select quarantine_test, count(*), bool_and(quarantine_invocation_id = '00000000-0000-0000-0000-000000000000')
             from a__quarantine where quarantined_at is not null group by 1 order by 1",
        ),
        "accepted_values_a_kind__x|6|True
         crowded|4|True
         not_null_a_kind|4|True
         relationships_a_parent__id__ref_p_|3|True
         unique_a_id|2|True",
    );
}

#[test]
fn a_row_is_in_one_place_whatever_runs_next() {
    let project = Project::new(ALL_KINDS);
    project.run(Command::Build);
    // Tests alone find nothing more; the model alone has all its rows again.
    project.run(Command::Test);
    assert_eq!(project.query(SUMS), "32|19|32");
    project.run(Command::Run);
    assert_eq!(project.query(SUMS), "51|0|51");
    project.run(Command::Test);
    assert_eq!(project.query(SUMS), "32|19|51");
    // What cannot be built leaves both as they were.
    project.write(
        "models/a.sql",
        "{{ config(materialized='table') }} select 1/0 as id, error('no') as kind, 1 as parent",
    );
    assert!(!project.run(Command::Build).results.success());
    assert_eq!(project.query(SUMS), "32|19|51");
}

#[test]
fn an_incremental_model_has_its_failing_rows_back_while_it_is_built() {
    let project = Project::new(
        "== seeds/raw.csv\nid,kind\n1,x\n2,bad\n\
         == models/a.sql\n\
         {{ config(materialized='incremental') }}\n\
         select * from {{ ref('raw') }}\n\
         {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}\n\
         == models/b.sql\nselect * from {{ ref('a') }}\n\
         == models/a.yml\n\
         models: [{name: a, columns: [{name: kind, data_tests: [\
         accepted_values: {arguments: {values: [x]}, config: {meta: {quarantine: true}}}]}]}]\n",
    );
    let both = "select id, 'a' from a union all select id, 'aside' from a__quarantine order by 1";
    project.run(Command::Build);
    check(&project.query(both), "1|a\n2|aside");
    // Without row 2 the newest id would be 1, and row 2 would come once more.
    project.run(Command::Build);
    check(&project.query(both), "1|a\n2|aside");
    project.write("seeds/raw.csv", "id,kind\n1,x\n2,bad\n3,y\n4,x\n");
    project.run(Command::Build);
    check(&project.query(both), "1|a\n2|aside\n3|aside\n4|a");
    // The test is mended: what it allows now comes back.
    let text = project.file("models/a.yml").replace("[x]", "[x, y]");
    project.write("models/a.yml", &text);
    project.run(Command::Build);
    check(&project.query(both), "1|a\n2|aside\n3|a\n4|a");
    // Nobody takes rows aside any more.
    project.write("models/a.yml", "models: [{name: a}]\n");
    project.run(Command::Build);
    check(&project.query(both), "1|a\n2|a\n3|a\n4|a");
}

#[test]
fn beyond_a_limit_of_its_own_a_quarantine_test_fails_and_moves_nothing() {
    let project = Project::new(
        "== models/a.sql\n{{ config(materialized='table') }} select unnest([1, 2, 3]) as id\n\
         == models/b.sql\nselect * from {{ ref('a') }}\n\
         == tests/few.sql\n\
         {{ config(meta={'quarantine': true}, error_if='> 1') }}\nselect id from {{ ref('a') }} where id > 1\n",
    );
    let ran = project.run(Command::Build);
    check(
        &ran.shown(),
        "model.p.a success OK
         test.p.few fail Got 2 results, configured to fail if > 1
         model.p.b skipped",
    );
    assert_eq!(project.query("select count(*) from a"), "3");
}

#[test]
fn what_cannot_be_led_back_to_rows_is_refused() {
    let model = "== models/a.sql\n{{ config(materialized='table') }} select 1 as id\n\
         == tests/t.sql\n{{ config(meta={'quarantine': true}) }}\n";
    let refused = |sql: &str, why: &str| {
        let project = Project::new(&format!("{model}{sql}\n"));
        project.run(Command::Run);
        let ran = project.run(Command::Compile);
        let shown = ran.diagnostics();
        assert!(
            shown.contains(&format!("cannot quarantine rows: {why}")),
            "{shown}"
        );
    };
    refused(
        "select count(*) from {{ ref('a') }} having count(*) < 10",
        "it aggregates over all rows of `a` at once",
    );
    refused(
        "select 1 where exists (select 1 from {{ ref('a') }})",
        "it does not read rows of `a`",
    );
    refused(
        "select id from {{ ref('a') }} except select 2",
        "it uses `except`, which compares whole rows",
    );
}

#[test]
fn a_test_that_fails_without_its_rows_moves_none() {
    let project = Project::new(
        "== models/a.sql\n{{ config(materialized='table') }} select unnest([1, 2, 3]) as id\n\
         == tests/t.sql\n{{ config(meta={'quarantine': true}) }}\nselect id from {{ ref('a') }} limit 1\n",
    );
    let ran = project.run(Command::Build);
    let message = ran.message("test.p.t");
    assert!(
        message.contains("the test would still give 1 results"),
        "{message}"
    );
    assert_eq!(project.query("select count(*) from a"), "3");
}
