//! Running other programs: loudly, quietly with a ticking line, or for their output.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::progress::Ticker;

/// How many of a quiet program's last lines a failure shows.
const TAIL_LINES: usize = 40;

/// An environment variable; xtask is a program of its own, so it may read them.
#[expect(clippy::disallowed_methods, reason = "xtask has no injected configuration: the environment is it")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether this run is a CI run, where a skipped test is a failure.
pub(crate) fn is_ci() -> bool {
    variable("CI").is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// Runs a program that writes to our terminal.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    let status = command.status().map_err(start_error(command))?;
    checked(command, status)
}

/// Runs a program and returns what it printed; its stderr goes to our terminal.
pub(crate) fn output(command: &mut Command) -> Result<String, Error> {
    command.stdout(Stdio::piped()).stderr(Stdio::inherit());
    let output = command.output().map_err(start_error(command))?;
    checked(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program whose output matters only when it fails. On a terminal, a line ticks while it runs.
pub(crate) fn quiet(label: &str, command: &mut Command) -> Result<(), Error> {
    limited(label, command, None)
}

/// [`quiet`], and killed after `limit`.
pub(crate) fn limited(label: &str, command: &mut Command, limit: Option<Duration>) -> Result<(), Error> {
    logged(label, command, limit).map(drop)
}

/// [`limited`], and returns what was said last.
pub(crate) fn limited_output(label: &str, command: &mut Command, limit: Duration) -> Result<String, Error> {
    logged(label, command, Some(limit))?.tail()
}

/// Runs a program, keeps what it prints in the file `path`, and returns how it ended. On a terminal, a line ticks
/// while it runs. Killed after `limit`.
pub(crate) fn recorded(
    label: &str,
    command: &mut Command,
    limit: Duration,
    path: &Path,
) -> Result<ExitStatus, Error> {
    let file = File::create(path).map_err(Error::file(path))?;
    let twin = file.try_clone().map_err(Error::file(path))?;
    command.stdin(Stdio::null()).stdout(file).stderr(twin);
    ended(label, command, Some(limit))
}

fn logged(label: &str, command: &mut Command, limit: Option<Duration>) -> Result<LogFile, Error> {
    let mut log = LogFile::create()?;
    command.stdin(Stdio::null()).stdout(log.handle()?).stderr(log.handle()?);
    let status = ended(label, command, limit)?;
    if !status.success() {
        eprintln!("{}", log.tail()?);
    }
    checked(command, status)?;
    Ok(log)
}

/// Runs a program to its end, or to `limit`, behind a ticking line.
fn ended(label: &str, command: &mut Command, limit: Option<Duration>) -> Result<ExitStatus, Error> {
    let mut child = command.spawn().map_err(start_error(command))?;
    let mut ticker = Ticker::start(label);
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(start_error(command))? {
            break status;
        }
        if limit.is_some_and(|limit| started.elapsed() > limit) {
            child.kill().map_err(start_error(command))?;
            break child.wait().map_err(start_error(command))?;
        }
        std::thread::sleep(Duration::from_millis(50));
        ticker.tick();
    };
    ticker.finish();
    Ok(status)
}

/// Runs a program and hands over each line that it prints as it comes; its stderr goes to our terminal. A line
/// ticks meanwhile, and says what `read` returned for the last line. Killed after `limit`.
pub(crate) fn lines(
    label: &str,
    command: &mut Command,
    limit: Duration,
    mut read: impl FnMut(&str) -> Result<String, Error>,
) -> Result<(), Error> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(start_error(command))?;
    let (sender, received) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        std::thread::spawn(move || {
            BufReader::new(pipe).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
    }
    let mut ticker = Ticker::start(label);
    let started = Instant::now();
    let outcome = loop {
        match received.recv_timeout(Duration::from_millis(50)) {
            Ok(line) => match read(&line) {
                Ok(label) => ticker.relabel(label),
                Err(error) => break Err(error),
            },
            Err(RecvTimeoutError::Disconnected) => break Ok(()),
            Err(RecvTimeoutError::Timeout) if started.elapsed() > limit => {
                break Err(Error::Check(format!("`{}` did not end in {limit:?}", describe(command))));
            }
            Err(RecvTimeoutError::Timeout) => ticker.tick(),
        }
    };
    ticker.relabel(label.to_owned());
    ticker.finish();
    if outcome.is_err() {
        child.kill().map_err(start_error(command))?;
    }
    let status = child.wait().map_err(start_error(command))?;
    outcome.and_then(|()| checked(command, status))
}

/// The program `name` on the `PATH`, if it is there.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = variable("PATH")?;
    path.split(':').map(|folder| Path::new(folder).join(name)).find(|candidate| is_executable(candidate))
}

/// Whether `path` is a file that may be run.
pub(crate) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// A loopback address nobody listens on: bound once and let go.
pub(crate) fn free_address() -> Result<SocketAddr, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    listener.and_then(|listener| listener.local_addr()).map_err(Error::file(Path::new("127.0.0.1:0")))
}

/// The command as a person would type it, for messages.
pub(crate) fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

/// For `map_err` on spawning or waiting.
pub(crate) fn start_error(command: &Command) -> impl FnOnce(std::io::Error) -> Error {
    let command = describe(command);
    move |source| Error::Start { command, source }
}

fn checked(command: &Command, status: ExitStatus) -> Result<(), Error> {
    if status.success() { Ok(()) } else { Err(Error::Failed { command: describe(command), status }) }
}

/// An unnamed file that a quiet program writes to.
struct LogFile(File);

impl LogFile {
    fn create() -> Result<Self, Error> {
        let path = std::env::temp_dir().join(format!("xtask-{}.log", std::process::id()));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = file.map_err(Error::file(&path))?;
        // The open handle keeps it; nothing is left behind however we end.
        std::fs::remove_file(&path).map_err(Error::file(&path))?;
        Ok(Self(file))
    }

    fn handle(&self) -> Result<File, Error> {
        self.0.try_clone().map_err(Error::file(Path::new("log")))
    }

    fn tail(&mut self) -> Result<String, Error> {
        let mut text = Vec::new();
        self.0.rewind().map_err(Error::file(Path::new("log")))?;
        self.0.read_to_end(&mut text).map_err(Error::file(Path::new("log")))?;
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        Ok(lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"))
    }
}
