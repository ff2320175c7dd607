use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::git::without_credentials;
use super::{Fetcher, install, lock_text, resolve, specs_hash};
use crate::config::packages::{PackageReader, PackageSpec};
use crate::config::testing::invocation;
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::event::{Event, EventSink};
use crate::files::DiskWorld;
use crate::invocation::Invocation;

const DISK: DiskWorld = DiskWorld { fixed_now: None };

/// A folder with a project in it, on the disk.
struct Folder {
    folder: tempfile::TempDir,
    invocation: Invocation,
    said: Said,
}

#[derive(Default)]
struct Said(Mutex<Vec<String>>);

impl EventSink for Said {
    fn send(&self, event: Event) {
        let mut said = self.0.lock().expect("no test panics with the lock");
        said.push(format!("{}: {}", event.name, event.message));
    }
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = Utf8PathBuf::from_path_buf(folder.path().join("root")).expect("UTF-8");
        let mut invocation = invocation();
        invocation.project_dir = root.clone();
        invocation.current_dir = root;
        let made = Self {
            folder,
            invocation,
            said: Said::default(),
        };
        made.write("root/dbt_project.yml", "name: root\n");
        made
    }

    fn path(&self, path: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.folder.path().join(path)).expect("UTF-8")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().expect("a parent")).expect("a new folder");
        fs_err::write(path, text).expect("a new file");
    }

    fn with_env(mut self, name: &str, value: &str) -> Self {
        let mut env = (*self.invocation.env).clone();
        env.insert(name.to_owned(), value.to_owned());
        self.invocation.env = Arc::new(env);
        self
    }

    /// Makes a repository of a folder and returns the commit.
    fn commit(&self, path: &str, tag: &str) -> String {
        let folder = self.path(path);
        git(&folder, &["init", "--quiet", "--initial-branch=main"]);
        git(&folder, &["add", "."]);
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        git(
            &folder,
            &[&who[..], &["commit", "--quiet", "-m", "x"]].concat(),
        );
        git(&folder, &["tag", tag]);
        git(&folder, &["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn fetcher(&self) -> Fetcher<'_> {
        Fetcher::new(&self.invocation, &DISK, &self.said).expect("a folder for downloads")
    }

    fn specs(&self, text: &str) -> Vec<PackageSpec> {
        let file = SourceFile::new("packages.yml", text);
        let reader = PackageReader::new(&self.invocation, &DISK);
        reader.locked(&file).expect("valid packages")
    }

    /// Resolves entries and returns the lock file without its hash.
    fn lock(&self, text: &str) -> Result<String, Diagnostic> {
        let fetcher = self.fetcher();
        let found = resolve(&fetcher, "root", &self.specs(text))?;
        let secrets: Vec<&str> = self.invocation.secrets().collect();
        let text = lock_text(&fetcher, &found, "-", &secrets)?;
        Ok(text.replace(self.folder.path().to_str().expect("UTF-8"), "[folder]"))
    }

    fn refused(&self, text: &str) -> String {
        let error = self.lock(text).expect_err("an error");
        let text = error.text.map(|text| format!("\n{text}"));
        format!("{}{}", error.title, text.unwrap_or_default())
            .replace(self.folder.path().to_str().expect("UTF-8"), "[folder]")
    }

    fn said(&self) -> Vec<String> {
        std::mem::take(&mut *self.said.0.lock().expect("no test panics with the lock"))
    }
}

fn git(folder: &Utf8Path, args: &[&str]) -> String {
    let ran = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .output();
    let ran = ran.expect("git runs");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    String::from_utf8(ran.stdout).expect("UTF-8")
}

/// Serves answers on a port of this machine until the test process ends.
fn serve(answers: Vec<(&str, Vec<u8>)>) -> String {
    let answers: IndexMap<String, Vec<u8>> = answers
        .into_iter()
        .map(|(path, body)| (path.to_owned(), body))
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let own = address.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = Vec::new();
            let mut buffer = [0; 1024];
            while !request.windows(4).any(|w| w == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(n) if n > 0 => request.extend_from_slice(&buffer[..n]),
                    _ => break,
                }
            }
            let request = String::from_utf8_lossy(&request).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default();
            let (status, body) = match answers.get(path.trim_start_matches('/')) {
                Some(body) => ("200 OK", body.clone()),
                None => ("404 Not Found", Vec::new()),
            };
            let body = match String::from_utf8(body) {
                Ok(text) => text.replace("[server]", &own).into_bytes(),
                Err(bytes) => bytes.into_bytes(),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&body);
        }
    });
    address
}

