//! `cargo xtask ci`: what every submission must pass. `.ci/run` calls it, and so should you before you push.
//!
//! Every step runs, also after one that failed: one run shows everything there is to fix. A failed step counts as
//! one failure in the closing line, whose other numbers are tests.

use crate::error::Error;
use crate::progress::step;
use crate::test::{self, Outcome};
use crate::workspace::{SMALL_EXAMPLE, Workspace};
use crate::{
    bench, chaos, codegen, conformance, deny, deploy, fuzz, guard, load, measure, mutants, process, soak,
    tidy, tokens,
};

/// Arguments of `ci`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also what takes longer or needs a release build: conformance of the real binary, fuzzing, mutants, the measured
    /// numbers, the soak, the chaos, and the load
    #[arg(long)]
    full: bool,
}

type Step = (&'static str, fn(&Workspace) -> Result<(), Error>);

/// Cheapest first, so that the commonest mistakes show at once.
const STEPS: &[Step] = &[
    ("format", format),
    ("tidy", tidy::run),
    ("clippy", clippy),
    ("codegen --check", codegen::check),
    ("tokens", tokens::run),
    ("docs", docs),
    ("deny", deny::run),
];

/// What runs once the tests are built.
const LATE_STEPS: &[Step] =
    &[("deploy", deploy::run), ("conformance", conformance::run_short), ("guard", guard::check)];

/// What `--full` runs instead.
const FULL_LATE_STEPS: &[Step] = &[
    ("deploy", deploy::run),
    ("conformance", conformance::run_all),
    ("guard", guard::check),
    ("fuzz", fuzz::run_all),
    ("mutants", mutants::run_all),
    ("measure", measure::check),
    ("code of bench/", bench_code),
    ("bench", bench::check),
    ("soak", soak::check),
    ("chaos", chaos::check),
    ("load", load::check),
];

/// Runs every step and the tests, and closes with the tests' line.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    let mut failed = Vec::new();
    let late = if args.full { FULL_LATE_STEPS } else { LATE_STEPS };
    for (name, work) in STEPS {
        run_step(workspace, name, *work, &mut failed);
    }
    let mut outcome: Outcome = test::measure(workspace, &test::Args::default());
    for (name, work) in late {
        run_step(workspace, name, *work, &mut failed);
    }
    if !failed.is_empty() {
        eprintln!("error: failed steps: {}", failed.join(", "));
        outcome.tally.failed += failed.len() as u64;
    }
    outcome.close()
}

fn run_step(
    workspace: &Workspace,
    name: &'static str,
    work: fn(&Workspace) -> Result<(), Error>,
    failed: &mut Vec<&'static str>,
) {
    if let Err(error) = step(name, || work(workspace)) {
        eprintln!("error: {name}: {error}");
        failed.push(name);
    }
}

fn format(workspace: &Workspace) -> Result<(), Error> {
    process::run(&mut workspace.cargo(&["fmt", "--all", "--", "--check"]))?;
    // A workspace of its own.
    process::run(&mut workspace.cargo(&["fmt", "--manifest-path", "bench/Cargo.toml", "--", "--check"]))
}

fn clippy(workspace: &Workspace) -> Result<(), Error> {
    let arguments =
        ["clippy", "--workspace", "--all-targets", "--all-features", "--keep-going", "--", "-D", "warnings"];
    process::run(&mut workspace.cargo(&arguments))
}

fn docs(workspace: &Workspace) -> Result<(), Error> {
    let mut command = workspace.cargo(&["doc", "--workspace", "--no-deps", "--all-features", "--keep-going"]);
    command.args(["--lib", "--bin", "xtask"]).args(SMALL_EXAMPLE);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

/// A workspace of its own, whose programs are built for `bench servers` alone.
fn bench_code(workspace: &Workspace) -> Result<(), Error> {
    let target = workspace.target.join("bench");
    let cargo = |verb: &str| {
        let mut command =
            workspace.cargo(&[verb, "--locked", "--manifest-path", "bench/Cargo.toml", "--target-dir"]);
        command.arg(&target).arg("--all-targets");
        command
    };
    process::run(cargo("clippy").args(["--", "-D", "warnings"]))?;
    process::run(&mut cargo("test"))
}
