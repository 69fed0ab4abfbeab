//! What one request costs with this crate beside the same exchange written by hand on `reqwest`: time and
//! allocations, side by side in one run. `cargo xtask bench client` runs it and puts the figures into the docs.
//!
//! The answers come from another process (this program again, see `responder`), so that nothing of it is
//! counted. Before anything is measured, `wire` makes sure that both sides write the same request. What is
//! compared is in `sides`, how in `measure`. Prints one line of JSON for each [`measure::Figure`].
//!
//! To add a case: a variant of `sides::Case`, its answer in `responder`, and one arm for each side.
#![expect(clippy::print_stdout, reason = "the figures are its output")]

mod decode;
mod measure;
mod pacing;
mod responder;
mod sides;
mod wire;

use std::error::Error;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use crate::measure::Figure;
use crate::responder::Responder;
use crate::sides::{Case, Sides};

/// Counts for both sides alike. It costs 5 to 10 ns for each allocation, which the times hold.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// Why nothing could be measured.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    if std::env::args().nth(1).as_deref() == Some(responder::ARGUMENT) {
        return Ok(responder::serve()?);
    }
    // One thread: what the client does besides is in the way of the next request, and so is counted.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), Failure> {
    wire::check().await?;
    let responder = Responder::start()?;
    let sides = Sides::new(responder.base())?;
    for case in Case::ALL {
        let figures =
            measure::compare(case.name(), async || sides.client(case).await, async || sides.bare(case).await);
        print(&figures.await?)?;
    }
    print(&decode::measure().await?)?;
    print(&[pacing::measure().await?])
}

fn print(figures: &[Figure]) -> Result<(), Failure> {
    for figure in figures {
        println!("{}", serde_json::to_string(figure)?);
    }
    Ok(())
}