fn tarball(folder: &str, project: &str) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    let mut header = tar::Header::new_gnu();
    header.set_size(project.len() as u64);
    header.set_mode(0o644);
    let path = format!("{folder}/dbt_project.yml");
    tar.append_data(&mut header, path, project.as_bytes())
        .expect("a tar file");
    let gzip = tar.into_inner().expect("a tar file");
    gzip.finish().expect("a gzip file")
}

fn version(name: &str, version: &str, packages: Value) -> Value {
    json!({
        "name": name,
        "packages": packages,
        "downloads": {"tarball": format!("[server]{name}-{version}.tar.gz")},
    })
}

/// A registry with two packages, one of which needs the other.
fn registry() -> String {
    let mut utils = json!({});
    for number in ["0.9.0", "1.0.0", "1.1.0", "2.0.0-rc1"] {
        utils[number] = version("utils", number, json!([]));
    }
    utils["1.2.0"] = version("utils", "1.2.0", json!([]));
    utils["1.2.0"]["require_dbt_version"] = json!([">=2.0.0", "<3.0.0"]);
    let needs = json!([{"package": "acme/utils", "version": [">=0.9.0", "<1.1.0"]}]);
    let clinic = json!({"1.0.0": version("clinic", "1.0.0", needs)});
    let text = |value: Value| value.to_string().into_bytes();
    serve(vec![
        (
            "api/v1/index.json",
            text(json!(["acme/utils", "acme/clinic", "acme/broken"])),
        ),
        (
            "api/v1/acme/utils.json",
            text(json!({"name": "utils", "versions": utils})),
        ),
        (
            "api/v1/acme/clinic.json",
            text(json!({
                "name": "clinic",
                "namespace": "acme",
                "redirectname": "hospital",
                "versions": clinic,
            })),
        ),
        (
            "utils-1.0.0.tar.gz",
            tarball("acme-utils-1", "name: utils\n"),
        ),
        (
            "utils-1.1.0.tar.gz",
            tarball("acme-utils-2", "name: utils\n"),
        ),
        ("clinic-1.0.0.tar.gz", tarball("clinic", "name: clinic\n")),
    ])
}

fn hash(packages_yml: &str) -> String {
    specs_hash(&Folder::new().specs(packages_yml))
}

#[test]
fn a_lock_file_of_dbt_is_accepted() {
    // The hashes that dbt-core 1.11 writes for these entries.
    assert_eq!(
        hash(
            "packages:\n  - local: ../one\n  - git: https://example.org/two.git\n    revision: v1\n"
        ),
        "660d7f4f437d2df77b9fffd9f214488d6991010f"
    );
    let cases = [
        (
            "{git: 'https://x.org/a.git', revision: 1.0}",
            "3378885402fd2a7c12a7ec0d2faf5c2c0c6da845",
        ),
        (
            "{git: 'https://x.org/a.git', revision: 1}",
            "f91f9b54a4e72924c251d440f14c9aee969edf33",
        ),
        (
            "{git: 'https://x.org/a.git', revision: v1, warn-unpinned: false, subdirectory: s}",
            "8099a20a299bca9abf4219630c94f34ec6775265",
        ),
        (
            "{package: a/b, version: 1.2}",
            "4a4bd591b4e9db602fa30e85dfb55082bc9fdb86",
        ),
        (
            "{package: a/b, version: 1.2.0}",
            "0080dc19822597695c0e69dab73c0574d2777c34",
        ),
        (
            "{package: a/b, version: ['>=1.2.0', '<2.0.0']}",
            "0ac3228bab01b4fd9a1a760fc0bfa51128c1548c",
        ),
        (
            "{package: a/b, version: ['>=1.2.0'], install_prerelease: true}",
            "b20ff1542af385873b51c8cafc11faeeb38079c1",
        ),
        (
            "{private: a/b, provider: github}",
            "c7eb991dd788a00d06e51c528671d3aadbee417e",
        ),
        (
            "{local: ../a, name: zz}",
            "b531d93b7b720d9ecf871cde63d7a0ecb9675acc",
        ),
        (
            "{tarball: 'http://x/a.tgz', name: zz}",
            "36d063138eba8a5f82244f9257394cd372c305df",
        ),
        (
            "{local: ../ä, name: null}",
            "0a17dc90588d13ecfc7dc884621470f04b8cda50",
        ),
    ];
    for (entry, expected) in cases {
        assert_eq!(hash(&format!("packages: [{entry}]")), expected, "{entry}");
    }
}

