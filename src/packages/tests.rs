use std::sync::Arc;

use super::fetch::without_credentials;
use super::{LockFile, PinnedPackage, PinnedSource, specs_hash};
use crate::config::packages::read_specs;
use crate::diagnostics::SourceFile;
use crate::yaml::parse_yaml;

fn hash(packages_yml: &str) -> String {
    let file: Arc<SourceFile> = SourceFile::new("packages.yml", packages_yml);
    specs_hash(&read_specs(&file).expect("valid packages"))
}

#[test]
fn a_lock_file_of_dbt_is_accepted() {
    // The hash that dbt-core 1.11 writes for these two entries.
    assert_eq!(
        hash(
            "packages:\n  - local: ../one\n  - git: https://example.org/two.git\n    revision: v1\n"
        ),
        "660d7f4f437d2df77b9fffd9f214488d6991010f"
    );
}

#[test]
fn another_revision_is_another_hash() {
    let one = hash("packages:\n  - git: https://example.org/a.git\n    revision: v1\n");
    let two = hash("packages:\n  - git: https://example.org/a.git\n    revision: v2\n");
    assert_ne!(one, two);
}

#[test]
fn a_lock_file_is_read_as_it_was_written() {
    let lock = LockFile {
        packages: vec![
            PinnedPackage {
                name: "one".into(),
                source: PinnedSource::Local {
                    path: "../a folder/it's".into(),
                },
            },
            PinnedPackage {
                name: "two".into(),
                source: PinnedSource::Git {
                    url: "https://example.org/two.git".into(),
                    revision: "1234567".into(),
                    subdirectory: Some("dbt: project".into()),
                },
            },
            PinnedPackage {
                name: "three".into(),
                source: PinnedSource::Tarball {
                    url: "three.tar.gz".into(),
                    name: Some("three".into()),
                },
            },
        ],
        hash: "0123456789".into(),
    };
    let file = SourceFile::new("package-lock.yml", lock.to_yaml());
    let value = parse_yaml(&file).expect("YAML").to_json();
    assert_eq!(LockFile::read(&value), Some(lock));
}

#[test]
fn addresses_are_shown_without_passwords() {
    assert_eq!(
        without_credentials("https://me:secret@example.org/a.git"),
        "https://example.org/a.git"
    );
    assert_eq!(
        without_credentials("git@example.org:a.git"),
        "git@example.org:a.git"
    );
    assert_eq!(without_credentials("/a/b@c"), "/a/b@c");
}
