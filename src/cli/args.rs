//! The command line as it is typed.
//!
//! dbt takes its global flags before and after the command; so do we. Flags
//! that come as `--x` and `--no-x` are a table, for there are many.

use std::ffi::OsString;

use camino::Utf8PathBuf;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Parser, Subcommand};

use super::commands;
use super::reports::{ReportArgs, ReportTarget};

/// Compiles and runs dbt projects, with DuckDB inside
#[derive(Debug, Parser)]
#[command(
    name = "hcdbt",
    disable_version_flag = true,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(flatten)]
    pub globals: Globals,

    #[command(subcommand)]
    pub command: Verb,
}

/// The commands, as dbt names them.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run all seeds, models, snapshots, and tests in DAG order
    Build(BuildArgs),
    /// Compile SQL and execute it against the target database
    Run(BuildArgs),
    /// Run tests on data in deployed models
    Test(BuildArgs),
    /// Load data from CSV files into the database
    Seed(BuildArgs),
    /// Execute the snapshots of the project
    Snapshot(RunArgs),
    /// Give this environment the relations of another one
    Clone(RunArgs),
    /// Run again what failed or was skipped in the last run
    Retry(commands::retry::RetryArgs),
    /// Generate executable SQL into the target folder
    Compile(CompileArgs),
    /// Find what is wrong with SQL before anything runs
    Check(commands::check::CheckArgs),
    /// Serve editors: diagnostics, hover, definitions, completion
    Lsp,
    /// Run one query and print its rows
    Show(ShowArgs),
    /// Read the project and write the manifest
    Parse,
    /// Follow patient data through the project
    #[command(subcommand)]
    Phi(commands::phi::PhiVerb),
    /// List the resources of the project
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show where columns come from, or what they go into
    Lineage(commands::lineage::LineageArgs),
    /// Tell what the changes since `--state` do to columns, and what they reach
    Impact(commands::impact::ImpactArgs),
    /// Work with the project's sources
    #[command(subcommand)]
    Source(SourceVerb),
    /// Generate or serve the documentation page
    #[command(subcommand)]
    Docs(DocsVerb),
    /// Show the settings in use and test the connection
    Debug(commands::debug::DebugArgs),
    /// Delete the folders listed under `clean-targets`
    Clean(commands::clean::CleanArgs),
    /// Install the packages that `packages.yml` names
    Deps(commands::deps::DepsArgs),
    /// Make a small working project
    Init(commands::init::InitArgs),
    /// Build, test and compare what a pull request modifies
    Ci(commands::ci::CiArgs),
    /// Compare two relations, or two databases
    Diff(commands::diff::DiffArgs),
    /// Show what earlier runs did
    History(commands::history::HistoryArgs),
    /// Run one macro
    #[command(name = "run-operation")]
    RunOperation(commands::run_operation::RunOperationArgs),
    /// Make synthetic claims data
    Synth(commands::synth::SynthArgs),
    /// Say how many patients each step of a cohort model keeps
    Attrition(commands::attrition::AttritionArgs),
    /// List and compare lists of codes
    #[command(subcommand)]
    Valuesets(ValuesetsVerb),
    /// Print a shell completion script
    Completions(commands::completions::CompletionsArgs),
}

impl Verb {
    /// Returns the reports that were asked for.
    pub fn reports(&self) -> &[ReportTarget] {
        let args = match self {
            Self::Build(args) | Self::Run(args) | Self::Test(args) | Self::Seed(args) => {
                &args.run.reports
            }
            Self::Snapshot(args) | Self::Clone(args) => &args.reports,
            Self::Compile(args) => &args.run.reports,
            Self::Retry(args) => &args.reports,
            Self::Diff(args) => &args.reports,
            Self::Ci(args) => &args.run.reports,
            Self::Source(SourceVerb::Freshness(args)) => &args.reports,
            _ => return &[],
        };
        &args.reports
    }
}

#[derive(Debug, Subcommand)]
pub enum SourceVerb {
    /// Measure how old the sources' newest rows are
    #[command(alias = "snapshot-freshness")]
    Freshness(FreshnessArgs),
}

#[derive(Debug, Subcommand)]
pub enum DocsVerb {
    /// Write the documentation page and the catalog
    Generate(commands::docs::GenerateArgs),
    /// Serve the documentation page on this machine
    Serve(commands::docs::ServeArgs),
    /// Print an exposure's charts, or the overview, to a PDF
    Pdf(commands::docs::PdfArgs),
}

