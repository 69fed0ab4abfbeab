//! What the paths that every request takes cost, counted and not timed: `cargo xtask guard` runs this program under
//! callgrind, which counts instructions, while the program counts its own allocations.
//!
//! `--case <name>` (any number of times; a prefix of names will do) picks cases, `--repetitions <n>` says how often each is
//! done; both are optional. Prints one line of JSON for each case. Everything before [`counter::counted`] is preparation and
//! counts for nothing: each case is first done a few times, so that what is made once is there.
//!
//! To be the same in each run, a case uses fixed keys and a clock that stands still where they can be passed in, one thread,
//! and a time that does not pass ([`tokio::time::pause`]) unless it waits for the simulated API, which is this program once
//! more in a process of its own.
//!
//! To add a case: a call of [`Counter::count`] in its crate's file here, then `cargo xtask guard --write`.
#![expect(clippy::print_stdout, reason = "the counts are its output")]

mod client;
mod counter;
mod edge;
mod fixed;
mod login;
mod pages;
mod protocol;
mod requests;
mod tokens;
mod tools;
mod upstream;

use std::error::Error;

use crate::counter::Counter;

/// Why nothing could be counted.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == upstream::ARGUMENT) {
        return upstream::serve();
    }
    let counter = Counter::new(&arguments)?;
    client::count(&counter)?;
    protocol::count(&counter)?;
    tokens::count(&counter)?;
    tools::count(&counter)?;
    edge::count(&counter)?;
    pages::count(&counter)
}
