//! One case: its contenders started, loaded in rounds, one after the other, and stopped.

use std::net::SocketAddr;
use std::path::Path;

use super::contender::{Case, Contender};
use super::deployment::{Deployment, Login};
use super::findings::{Findings, Series, Slice};
use super::lane::{Ground, Lane};
use super::load::Job;
use super::programs::Programs;
use crate::error::Error;
use crate::progress::Ticker;

/// How long, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Of a slice.
    pub(super) seconds: f64,
    /// Before the first slice with so many connections; not counted.
    pub(super) warm_up: f64,
    pub(super) rounds: usize,
    /// How often a slice may be repeated in which the rest of the machine was busy.
    pub(super) repeats: usize,
}

/// The part of a core that other programs may take in a slice that is not repeated.
const QUIET: f64 = 0.12;

/// A slice in which a request waits from the first to the last moment is repeated, and takes this long then: many connections to a slow server on a busy machine wait
/// longer than a short slice.
const LONGER: [f64; 2] = [5.0, 20.0];

/// What all cases share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course<'a> {
    pub(super) programs: &'a Programs,
    pub(super) deployment: &'a Deployment,
    pub(super) plan: Plan,
    /// Where the processes of the cases keep what they write.
    pub(super) folder: &'a Path,
    /// The upstream that answers at once.
    pub(super) stub: SocketAddr,
    pub(super) stub_process: u32,
    pub(super) tools: &'a [String],
}

