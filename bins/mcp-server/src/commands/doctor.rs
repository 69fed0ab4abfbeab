//! `mcp-server doctor`: what the crate `doctor` finds, as it comes, on a terminal or for a program.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use doctor::report::{Report, Style};
use doctor::target::Target;
use doctor::{Doctor, Event};
use sealing::SecretString;
use tokio::time::Instant;

use crate::args::DoctorArgs;
use crate::exit::Failure;

/// How long a silence may last before a person is told what is going on.
const QUIET: Duration = Duration::from_secs(2);

/// Runs the command.
pub fn run(args: &DoctorArgs) -> Result<(), Failure> {
    let target = Target::parse(&args.url).map_err(|reason| Failure::Option { name: "URL", reason })?;
    let key = args.key_file.as_deref().map(read_key).transpose()?;
    let signs_in = key.is_some();
    let doctor = Doctor::new(target, key)
        .map_err(|error| Failure::Other(format!("cannot build the HTTP client: {error}")))?
        .meant_open(args.open);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start the runtime: {error}")))?;
    let report = runtime.block_on(watched(&doctor, args, signs_in));
    if args.json {
        say(&format!("{:#}\n", report.json()));
    } else {
        let style = Style { color: std::io::stdout().is_terminal() };
        say(&style.summary(&report));
    }
    let counts = report.counts();
    match (counts.failed, &report.stopped) {
        (0, None) => Ok(()),
        (0, Some(reason)) => Err(Failure::Other(reason.clone())),
        (1, _) => Err(Failure::Other("1 check failed".to_owned())),
        (failed, _) => Err(Failure::Other(format!("{failed} checks failed"))),
    }
}

/// Examines while a person watches: lines as they come, and what is going on when nothing comes.
async fn watched(doctor: &Doctor, args: &DoctorArgs, signs_in: bool) -> Report {
    let style = Style { color: std::io::stdout().is_terminal() };
    let ticks = std::io::stderr().is_terminal();
    if !args.json {
        say(&opening(&args.url, signs_in));
    }
    let started = Instant::now();
    let examination = doctor.examine(|event| {
        if ticks {
            wipe();
        }
        match event {
            Event::Group(group) if !args.json => say(&style.group(group)),
            Event::Note(note) if !args.json => say(&format!("\n{note}\n")),
            Event::Group(_) | Event::Note(_) => {}
        }
    });
    tokio::pin!(examination);
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            report = &mut examination => return report,
            _ = second.tick(), if ticks => {
                if started.elapsed() > QUIET {
                    draw(&format!("   {} ({} s)", doctor.doing(), started.elapsed().as_secs()));
                }
            }
        }
    }
}

fn opening(url: &str, signs_in: bool) -> String {
    let what = if signs_in {
        "Clients register, and in the end the key is used to sign in, twice."
    } else {
        "Clients register, and no credential is sent; --key-file FILE signs in, too."
    };
    format!("Examining {url}\n{what}\n")
}

/// The key in a file, without the line's end.
fn read_key(path: &Path) -> Result<SecretString, Failure> {
    let refuse = |reason: String| Failure::Option { name: "--key-file", reason };
    let text = std::fs::read_to_string(path)
        .map(sealing::Zeroizing::new)
        .map_err(|error| refuse(format!("cannot read {}: {error}", path.display())))?;
    let key = text.trim();
    if key.len() < 6 || key.contains(char::is_whitespace) {
        return Err(refuse(format!("{} must hold one API key and nothing else", path.display())));
    }
    Ok(SecretString::new(key.to_owned()))
}

/// Prints. A closed standard output is no reason to stop: what was made must be revoked.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Draws the ticking line.
fn draw(line: &str) {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "\r{line}\u{1b}[K").and_then(|()| err.flush());
}

/// Wipes the ticking line.
fn wipe() {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "\r\u{1b}[K").and_then(|()| err.flush());
}
