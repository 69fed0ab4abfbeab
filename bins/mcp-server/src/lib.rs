//! The OpenPhone MCP server: composes the crates into one binary.
//!
//! [`args`] is what was typed, [`config`] what it means, [`app`] builds everything once, [`routes`] sends each
//! request to the crate that owns its path, [`edge`] is the way in (listener, limits, log line, drain),
//! [`adapters`] join crates that must not know each other, [`operator`] is what commands ask of a deployment. Domain
//! rules live in the crates, not here.

pub mod adapters;
pub mod app;
pub mod args;
pub mod commands;
pub mod config;
pub mod edge;
pub mod exit;
mod hardening;
pub mod operator;
pub mod routes;
pub mod telemetry;

use std::process::ExitCode;

use crate::args::Command;
use crate::config::layers::{self, Layered, Refused, Variables};
use crate::exit::Failure;

/// Runs the command line of this process and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let variables = Variables::of_process();
    let outcome = match layers::parse(std::env::args_os().collect(), &variables) {
        // clap prints help and usage errors itself, with exit codes 0 and 2.
        Err(Refused::Usage(error)) => error.exit(),
        Err(Refused::Setting(failure)) => Err(failure),
        Ok(layered) => {
            run(&layered, &variables).map_err(|failure| layers::with_origin(failure, &layered.origins))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            #[expect(clippy::print_stderr, reason = "the sentence is for the person at the terminal")]
            {
                eprintln!("mcp-server: {failure}");
            }
            ExitCode::from(failure.code())
        }
    }
}

fn run(layered: &Layered, variables: &Variables) -> Result<(), Failure> {
    match &layered.cli.command {
        Command::Serve(args) => commands::serve::run(args, layered.file.as_deref()),
        Command::Stdio(args) => commands::stdio::run(args, variables),
        Command::Config(args) => commands::config::run(&args.command, layered),
        Command::Keys(args) => commands::keys::run(&args.command),
        Command::Grants(args) => commands::grants::run(&args.command),
        Command::State(args) => commands::state::run(&args.command),
        Command::Sandbox(args) => commands::sandbox::run(args),
        Command::Doctor(args) => commands::doctor::run(args),
        Command::Health(args) => commands::health::run(args),
        Command::Completions(args) => commands::completions::run(args),
    }
}