#[derive(Debug, Subcommand)]
pub enum ValuesetsVerb {
    /// Say which value sets there are, and whether their files are what they say
    List(commands::valuesets::ListArgs),
    /// Say how a value set differs from another version, or from itself on another day
    Diff(commands::valuesets::DiffArgs),
}

/// Which nodes.
#[derive(Debug, Clone, Default, Args)]
pub struct SelectionArgs {
    /// Nodes to include, in dbt's selection syntax
    #[arg(short, long, num_args = 1.., action = ArgAction::Append)]
    pub select: Vec<String>,
    /// The same; `list` then takes models alone
    #[arg(short = 'm', long, visible_alias = "model", num_args = 1.., action = ArgAction::Append)]
    pub models: Vec<String>,
    /// Nodes to leave out
    #[arg(long, num_args = 1.., action = ArgAction::Append)]
    pub exclude: Vec<String>,
    /// A selection defined in `selectors.yml`
    #[arg(long)]
    pub selector: Option<String>,
    /// Kinds of resource to keep
    #[arg(long, visible_alias = "resource-types", num_args = 1.., action = ArgAction::Append)]
    pub resource_type: Vec<String>,
    /// Kinds of resource to leave out
    #[arg(long, visible_alias = "exclude-resource-types", num_args = 1.., action = ArgAction::Append)]
    pub exclude_resource_type: Vec<String>,
}

/// Flags of the commands that change or read the database.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Rebuild incremental models and seeds from nothing
    #[arg(short, long)]
    pub full_refresh: bool,
    /// Read no rows: sources and refs are limited to none
    #[arg(long, overrides_with = "no_empty")]
    pub empty: bool,
    #[arg(long, hide = true)]
    pub no_empty: bool,
    /// Build on a sample: a time window such as `3 days`
    #[arg(long)]
    pub sample: Option<String>,
    /// Begin of the event times to build
    #[arg(long)]
    pub event_time_start: Option<String>,
    /// End of the event times to build
    #[arg(long)]
    pub event_time_end: Option<String>,
    /// Keep the failing rows of tests as tables
    #[arg(long)]
    pub store_failures: bool,
    /// Print a sample of the loaded rows
    #[arg(long)]
    pub show: bool,
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// Flags of the commands that can leave alone what is up to date.
#[derive(Debug, Clone, Default, Args)]
pub struct BuildArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// Keep what is up to date: run what has changed, and what reads that
    #[arg(long)]
    pub changed: bool,
    /// Say of each node why it runs or not
    #[arg(long, requires = "changed")]
    pub explain: bool,
}

#[derive(Debug, Clone, Default, Args)]
pub struct CompileArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub inline: InlineArgs,
}

#[derive(Debug, Clone, Default, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub inline: InlineArgs,
    /// Rows to print, all for -1
    #[arg(long, default_value_t = 5, allow_negative_numbers = true)]
    pub limit: i64,
}

/// A query on the command line instead of a node.
#[derive(Debug, Clone, Default, Args)]
pub struct InlineArgs {
    /// A query to use in place of a node
    #[arg(long, alias = "inline-direct")]
    pub inline: Option<String>,
    /// How to print: `text` or `json`
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub output: String,
}

#[derive(Debug, Clone, Default, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// What to print of each resource
    #[arg(long, default_value = "selector", value_parser = ["json", "name", "path", "selector"])]
    pub output: String,
    /// Properties to print with `--output json`
    #[arg(long, num_args = 1.., action = ArgAction::Append)]
    pub output_keys: Vec<String>,
}

#[derive(Debug, Clone, Default, Args)]
pub struct FreshnessArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where to write the results, `target/sources.json` unless given
    #[arg(short, long)]
    pub output: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// A flag that is on or off.
pub struct Switch {
    /// dbt's name, in lower case with underscores.
    pub name: &'static str,
    pub short: Option<char>,
    pub default: bool,
    pub help: &'static str,
}

const fn switch(name: &'static str, default: bool, help: &'static str) -> Switch {
    Switch {
        name,
        short: None,
        default,
        help,
    }
}

