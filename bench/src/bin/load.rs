//! The load that the contenders are put under: one line of JSON on standard output for each run.
//!
//! * `load http --target 127.0.0.1:8000 --connections 16 --seconds 2 --request list.http --expect '"name":"echo"'`
//! * `load streams --target 127.0.0.1:8000 --request listen.http --count 10000 --hold 60`; a line when they are open, and one
//!   when the time is over or standard input has ended
//! * `load tokens --target 127.0.0.1:8000 --connections 64 --seconds 2 --grants grants.txt`; the file is renewed
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its output is a line of JSON, and what was wrong"
)]

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use contenders::load::drive::{self, Outcome, Plan};
use contenders::load::fixed::Fixed;
use contenders::load::streams::{self, Streams};
use contenders::load::tokens::Tokens;
use serde_json::json;

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The requests of a file in turn, again and again, on kept connections
    Http {
        #[command(flatten)]
        plan: PlanArgs,
        /// Requests as they go over the wire, one behind the other: head, empty line, body
        #[arg(long)]
        request: PathBuf,
        /// A text that the body of every answer must have
        #[arg(long)]
        expect: String,
    },
    /// Event streams, opened and held
    Streams {
        /// Whom to ask
        #[arg(long)]
        target: SocketAddr,
        /// The request as it goes over the wire: head, empty line, body
        #[arg(long)]
        request: PathBuf,
        /// How many
        #[arg(long)]
        count: usize,
        /// How long they are held; less when standard input ends
        #[arg(long, value_parser = seconds)]
        hold: Duration,
    },
    /// Refresh tokens, each along a chain of its own
    Tokens {
        #[command(flatten)]
        plan: PlanArgs,
        /// A refresh token, a blank, and its client's id on each line; renewed at the end
        #[arg(long)]
        grants: PathBuf,
    },
}

#[derive(clap::Args)]
struct PlanArgs {
    /// Whom to ask
    #[arg(long)]
    target: SocketAddr,
    /// How many connections, each with one request under way
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// How long answers are counted
    #[arg(long, value_parser = seconds)]
    seconds: Duration,
    /// How long they are not, before
    #[arg(long, default_value = "1", value_parser = seconds)]
    warm_up: Duration,
    /// Never goes to sleep, so that nobody has to wake it; for a core of its own
    #[arg(long)]
    awake: bool,
}

impl PlanArgs {
    fn plan(&self) -> Plan {
        Plan {
            target: self.target,
            connections: self.connections.into(),
            counted: self.seconds,
            warm_up: self.warm_up,
            awake: self.awake,
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    match Args::parse().command {
        Command::Http { plan, request, expect } => {
            let mut subject = Fixed::new(&std::fs::read(request)?, &expect, plan.connections.into())?;
            print(&drive::run(&plan.plan(), &mut subject)?)
        }
        Command::Streams { target, request, count, hold } => {
            // Each is a file descriptor, and the limit that a shell gives is mostly 1,024.
            rlimit::increase_nofile_limit(u64::MAX)?;
            let request = std::fs::read(request)?;
            hold_streams(&streams::Plan { target, request, count, hold })
        }
        Command::Tokens { plan, grants } => {
            let before = std::fs::read_to_string(&grants)?;
            let mut subject = Tokens::new(plan.target, &before, plan.connections.into())?;
            let outcome = drive::run(&plan.plan(), &mut subject);
            std::fs::write(&grants, subject.standing())?;
            print(&outcome?)
        }
    }
}

fn hold_streams(plan: &streams::Plan) -> Result<(), Box<dyn Error>> {
    let (streams, opened) = Streams::open(plan)?;
    println!("{}", serde_json::to_string(&opened)?);
    if let Some(wrong) = opened.first_wrong {
        eprintln!("{} of {} streams failed; the first: {wrong}", opened.failed, plan.count);
    }
    let held = streams.hold(plan, || {
        // What is said there does not matter, but when it ends.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
    })?;
    println!("{}", json!({ "held": held }));
    Ok(())
}

fn print(outcome: &Outcome) -> Result<(), Box<dyn Error>> {
    println!("{}", serde_json::to_string(outcome)?);
    if let Some(wrong) = outcome.first_wrong {
        eprintln!("{} of {} answers were wrong; the first: {wrong}", outcome.wrong, outcome.requests);
    }
    Ok(())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
