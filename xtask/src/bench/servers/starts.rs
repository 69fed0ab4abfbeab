//! Contenders that nobody asks for anything: how soon they are there, what they hold then, how large they are.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::contender::Contender;
use super::deployment;
use super::findings::{Findings, Start};
use super::programs::Setting;
use super::rounds::Course;
use super::statistics::Spread;
use crate::bench::http::{Call, Revision, exchange, get};
use crate::error::Error;
use crate::process;
use crate::process_status;
use crate::progress::Ticker;
use crate::running_server::RunningServer;

/// How long one is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(2);
/// Short against what is measured, and leaves a core to the server.
const INTERVAL: Duration = Duration::from_micros(200);

/// Who is started, in the order of the table.
pub(super) const STARTED: [Contender; 6] = [
    Contender::Server,
    Contender::Protocol,
    Contender::Bare,
    Contender::Rmcp,
    Contender::TypeScript,
    Contender::Python,
];

/// Starts each this often.
pub(super) fn measure(course: &Course<'_>, starts: usize, findings: &mut Findings) -> Result<(), Error> {
    let folder = course.folder.join("starts");
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    // Of nobody: a state of thousands of users would be measured otherwise.
    deployment::make(course.programs, &folder.join("data"))?;
    let mut ticker = Ticker::start("starting servers");
    for contender in STARTED.into_iter().filter(|contender| course.programs.has(*contender)) {
        ticker.relabel(format!("starting {}", contender.name()));
        let mut times = Vec::with_capacity(starts);
        let mut resident = 0;
        for start in 0..starts {
            let (server, took) = started(course, contender, &folder)?;
            times.push(took.as_secs_f64() * 1e3);
            if start + 1 == starts {
                std::thread::sleep(IDLE);
                resident = process_status::resident(server.process_id())?;
            }
            ticker.tick();
        }
        let size = course.programs.file(contender).and_then(|file| fs::metadata(file).ok());
        let milliseconds =
            Spread::of(times).ok_or_else(|| Error::Check(format!("{} was not started", contender.name())))?;
        let size = size.map(|metadata| metadata.len());
        findings.starts.push(Start { contender, milliseconds, resident, size });
    }
    ticker.relabel("starting servers".to_owned());
    ticker.finish();
    fs::remove_dir_all(&folder).map_err(Error::file(&folder))
}

/// One that has answered, and how long that took. The release binary finds its state there, as at every start but the first.
fn started(
    course: &Course<'_>,
    contender: Contender,
    folder: &Path,
) -> Result<(RunningServer, Duration), Error> {
    let (command, address, request) = command(course, contender, folder)?;
    let answers = || exchange(address, &request).is_ok_and(|answer| answer.status == 200);
    RunningServer::start_until(command, &folder.join("log"), INTERVAL, answers)
}

/// How it is started, where it listens, and what it is asked. The release binary has its data in this folder.
pub(super) fn command(
    course: &Course<'_>,
    contender: Contender,
    folder: &Path,
) -> Result<(Command, SocketAddr, Vec<u8>), Error> {
    let address = process::free_address()?;
    let host = address.to_string();
    if contender == Contender::Server {
        let Course { programs, deployment, .. } = *course;
        let mut command = deployment.command(programs, &folder.join("data"), deployment.api);
        command.args(["--log", "warn", "--listen", &host]);
        return Ok((command, address, get(&host, "/healthz")));
    }
    let answer = folder.join("answer.json");
    fs::write(&answer, "{}").map_err(Error::file(&answer))?;
    let setting = Setting { tools: 20, upstream: course.stub, answer: &answer, catalogue: None };
    let command = course.programs.command(contender, address, &setting);
    let (method, params) = ("tools/list", json!({}));
    let call = Call { host: &host, token: None, revision: Revision::Modern, method, params };
    Ok((command, address, call.bytes()))
}
