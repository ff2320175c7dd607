//! `init`: makes a small project that builds at once.

use camino::Utf8PathBuf;
use clap::Args;

use super::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::diagnostics::Diagnostic;
use crate::event::Level;

#[derive(Debug, Args)]
pub struct InitArgs {
    /// Name of the project, and of the folder to make
    #[arg(default_value = "my_project")]
    project_name: String,
    /// Make no `profiles.yml`
    #[arg(short, long)]
    skip_profile_setup: bool,
}

/// The files of a new project, with `{name}` for its name.
const FILES: &[(&str, &str)] = &[
    (
        "dbt_project.yml",
        "name: {name}
version: '1.0'
profile: {name}

models:
  {name}:
    staging:
      +materialized: view
    marts:
      +materialized: table
",
    ),
    (
        "seeds/encounters.csv",
        "encounter_id,patient_id,admitted_on,discharged_on,paid_amount
E1,P1,2024-01-03,2024-01-06,4200.50
E2,P2,2024-01-10,2024-01-11,950.00
E3,P1,2024-02-01,2024-02-04,3875.25
",
    ),
    (
        "models/staging/stg_encounters.sql",
        "select
    encounter_id,
    patient_id,
    admitted_on,
    discharged_on,
    paid_amount
from {{ ref('encounters') }}
",
    ),
    (
        "models/marts/mart_patient_cost.sql",
        "select
    patient_id,
    count(*) as encounters,
    sum(paid_amount) as paid_amount,
    sum(discharged_on - admitted_on) as days_in_hospital
from {{ ref('stg_encounters') }}
group by patient_id
",
    ),
    (
        "models/properties.yml",
        "models:
  - name: stg_encounters
    description: One row per stay in hospital.
    columns:
      - name: encounter_id
        description: Identifies the stay.
        data_tests: [unique, not_null]
      - name: patient_id
        description: Identifies the patient.
        data_tests: [not_null]
  - name: mart_patient_cost
    description: What each patient's stays have cost.
    columns:
      - name: patient_id
        description: Identifies the patient.
        data_tests: [unique, not_null]
",
    ),
    (
        ".gitignore",
        "target/\nlogs/\ndbt_packages/\n*.duckdb\n*.duckdb.wal\n",
    ),
];

const PROFILE: &str = "{name}:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: {name}.duckdb
      threads: 4
";

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &InitArgs) -> Result<(), Exit> {
    let name = &args.project_name;
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts_well || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Exit::failed(
            Diagnostic::error(
                "invalid-project-name",
                format!("`{name}` is no name for a project"),
            )
            .hint("use letters, digits and underscores, beginning with a letter"),
        ));
    }
    let dir: Utf8PathBuf = cx.process.current_dir.join(name);
    if cx.world.exists(&dir) {
        return Err(Exit::failed(
            Diagnostic::error("project-exists", format!("`{dir}` exists already"))
                .hint("choose another name, or delete the folder"),
        ));
    }
    let session = cx.open_in(
        dir.clone(),
        &CommandFlags {
            which: "init",
            ..CommandFlags::default()
        },
    )?;
    let profile = (!args.skip_profile_setup).then_some(("profiles.yml", PROFILE));
    for (path, text) in FILES.iter().copied().chain(profile) {
        session.write(&dir.join(path), text.replace("{name}", name).as_bytes())?;
    }
    session.say(
        Level::Info,
        "ProjectCreated",
        "A026",
        format!("Made the project `{name}`. Build it with:\n\n  cd {name}\n  hcdbt build\n"),
    );
    Ok(())
}