/// The flags that come as `--x` and `--no-x`. Those without help are taken
/// for dbt's sake and change nothing.
pub const SWITCHES: &[Switch] = &[
    switch("cache_selected_only", false, ""),
    Switch {
        name: "debug",
        short: Some('d'),
        default: false,
        help: "Print debug messages",
    },
    switch(
        "defer",
        false,
        "Read from the other environment what is not built in this one",
    ),
    Switch {
        name: "fail_fast",
        short: Some('x'),
        default: false,
        help: "Stop at the first failure",
    },
    switch(
        "favor_state",
        false,
        "With --defer: read what is not selected from the other environment",
    ),
    switch("log_cache_events", false, ""),
    switch("partial_parse", true, ""),
    switch("populate_cache", true, ""),
    switch("print", true, "Print what `print()` in templates says"),
    Switch {
        name: "quiet",
        short: Some('q'),
        default: false,
        help: "Print errors only",
    },
    switch("send_anonymous_usage_stats", false, ""),
    switch(
        "show_all_deprecations",
        false,
        "Show every deprecation, not each kind once",
    ),
    switch("static_parser", true, ""),
    switch("use_colors", true, "Color the output"),
    switch("use_colors_file", true, "Color the log file"),
    switch("use_experimental_parser", false, ""),
    switch("version_check", true, "Check `require-dbt-version`"),
    switch("warn_error", false, "Treat warnings as errors"),
    switch("write_json", true, "Write artifacts into the target folder"),
    switch("upload_to_artifacts_ingest_api", false, ""),
    switch(
        "introspect",
        true,
        "Let templates ask the database while compiling",
    ),
    switch(
        "check",
        true,
        "`run` and `build`: look for mistakes in SQL before anything runs",
    ),
    switch(
        "inject_ephemeral_ctes",
        true,
        "Put ephemeral models into the compiled SQL of what reads them",
    ),
    switch("show_resource_report", false, ""),
    switch(
        "show_values",
        false,
        "Show values of rows: in errors and logs, and where data is compared",
    ),
    switch("macro_debugging", false, ""),
    switch("strict_mode", false, ""),
    switch("partial_parse_file_diff", true, ""),
];

/// A flag with a value.
pub struct Setting {
    pub name: &'static str,
    pub short: Option<char>,
    pub value: &'static str,
    pub help: &'static str,
}

const fn setting(name: &'static str, value: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        short: None,
        value,
        help,
    }
}

/// The flags with a value that every command takes.
pub const SETTINGS: &[Setting] = &[
    setting("project_dir", "PATH", "Folder with `dbt_project.yml`"),
    setting("profiles_dir", "PATH", "Folder with `profiles.yml`"),
    setting("profile", "NAME", "Profile to use"),
    Setting {
        name: "target",
        short: Some('t'),
        value: "NAME",
        help: "Target of the profile to use",
    },
    setting("threads", "N", "How many nodes to work on at once"),
    setting("vars", "YAML", "Variables, as YAML or JSON"),
    setting(
        "target_path",
        "PATH",
        "Folder for artifacts and compiled SQL",
    ),
    setting("log_path", "PATH", "Folder for log files"),
    setting(
        "log_format",
        "FORMAT",
        "`text`, `debug`, `json` or `default`",
    ),
    setting("log_format_file", "FORMAT", "The same, for the log file"),
    setting(
        "log_level",
        "LEVEL",
        "`debug`, `info`, `warn`, `error` or `none`",
    ),
    setting("log_level_file", "LEVEL", "The same, for the log file"),
    setting("log_file_max_bytes", "N", ""),
    setting("printer_width", "N", "Width of terminal output"),
    setting(
        "indirect_selection",
        "MODE",
        "Which tests come along: `eager`, `cautious`, `buildable` or `empty`",
    ),
    setting("warn_error_options", "YAML", "Which warnings are errors"),
    setting(
        "state",
        "PATH",
        "Folder with the artifacts of an earlier command",
    ),
    setting(
        "defer_state",
        "PATH",
        "Folder with the manifest to defer to, `--state` unless given",
    ),
    setting("deprecated_favor_state", "TEXT", ""),
    setting("record_timing_info", "PATH", ""),
    setting("sqlparse", "YAML", ""),
    setting(
        "wait",
        "SECONDS",
        "Wait for a database that another process holds, at most so long",
    ),
];

/// What `--wait` means without a time.
pub const WAIT_FOREVER: &str = "forever";

/// Gives a `--wait` that has no time its value, lest it take the next word
/// for one: `hcdbt --wait build`.
pub fn with_wait_completed(args: Vec<OsString>) -> Vec<OsString> {
    let mut completed = Vec::with_capacity(args.len());
    let mut rest = args.into_iter().peekable();
    while let Some(arg) = rest.next() {
        let is_time = |next: &OsString| {
            next.to_str()
                .is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()))
        };
        if arg == "--wait" && !rest.peek().is_some_and(is_time) {
            completed.push(format!("--wait={WAIT_FOREVER}").into());
        } else {
            completed.push(arg);
        }
    }
    completed
}