#[test]
fn packages_need_packages() {
    let project = Folder::new();
    project.write("one/dbt_project.yml", "name: one\n");
    // Local paths are relative to the root project, not to the package.
    project.write("one/packages.yml", "packages:\n  - local: ../two/inner\n");
    project.write("two/inner/dbt_project.yml", "name: two\n");
    insta::assert_snapshot!(project.lock("packages: [{local: ../one}]").expect("a lock file"), @r"
    packages:
      - local: ../one
        name: one
      - local: ../two/inner
        name: two
    sha1_hash: '-'
    ");
}

#[test]
fn a_repository_is_pinned_to_its_commit() {
    let project = Folder::new().with_env("DBT_ENV_SECRET_NAME", "repository");
    project.write("repository/dbt_project.yml", "name: whole\n");
    project.write("repository/part/dbt_project.yml", "name: part\n");
    let commit = project.commit("repository", "v1.0");
    let entries = "
packages:
  - git: '[folder]/{{ env_var(\"DBT_ENV_SECRET_NAME\") }}'
    revision: v1.0
    subdirectory: part
  - git: '[folder]/repository/'
    revision: main
";
    let entries = entries.replace("[folder]", project.path("").as_str().trim_end_matches('/'));
    let lock = project.lock(&entries).expect("a lock file");
    insta::assert_snapshot!(lock.replace(&commit, "[commit]"), @r#"
    packages:
      - git: [folder]/{{ env_var("DBT_ENV_SECRET_NAME") }}
        name: part
        revision: [commit]
        subdirectory: part
      - git: [folder]/*****/
        name: whole
        revision: [commit]
    sha1_hash: '-'
    "#);
    let said = project.said().join("\n");
    assert!(said.contains("DepsUnpinned"), "{said}");
    assert!(said.contains("pinned to the \"main\" branch"), "{said}");
    assert!(said.contains("DepsScrubbedPackageName"), "{said}");
}

#[test]
fn two_revisions_of_a_repository_are_refused() {
    let project = Folder::new();
    project.write("repository/dbt_project.yml", "name: whole\n");
    project.commit("repository", "v1");
    let path = project.path("repository");
    let entries = format!(
        "packages:\n  - {{git: '{path}', revision: v1}}\n  - {{git: '{path}.git', revision: v2}}\n"
    );
    assert_eq!(
        project.refused(&entries),
        "git dependencies should contain exactly one version. [folder]/repository contains: v1, v2"
    );
    let entries = format!("packages: [{{git: '{path}', revision: v3}}]");
    assert_eq!(
        project.refused(&entries),
        "the repository `[folder]/repository` has no tag, branch or commit `v3`"
    );
}

#[test]
fn two_packages_with_one_project_name_are_refused() {
    let project = Folder::new();
    project.write("one/dbt_project.yml", "name: same\n");
    project.write("two/dbt_project.yml", "name: same\n");
    project.write("three/dbt_project.yml", "name: root\n");
    assert_eq!(
        project.refused("packages: [{local: ../one}, {local: ../two}]"),
        "Found duplicate project \"same\": two packages have the same project name\n`../one` and \
         `../two`"
    );
    assert_eq!(
        project.refused("packages: [{local: ../three}]"),
        "Found a dependency with the same name as the root project \"root\": package names must be \
         unique in a project"
    );
    assert_eq!(
        project.refused("packages: [{local: ../none}]"),
        "No dbt_project.yml found at expected path [folder]/root/../none/dbt_project.yml"
    );
}

#[test]
fn private_packages_say_what_to_do() {
    let refused = Folder::new().refused("packages: [{private: acme/models}]");
    assert!(
        refused.starts_with("Cannot resolve private package acme/models because git provider"),
        "{refused}"
    );
}

#[test]
fn the_registry_gives_what_all_limits_allow() {
    let project = Folder::new().with_env("DBT_PACKAGE_HUB_URL", &registry());
    let lock = |entries: &str| project.lock(entries).expect("a lock file");
    insta::assert_snapshot!(
        lock("packages: [{package: acme/utils, version: '>=0.1.0'}, {package: acme/clinic, version: 1.0.0}]"),
        @r"
    packages:
      - name: utils
        package: acme/utils
        version: 1.0.0
      - name: clinic
        package: acme/clinic
        version: 1.0.0
    sha1_hash: '-'
    "
    );
    let said = project.said().join("\n");
    assert!(said.contains("PackageRedirectDeprecation"), "{said}");
    let version = |entry: &str| {
        let text = lock(&format!("packages: [{entry}]"));
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("    version: "));
        line.expect("a version").to_owned()
    };
    // 1.2.0 is for another version of dbt, and 2.0.0 not yet there.
    assert_eq!(
        version("{package: acme/utils, version: '>=0.9.0'}"),
        "1.1.0"
    );
    assert_eq!(
        version("{package: acme/utils, version: '>=0.9.0', install_prerelease: true}"),
        "2.0.0-rc1"
    );
    assert_eq!(
        version("{package: acme/utils, version: ['>1.0.0', '<=2.0.0-rc1']}"),
        "2.0.0-rc1"
    );
}

#[test]
fn what_the_registry_does_not_have_is_named() {
    let project = Folder::new().with_env("DBT_PACKAGE_HUB_URL", &registry());
    let refused = |entries: &str| project.refused(&format!("packages: [{entries}]"));
    assert_eq!(
        refused("{package: acme/util, version: 1.0.0}"),
        "Package acme/util was not found in the package index"
    );
    assert_eq!(
        refused("{package: acme/utils, version: 3.0.0}"),
        "Could not find a matching compatible version for package acme/utils\nRequested range: \
         =3.0.0, =3.0.0\nCompatible versions: ['0.9.0', '1.0.0', '1.1.0']"
    );
    assert_eq!(
        refused(
            "{package: acme/utils, version: '>=1.1.0'}, {package: acme/clinic, version: 1.0.0}"
        ),
        "Version error for package acme/utils: Could not find a satisfactory version from options: \
         ['>=1.1.0', '>=0.9.0', '<1.1.0']"
    );
    let refused = refused("{package: acme/broken, version: 1.0.0}");
    assert!(
        refused.ends_with("the server answers with status 404"),
        "{refused}"
    );
    let none = Folder::new().refused("packages: [{package: acme/utils, version: 1.0.0}]");
    assert!(none.contains("DBT_PACKAGE_HUB_URL"), "{none}");
}

#[test]
fn locked_packages_are_installed_whole() {
    let project = Folder::new().with_env("DBT_PACKAGE_HUB_URL", &registry());
    project.write("repository/dbt_project.yml", "name: whole\n");
    project.write("repository/models/a.sql", "select 1\n");
    project.commit("repository", "v1");
    let repository = project.path("repository");
    let locked = project.specs(&format!(
        "packages:\n  - {{package: acme/utils, version: 1.0.0, name: utils}}\n  - {{git: '{repository}', revision: v1}}\n  - {{local: ../repository, name: x}}\n"
    ));
    let into = project.path("root/dbt_packages");
    install(&project.fetcher(), &into, &locked[..2]).expect("installed");
    assert_eq!(
        fs_err::read_to_string(into.join("utils/dbt_project.yml")).ok(),
        Some("name: utils\n".to_owned())
    );
    assert!(into.join("whole/models/a.sql").exists());
    let said = project.said().join("\n");
    insta::assert_snapshot!(
        said.replace(project.folder.path().to_str().expect("UTF-8"), "[folder]")
            .lines()
            .filter(|line| !line.contains("Making") && !line.contains("revision"))
            .collect::<Vec<_>>()
            .join("\n"),
        @r"
    DepsStartPackageInstall: Installing acme/utils
    DepsInstallInfo: Installed from version 1.0.0
    DepsUpdateAvailable: Updated version available: 1.1.0
    DepsStartPackageInstall: Installing [folder]/repository
    DepsNotifyUpdatesAvailable: Updates available for packages: ['acme/utils']
    Update your versions in packages.yml, then run hcdbt deps
    "
    );
    // What is gone from the lock file is gone from the folder too.
    install(&project.fetcher(), &into, &locked[2..]).expect("installed");
    assert!(!into.join("utils").exists());
    assert!(into.join("whole/models/a.sql").exists());
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
