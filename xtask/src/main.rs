//! The project's own commands: `cargo xtask <command>`. People and CI run the same ones.
//!
//! One file per command. To add one: a file here with `pub fn run(...) -> Result<(), Error>`, a variant of
//! [`Command`], and, when every submission should run it, a step in `ci.rs`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "commands talk to the terminal that ran them")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod chaos;
mod ci;
mod client;
mod codegen;
mod conformance;
mod deny;
mod deploy;
mod deployment;
mod environment;
mod error;
mod figure;
mod fuzz;
mod guard;
mod load;
mod measure;
mod mutants;
mod numbers;
mod plot;
mod process;
mod process_status;
mod processor_time;
mod profile;
mod progress;
mod release;
mod release_build;
mod report;
mod running_server;
mod screenshots;
mod soak;
mod svg;
mod symbol_order;
mod test;
mod tidy;
mod tokens;
mod tools;
mod workspace;

use error::Error;
use workspace::Workspace;

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Set up what the tests need, then run every test
    Test(test::Args),
    /// Everything a submission must pass: format, lints, licences, layers, generated files, docs, tests
    Ci(ci::Args),
    /// Check layers, file shape, and that nothing secret or machine-made is committed
    Tidy,
    /// Write docs/tools.md, schemas/ and the recorded answers of the examples from the tool catalogue
    Codegen(codegen::Args),
    /// Count what the list of tools costs every conversation, and hold it against xtask/token-budget.toml
    Tokens,
    /// Count instructions and allocations of the paths that every request takes, and hold them against xtask/guard.toml
    Guard(guard::Args),
    /// Check licences, duplicate versions, banned crates, sources and advisories with cargo-deny
    Deny,
    /// Hold what is in deploy/, the manual and the package against the tools that read them
    Deploy,
    /// Show what a release changes and make its files; with --execute, change, commit and tag
    Release(release::Args),
    /// Feed every parser with anything, for a while: the fuzz targets, with cargo-fuzz
    Fuzz(fuzz::Args),
    /// Change the code in one place at a time, and see whether a test notices, with cargo-mutants
    Mutants(mutants::Args),
    /// Run the official MCP conformance suite against the fixture server of mcp-protocol and against mcp-server
    Conformance(conformance::Args),
    /// Build the release binary as it is handed out, with the counts of how it runs
    Build,
    /// Count how often which part of the release binary runs, and list its functions that run: for the compiler and the linker
    Profile,
    /// Build the release binary and measure its size, its cold start and its idle memory
    Measure(measure::Args),
    /// Run the release binary under callgrind and list its functions that run, for the linker to put them side by side
    SymbolOrder,
    /// Take pictures of the server's pages in Chromium, into target/screenshots
    Screenshots(screenshots::Args),
    /// Compare what we cost with doing the same by hand, side by side in one run; all subjects, or one
    Bench(bench::Args),
    /// Hold thousands of streams open and make a thousand calls a second for minutes: nothing lost, memory flat
    Soak(soak::Args),
    /// Drain and kill instances under load for minutes: nobody texted twice, nothing lost, nobody logged out
    Chaos(chaos::Args),
    /// A thousand users on one instance for three minutes, then three times as much as it lets in, and what each request costs
    Load(load::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A command that closes with its own summary has said everything already.
            if !matches!(error, Error::Reported) {
                eprintln!("error: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Error> {
    let workspace = Workspace::find()?;
    match command {
        Command::Test(args) => test::run(&workspace, &args),
        Command::Ci(args) => ci::run(&workspace, &args),
        Command::Tidy => tidy::run(&workspace),
        Command::Codegen(args) => codegen::run(&workspace, &args),
        Command::Tokens => tokens::run(&workspace),
        Command::Guard(args) => guard::run(&workspace, &args),
        Command::Deny => deny::run(&workspace),
        Command::Deploy => deploy::run(&workspace),
        Command::Release(args) => release::run(&workspace, &args),
        Command::Fuzz(args) => fuzz::run(&workspace, &args),
        Command::Mutants(args) => mutants::run(&workspace, &args),
        Command::Conformance(args) => conformance::run(&workspace, &args),
        Command::Measure(args) => measure::run(&workspace, &args),
        Command::Build => release_build::build(&workspace).map(drop),
        Command::Profile => profile::run(&workspace),
        Command::SymbolOrder => symbol_order::run(&workspace),
        Command::Screenshots(args) => screenshots::run(&workspace, &args),
        Command::Bench(args) => bench::run(&workspace, args),
        Command::Soak(args) => soak::run(&workspace, &args),
        Command::Chaos(args) => chaos::run(&workspace, &args),
        Command::Load(args) => load::run(&workspace, &args),
    }
}