/// Gives `docs generate --profile` without a name its meaning: to profile tables. With a
/// name it is dbt's flag, the profile to use.
pub fn with_profile_told(mut args: Vec<OsString>) -> Vec<OsString> {
    let generates = args
        .windows(2)
        .any(|two| two[0] == "docs" && two[1] == "generate");
    for i in 0..args.len() {
        let is_flag = |next: &OsString| next.to_str().is_some_and(|text| text.starts_with('-'));
        if generates && args[i] == "--profile" && args.get(i + 1).is_none_or(is_flag) {
            args[i] = "--profile-tables".into();
        }
    }
    args
}

/// The global flags that were typed.
#[derive(Debug, Clone, Default)]
pub struct Globals {
    pub switches: Vec<(&'static str, bool)>,
    pub settings: Vec<(&'static str, String)>,
    /// Whether to build into a schema of the command's own: `ci` asks for it,
    /// nobody types it.
    pub own_schema: bool,
}

impl Globals {
    /// Returns a setting's text, when it was typed.
    pub fn setting(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(n, _)| *n == name)?;
        Some(&found.1)
    }

    /// Returns a switch's state, when it was typed.
    pub fn switch(&self, name: &str) -> Option<bool> {
        let found = self.switches.iter().find(|(n, _)| *n == name)?;
        Some(found.1)
    }
}

impl FromArgMatches for Globals {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut globals = Self::default();
        globals.update_from_arg_matches(matches)?;
        Ok(globals)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for switch in SWITCHES {
            let off = format!("no_{}", switch.name);
            if matches.get_flag(switch.name) {
                self.switches.push((switch.name, true));
            } else if matches.get_flag(&off) {
                self.switches.push((switch.name, false));
            }
        }
        for setting in SETTINGS {
            if let Some(value) = matches.get_one::<String>(setting.name) {
                self.settings.push((setting.name, value.clone()));
            }
        }
        Ok(())
    }
}

impl Args for Globals {
    fn augment_args(mut command: Command) -> Command {
        const HEADING: &str = "Global options";
        for switch in SWITCHES {
            let off = format!("no_{}", switch.name);
            let long = switch.name.replace('_', "-");
            let mut on = Arg::new(switch.name)
                .long(long.clone())
                .action(ArgAction::SetTrue)
                .global(true)
                .overrides_with(off.clone())
                .help(switch.help)
                .help_heading(HEADING)
                .hide(switch.help.is_empty() || switch.default);
            if let Some(short) = switch.short {
                on = on.short(short);
            }
            let no = Arg::new(off)
                .long(format!("no-{long}"))
                .action(ArgAction::SetTrue)
                .global(true)
                .overrides_with(switch.name)
                .help(format!("Do not: {}", lower_first(switch.help)))
                .help_heading(HEADING)
                .hide(switch.help.is_empty() || !switch.default);
            command = command.arg(on).arg(no);
        }
        for setting in SETTINGS {
            let mut arg = Arg::new(setting.name)
                .long(setting.name.replace('_', "-"))
                .value_name(setting.value)
                .global(true)
                .allow_hyphen_values(setting.name == "vars")
                .help(setting.help)
                .help_heading(HEADING)
                .hide(setting.help.is_empty());
            if let Some(short) = setting.short {
                arg = arg.short(short);
            }
            if setting.name == "wait" {
                arg = arg.num_args(0..=1).default_missing_value(WAIT_FOREVER);
            }
            command = command.arg(arg);
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::{CommandFactory as _, Parser as _};

    use super::Cli;

    #[test]
    fn wait_takes_a_time_or_none() {
        let check = |line: &str, expected: &str| {
            let args = line.split(' ').map(OsString::from).collect();
            let args = super::with_wait_completed(args);
            let cli = Cli::try_parse_from(args).expect("a command line");
            assert_eq!(cli.globals.setting("wait"), Some(expected), "{line}");
        };
        check("hcdbt --wait build", "forever");
        check("hcdbt build --wait --select a", "forever");
        check("hcdbt build --wait 30 --select a", "30");
        check("hcdbt build --wait=5", "5");
    }

    #[test]
    fn profile_without_a_name_profiles_tables() {
        let told = |line: &str| {
            let args = line.split(' ').map(OsString::from).collect();
            let told = super::with_profile_told(args).into_iter();
            told.map(|arg| arg.into_string().unwrap())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            told("hcdbt docs generate --profile"),
            "hcdbt docs generate --profile-tables"
        );
        assert_eq!(
            told("hcdbt docs generate --profile --no-compile"),
            "hcdbt docs generate --profile-tables --no-compile"
        );
        for same in [
            "hcdbt docs generate --profile prod",
            "hcdbt --profile prod docs generate",
            "hcdbt run --profile",
        ] {
            assert_eq!(told(same), same);
        }
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
