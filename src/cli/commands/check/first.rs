//! The check that `run` and `build` begin with.

use super::{KnownSchemas, tell};
use crate::check::{self, Basis};
use crate::cli::exit::Exit;
use crate::cli::phi;
use crate::cli::session::{ReadyProject, Session};
use crate::config::hcdbt_yml::BeforeRun;
use crate::diagnostics::{Diagnostic, Severity};
use crate::plan::{Command, Plan};
use crate::run::RunContext;

/// Refuses to run what breaks a promise about patient data, and tells what is
/// going to fail before anything runs.
///
/// As in dbt, what can run does run, unless the project wants nothing to run
/// then: `check: {before_run: stop}` of `hcdbt.yml`.
///
/// # Errors
///
/// Nothing is to run.
pub fn before_run(
    session: &Session,
    ready: &ReadyProject,
    cx: &RunContext,
    plan: &Plan,
) -> Result<(), Exit> {
    let known = KnownSchemas::new(session, ready);
    // What is wrong with SQL comes first: without it nothing is known of the
    // columns that promises are about.
    tell_coming(session, ready, cx, plan, &known)?;
    phi::guard(session, ready, cx, plan, &known)?;
    Ok(())
}

/// Tells what is going to fail, unless that was not asked for.
fn tell_coming(
    session: &Session,
    ready: &ReadyProject,
    cx: &RunContext,
    plan: &Plan,
    known: &KnownSchemas<'_>,
) -> Result<(), Exit> {
    let setting = ready.project.hcdbt_yml.check.before_run;
    let is_on = session.invocation.flags.all.get("CHECK") != Some(&false.into());
    let runs = matches!(plan.command, Command::Run | Command::Build);
    if !runs || !is_on || setting == BeforeRun::Off || plan.steps.is_empty() {
        return Ok(());
    }
    let request = check::Request {
        selected: plan.selected.clone(),
        basis: Basis::Database,
        hooks: true,
        memory: Some(std::sync::Arc::clone(known.memory())),
        ..check::Request::default()
    };
    let outcome = check::check(cx, &request);
    known.keep()?;
    let errors = outcome.diagnostics.into_iter();
    let errors: Vec<Diagnostic> = errors.filter(|d| d.severity == Severity::Error).collect();
    if setting == BeforeRun::Stop && !errors.is_empty() {
        tell(session, &errors);
        return Err(Exit::node_failed());
    }
    // The failure itself is told when it comes.
    let coming = errors.into_iter().map(|mut error| {
        error.severity = Severity::Warning;
        error
    });
    tell(session, &coming.collect::<Vec<_>>());
    Ok(())
}
