use pretty_assertions::assert_eq;

use super::*;
use crate::config::testing::load;

/// Lists the files of the root project as `kind: path (original path)`.
fn listed(text: &str) -> String {
    let (project, world) = load(text);
    let outcome = read_project(&world, &project);
    assert_eq!(outcome.diagnostics, []);
    let mut files = outcome.value.expect("files");
    let root = &mut files.packages[0];
    let mut lines = Vec::new();
    for kind in KINDS {
        for file in root.of_kind(kind).iter() {
            lines.push(format!(
                "{kind:?}: {} ({})",
                file.path, file.original_file_path
            ));
        }
    }
    lines.join("\n")
}

#[test]
fn files_are_sorted_by_what_they_hold() {
    let listed = listed(
        "
-- models/b.py
-- models/staging/a.sql
-- models/staging/schema.yml
-- models/docs.md
-- models/.hidden.sql
-- models/notes.txt
-- macros/m.SQL
-- seeds/codes.csv
-- seeds/seeds.yaml
-- tests/t.sql
-- tests/generic/g.sql
-- tests/fixtures/f.csv
-- snapshots/s.sql
-- analyses/a.sql
-- functions/f.sql
",
    );
    insta::assert_snapshot!(listed, @r"
    Macro: m.SQL (macros/m.SQL)
    Model: staging/a.sql (models/staging/a.sql)
    Model: b.py (models/b.py)
    Snapshot: s.sql (snapshots/s.sql)
    Analysis: a.sql (analyses/a.sql)
    SingularTest: t.sql (tests/t.sql)
    GenericTest: g.sql (tests/generic/g.sql)
    Seed: codes.csv (seeds/codes.csv)
    Doc: docs.md (models/docs.md)
    Property: staging/schema.yml (models/staging/schema.yml)
    Property: seeds.yaml (seeds/seeds.yaml)
    Fixture: f.csv (tests/fixtures/f.csv)
    Function: f.sql (functions/f.sql)
    ");
}

#[test]
fn folders_may_lie_outside_the_project_or_within_each_other() {
    let listed = listed(
        "
# dbt_project.yml
name: clinic
profile: clinic
model-paths: [\"../models\", \"extra/\", \"extra/more\"]
-- ../models/staging/a.sql
-- extra/more/b.sql
",
    );
    insta::assert_snapshot!(listed, @r"
    Model: staging/a.sql (../models/staging/a.sql)
    Model: more/b.sql (extra/more/b.sql)
    ");
}

#[test]
fn dbtignore_leaves_files_out() {
    let (project, world) = load(
        "
-- models/a.sql
-- models/old/b.sql
-- models/old/keep.sql
-- models/c_tmp.sql
",
    );
    world
        .write(
            "/clinic/.dbtignore".into(),
            b"models/old/*\n!models/old/keep.sql\n*_tmp.sql\n",
        )
        .expect("memory");
    let files = read_project(&world, &project).value.expect("files");
    let models = files.packages[0].models.iter();
    let paths: Vec<&str> = models.map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["a.sql", "old/keep.sql"]);
}

#[test]
fn checksums_are_those_of_the_stripped_text() {
    let (project, world) = load("-- models/a.sql\n\nselect 1\n\n-- seeds/s.csv\nid\n1\n");
    let files = read_project(&world, &project).value.expect("files");
    // sha256 of `select 1` and of `id\n1`.
    assert_eq!(
        files.packages[0].models[0].checksum.checksum,
        "822ae07d4783158bc1912bb623e5107cc9002d519e1143a9c200ed6ee18b6d0f"
    );
    let seed = &files.packages[0].seeds[0];
    assert_eq!(seed.checksum.name, "sha256");
    assert_eq!(&*seed.file.text, "");
    assert_eq!(seed.file.path, "seeds/s.csv");
}

#[test]
fn what_cannot_be_read_is_named() {
    let (project, world) = load("-- models/a.sql\n");
    world
        .write("/clinic/models/b.sql".into(), &[0xff, 0xfe])
        .expect("memory");
    let outcome = read_project(&world, &project);
    let drawn = crate::config::testing::drawn(&outcome.diagnostics);
    insta::assert_snapshot!(drawn, @r"
    error[unreadable-file]: could not read `models/b.sql`
     |
     = It is not UTF-8 text.
     = hint: save the file in the encoding UTF-8
    ");
}

#[test]
fn a_file_is_read_again_when_it_may_have_been_saved() {
    let (_, world) = load("-- models/a.sql\nselect 1\n");
    let known = ReadFiles::default();
    let wanted = |size, modified| Wanted {
        kind: Kind::Model,
        disk_path: "/clinic/models/a.sql".into(),
        shown: "models/a.sql".into(),
        path: "a.sql".into(),
        original_file_path: "models/a.sql".into(),
        search_path: "models".into(),
        size,
        modified,
    };
    let read = |wanted: Wanted| read_or_take(&world, wanted, Some(&known)).expect("the file");
    let now = world.now().as_nanosecond();
    let long_ago = now - 3_600_000_000_000;
    let first = read(wanted(8, now));
    // It was just saved, and may be saved again at the same moment.
    assert!(known.unsaved(&wanted(8, now)).is_none());
    let second = read(wanted(8, long_ago));
    assert!(Arc::ptr_eq(&first.file, &second.file), "it says the same");
    assert!(known.unsaved(&wanted(8, long_ago)).is_some());
    assert!(known.unsaved(&wanted(9, long_ago)).is_none());
    assert!(known.unsaved(&wanted(8, long_ago + 1)).is_none());
    world
        .write("/clinic/models/a.sql".into(), b"select 2")
        .expect("memory");
    let changed = read(wanted(8, long_ago + 1));
    assert_eq!(&*changed.file.text, "select 2");
}
