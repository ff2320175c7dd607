use pretty_assertions::assert_eq;

use super::{AlertStatus, Audit, Channel, Gates, RemovedColumns, WebhookFormat};
use crate::config::HcdbtYml;
use crate::config::load::load_project;
use crate::config::testing::{drawn, invocation, load, world};

fn read(text: &str) -> HcdbtYml {
    load(&format!("# hcdbt.yml\n{text}")).0.hcdbt_yml
}

fn wrong(text: &str) -> String {
    let world = world(&format!("# hcdbt.yml\n{text}"));
    drawn(&load_project(&invocation(), &world).diagnostics)
}

#[test]
fn a_project_without_the_file_has_the_defaults() {
    let settings = load("").0.hcdbt_yml;
    assert_eq!(settings.audit, Audit::default());
    assert_eq!(settings.ci.gates, Gates::default());
    assert_eq!(settings.alerts, []);
    assert_eq!(read("").audit, Audit::default());
}

#[test]
fn every_section_is_read() {
    let settings = read(
        "
audit: {table: true, schema: ledger}
ci:
  schema: \"pr_{{ target.name }}\"
  gates: {failing_tests: 2, removed_columns: any, changed_rows: \"{{ env_var('LIMIT', '2.5') }}\"}
alerts:
  - when: [error, success]
    tags: finance
    webhook: {url: 'http://localhost/x', format: slack}
  - name: nobody
    webhook: {url: \"{{ env_var('NOT_SET', '') }}\"}
",
    );
    assert_eq!(settings.audit.schema, "ledger");
    assert!(settings.audit.table && settings.audit.ledger);
    assert_eq!(settings.ci.schema.as_deref(), Some("pr_dev"));
    let gates = Gates {
        failing_tests: 2,
        removed_columns: RemovedColumns::Any,
        changed_rows: Some(2.5),
    };
    assert_eq!(settings.ci.gates, gates);
    let alert = &settings.alerts[0];
    assert_eq!(alert.name, "webhook");
    assert_eq!(alert.when, [AlertStatus::Error, AlertStatus::Success]);
    assert_eq!(alert.tags, ["finance"]);
    let webhook = Channel::Webhook {
        url: "http://localhost/x".into(),
        format: WebhookFormat::Slack,
    };
    assert_eq!(alert.channel, Some(webhook));
    assert_eq!(settings.alerts[1].channel, None, "it is off");
}

#[test]
fn every_mistake_is_told_with_its_place() {
    insta::assert_snapshot!(wrong(
        "ci:
  gate:
    changed_rows: 5
  gates:
    changed_rows: many
    failing_tests: 1.5
    removed_columns: publik
audit: yes
alerts:
  - when: [errors]
    email: {server: mail, from: a@b, to: [c@d], password: hunter2}
  - name: none
  - webhook: {}
",
    ));
}
