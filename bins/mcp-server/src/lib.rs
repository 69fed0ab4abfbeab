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

use clap::Parser;

use crate::args::{Cli, Command};

/// Runs the command line of this process and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    // clap prints help and usage errors itself, with exit codes 0 and 2.
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Serve(args) => commands::serve::run(&args),
        Command::Keys(args) => commands::keys::run(&args.command),
        Command::Grants(args) => commands::grants::run(&args.command),
        Command::Sandbox(args) => commands::sandbox::run(&args),
        Command::Doctor(args) => commands::doctor::run(&args),
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
