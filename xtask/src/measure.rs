//! `cargo xtask measure`: what the release binary costs before it does anything. Size, cold start, idle memory.
//!
//! Each figure has a bar (docs/performance.md); a missed bar fails the command. These are measurements of one
//! machine, so they are no tests: `ci --full` runs them, `ci` does not.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::Error;
use crate::figure::{self, Figure};
use crate::progress::Ticker;
use crate::release_build;
use crate::report::{self, Section};
use crate::workspace::Workspace;

mod server;

use server::RunningServer;

/// Its place in the docs.
const SECTION: Section = Section { command: "measure" };

/// Starts for the median.
const STARTS: usize = 20;

/// How long a started server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(3);
/// Starts for the median of that.
const IDLE_STARTS: usize = 5;

/// Arguments of `measure`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also write the table into docs/performance.md, between its `measure` marks
    #[arg(long)]
    write: bool,
}

/// Measures, prints the table, and fails when a bar is missed.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    let figures = measure(workspace)?;
    let conditions = report::conditions();
    let table = format!("{}\n{conditions}. MB are 10^6 bytes.\n", figure::table(&figures));
    println!("{table}");
    if args.write {
        SECTION.write(&workspace.root.join("docs/performance.md"), &table)?;
    }
    figure::judge(&figures)
}

/// For `ci --full`: measures and holds the bars, writes nothing.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Error> {
    run(workspace, &Args { write: false })
}

fn measure(workspace: &Workspace) -> Result<Vec<Figure>, Error> {
    let binary = release_build::build(workspace)?;
    let size = std::fs::metadata(&binary).map_err(Error::file(&binary))?.len();
    let data = DataFolder::create(&workspace.target)?;
    let (mut fresh, mut warm) = (Vec::new(), Vec::new());
    let mut ticker = Ticker::start("starting the server");
    for start in 0..STARTS {
        let folder = data.path.join(start.to_string());
        // First with an empty data folder, where keys and store are made, then with what that start left.
        for samples in [&mut fresh, &mut warm] {
            let server = RunningServer::start(&binary, &folder)?;
            samples.push(server.time_to_first_answer);
            server.stop()?;
            ticker.tick();
        }
    }
    ticker.relabel("watching idle servers".to_owned());
    // Where a program lies differs from one start to the next, and with it what the system maps around what is touched.
    let mut resident = Vec::new();
    for _ in 0..IDLE_STARTS {
        let server = RunningServer::start(&binary, &data.path.join("0"))?;
        let ready = std::time::Instant::now();
        while ready.elapsed() < IDLE {
            std::thread::sleep(Duration::from_millis(100));
            ticker.tick();
        }
        resident.push(server.resident_bytes()?);
        server.stop()?;
    }
    ticker.finish();
    Ok(vec![
        Figure::bytes("release binary, stripped", size, 16),
        Figure::milliseconds(
            "cold start to first 200, data folder there, median of 20",
            median(&mut warm),
            50,
        ),
        Figure::milliseconds(
            "cold start to first 200, empty data folder, median of 20",
            median(&mut fresh),
            50,
        ),
        Figure::bytes(
            "resident memory, idle, simulated workspace included, median of 5",
            median(&mut resident),
            15,
        ),
    ])
}

fn median<T: Copy + Default + Ord>(samples: &mut [T]) -> T {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// A folder under the target folder that goes away with its value.
struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    fn create(target: &Path) -> Result<Self, Error> {
        let path = target.join(format!("measure-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(Error::file(&path))?;
        Ok(Self { path })
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            eprintln!("warning: {}: {error}", self.path.display());
        }
    }
}