impl Course<'_> {
    /// Measures a case.
    pub(super) fn measure(&self, case: Case, findings: &mut Findings) -> Result<(), Error> {
        let folder = self.folder.join("case");
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let measured = match case {
            Case::Token => self.tokens(&folder).map(|series| findings.series.push(series)),
            case => self.requests(case, &folder, findings),
        };
        // Logs of many requests are large.
        std::fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
        measured
    }

    fn requests(&self, case: Case, folder: &Path, findings: &mut Findings) -> Result<(), Error> {
        let mut lanes = self.lanes(case, folder)?;
        for lane in &lanes {
            findings.bytes.push((case, lane.contender, lane.first.body.len()));
        }
        let mut ticker = Ticker::start(&case.name());
        for &connections in case.connections() {
            let mut slices = vec![Vec::with_capacity(self.plan.rounds); lanes.len()];
            for lane in &mut lanes {
                self.slice(lane, connections, self.plan.warm_up, &mut ticker)?;
            }
            for round in 0..self.plan.rounds {
                for index in order(lanes.len(), round) {
                    let name = lanes[index].contender.name();
                    let (round, rounds) = (round + 1, self.plan.rounds);
                    ticker
                        .relabel(format!("{}, {connections} at once, {round}/{rounds}: {name}", case.name()));
                    slices[index].push(self.quiet_slice(&mut lanes[index], connections, &mut ticker)?);
                }
            }
            let series = lanes.iter().zip(slices);
            findings.series.extend(series.map(|(lane, slices)| Series {
                case,
                contender: lane.contender,
                connections,
                slices,
            }));
        }
        ticker.relabel(case.name());
        ticker.finish();
        lanes.iter().try_for_each(Lane::prove)
    }

    /// The contenders of a case, running, in its order.
    fn lanes(&self, case: Case, folder: &Path) -> Result<Vec<Lane>, Error> {
        let upstream = if case == Case::Upstream { self.stub } else { self.deployment.api };
        let Self { programs, deployment, tools, .. } = *self;
        let ground = Ground { programs, deployment, case, folder, upstream, tools };
        let measured = case.contenders().iter().copied().filter(|contender| programs.has(*contender));
        let (ceilings, others): (Vec<_>, Vec<_>) = measured.partition(|contender| contender.is_ceiling());
        let mut lanes = Vec::new();
        for contender in others {
            let lane = ground.lane(contender, &lanes)?;
            lanes.push(lane);
        }
        for contender in ceilings {
            let ceiling = ground.ceiling(contender, &lanes)?;
            lanes.insert(0, ceiling);
        }
        Ok(lanes)
    }

    /// A slice that nothing disturbed, or of several the one that was disturbed least.
    fn quiet_slice(&self, lane: &mut Lane, connections: u32, ticker: &mut Ticker) -> Result<Slice, Error> {
        let mut quietest = self.slice(lane, connections, self.plan.seconds, ticker)?;
        for _ in 0..self.plan.repeats {
            if quietest.others_share <= QUIET {
                break;
            }
            let slice = self.slice(lane, connections, self.plan.seconds, ticker)?;
            if slice.others_share < quietest.others_share {
                quietest = slice;
            }
        }
        Ok(quietest)
    }

    fn slice(
        &self,
        lane: &mut Lane,
        connections: u32,
        seconds: f64,
        ticker: &mut Ticker,
    ) -> Result<Slice, Error> {
        let mut arguments = vec![
            "http".to_owned(),
            "--target".to_owned(),
            lane.address.to_string(),
            "--connections".to_owned(),
            connections.to_string(),
            "--request".to_owned(),
            lane.requests.display().to_string(),
            "--expect".to_owned(),
            lane.expect.clone(),
        ];
        if lane.leaves_the_load_alone {
            arguments.push("--awake".to_owned());
        }
        for seconds in std::iter::once(seconds).chain(LONGER) {
            let job = self.job(lane.process_id(), seconds, 0.0);
            let run = job.run(&arguments, ticker)?;
            lane.answered(run.answered);
            if run.answered > 0 && run.unanswered == 0 {
                return Ok(run.slice);
            }
        }
        Err(Error::Check(format!("{} does not answer in time", lane.contender.name())))
    }

    fn job(&self, server: u32, seconds: f64, warm_up: f64) -> Job<'_> {
        let Programs { cores, load, .. } = self.programs;
        let upstreams = [self.stub_process, self.deployment.api_process()];
        Job { program: load, core: cores.load, server, upstreams, seconds, warm_up }
    }

    /// Refresh tokens for the next, with connections that take turns: a connection may be refreshed sixty times at once and then
    /// once a second, so that each slice has users of its own. Half as many slices as rounds leave each of them enough refreshes.
    fn tokens(&self, folder: &Path) -> Result<Series, Error> {
        let connections = Case::Token.connections().first().copied().unwrap_or_default();
        let Deployment { logins, api, host, .. } = self.deployment;
        let mut ticker = Ticker::start(&Case::Token.name());
        // At the very address that its public URL names.
        let server = self.deployment.start(self.programs, &folder.join("server"), *api, (*host, "warn"))?;
        let process = server.process.process_id();
        let mut slices = Vec::new();
        let mut all = 0;
        for users in logins.chunks(logins.len().div_ceil(self.plan.rounds.div_ceil(2))) {
            let file = folder.join("grants.txt");
            std::fs::write(&file, grants(users)).map_err(Error::file(&file))?;
            let arguments = [
                "tokens".to_owned(),
                "--target".to_owned(),
                host.to_string(),
                "--connections".to_owned(),
                connections.to_string(),
                "--grants".to_owned(),
                file.display().to_string(),
            ];
            // The first refresh of each has the key checked at the API; it is before what is counted.
            let job = self.job(process, self.plan.seconds, self.plan.warm_up);
            let run = job.run(&arguments, &mut ticker)?;
            if run.unanswered > 0 {
                return Err(Error::Check(format!("{} refreshes were not answered", run.unanswered)));
            }
            slices.push(run.slice);
            all += run.answered;
        }
        ticker.finish();
        server.prove_all(all, false)?;
        Ok(Series { case: Case::Token, contender: Contender::Server, connections, slices })
    }
}

/// A line for each user.
fn grants(users: &[Login]) -> String {
    users.iter().map(|login| format!("{} {}\n", login.refresh_token, login.client_id)).collect()
}

/// Who comes when in a round: every other round goes the other way, so that nobody always follows the same one.
fn order(count: usize, round: usize) -> Vec<usize> {
    let forward = 0..count;
    if round.is_multiple_of(2) { forward.collect() } else { forward.rev().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_turn_in_each_round() {
        assert_eq!([0, 1, 2].map(|round| order(3, round)), [[0, 1, 2], [2, 1, 0], [0, 1, 2]]);
    }

    #[test]
    fn a_grant_is_a_line() {
        let login = |n: u32| Login {
            client_id: format!("c{n}"),
            access_token: "a".to_owned(),
            refresh_token: format!("r{n}"),
        };
        assert_eq!(grants(&[login(1), login(2)]), "r1 c1\nr2 c2\n");
    }
}
