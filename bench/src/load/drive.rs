//! The loop of `load http` and `load tokens`: sends, receives, checks and counts, on one thread.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use mio::{Events, Poll, Token};
use serde::Serialize;

use super::answer::{Answer, Wrong};
use super::connection::Connection;

/// How many events are taken from the queue at once.
const EVENTS: usize = 256;

/// The longest time that the histogram holds.
const LONGEST: Duration = Duration::from_secs(60);

/// How long answers that are under way at the end may take, when they matter.
const DRAIN: Duration = Duration::from_secs(5);

/// What is asked and how it is to be answered.
pub trait Subject {
    /// Whether requests that are under way at the end must be answered before the connections close.
    const DRAINS: bool;

    /// The next request of a connection, as its bytes; the same until its answer was judged.
    fn request(&self, connection: usize) -> &[u8];

    /// Whether the answer is right.
    ///
    /// # Errors
    /// Why it is not.
    fn judge(&mut self, connection: usize, answer: &Answer<'_>) -> Result<(), Wrong>;
}

/// How much load, where, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Whom to ask.
    pub target: SocketAddr,
    /// How many connections, each with one request under way.
    pub connections: usize,
    /// How long answers are counted.
    pub counted: Duration,
    /// How long they are not, before.
    pub warm_up: Duration,
    /// Whether to look for answers without ever going to sleep. To wake somebody who sleeps is work of the server's, and the more
    /// of it the slower the server is; across a network it does not have it.
    pub awake: bool,
}

/// What was counted.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Requests that came to an end, the wrong ones included.
    pub requests: u64,
    /// Those that had no answer or not the right one.
    pub wrong: u64,
    /// Of the wrong ones, those that waited all the time for an answer: when it is short, the server may just be slow.
    pub unanswered: u64,
    /// How long it was counted.
    pub seconds: f64,
    /// What right answers took.
    pub micros: Micros,
    /// Why the first wrong one was wrong; not part of the line that is printed.
    #[serde(skip)]
    pub first_wrong: Option<Wrong>,
}

/// Microseconds from the first byte of a request that is sent to the last one of its answer.
#[derive(Debug, Serialize)]
pub struct Micros {
    /// The median.
    pub p50: f64,
    /// Nine of ten are faster.
    pub p90: f64,
    /// 99 of a hundred are faster.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

/// Puts the load on the target.
///
/// # Errors
/// When the target refuses a connection.
pub fn run(plan: &Plan, subject: &mut impl Subject) -> io::Result<Outcome> {
    let poll = Poll::new()?;
    let mut connections = Vec::with_capacity(plan.connections);
    for index in 0..plan.connections {
        connections.push(Connection::open(plan.target, poll.registry(), Token(index))?);
    }
    let now = Instant::now();
    let tally = Tally::new(now, now)?;
    let Plan { target, awake, .. } = *plan;
    let mut run = Run { target, awake, poll, connections, tally, subject, ending: false };
    run.measure(plan)?;
    Ok(run.tally.outcome(plan.counted))
}

struct Run<'a, S> {
    target: SocketAddr,
    awake: bool,
    poll: Poll,
    connections: Vec<Connection>,
    tally: Tally,
    subject: &'a mut S,
    /// Nothing is asked any more.
    ending: bool,
}

impl<S: Subject> Run<'_, S> {
    fn measure(&mut self, plan: &Plan) -> io::Result<()> {
        for index in 0..self.connections.len() {
            self.ask(index)?;
        }
        // From now on, so that each of these first requests is before what is counted.
        self.tally.begin = Instant::now() + plan.warm_up;
        self.tally.end = self.tally.begin + plan.counted;
        let mut events = Events::with_capacity(EVENTS);
        self.until(self.tally.end, &mut events)?;
        let begin = self.tally.begin;
        let unanswered = self.connections.iter().filter(|one| one.is_busy() && one.begun < begin).count();
        for _ in 0..unanswered {
            self.tally.wrong(Wrong::Unanswered);
            self.tally.unanswered += 1;
        }
        self.ending = true;
        if S::DRAINS {
            self.until(self.tally.end + DRAIN, &mut events)?;
        }
        Ok(())
    }

    /// Works until `end`, or until nothing is under way.
    fn until(&mut self, end: Instant, events: &mut Events) -> io::Result<()> {
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            if self.ending && !self.connections.iter().any(Connection::is_busy) {
                break;
            }
            let patience = if self.awake { Duration::ZERO } else { left };
            match self.poll.poll(events, Some(patience)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            for event in &*events {
                self.turn(event.token().0, event.is_read_closed())?;
            }
        }
        Ok(())
    }

    /// Something has happened to a connection: sends on, reads on, and asks again once the answer is there.
    fn turn(&mut self, index: usize, ends: bool) -> io::Result<()> {
        let connection = &mut self.connections[index];
        if !connection.is_busy() {
            return Ok(());
        }
        let begun = connection.begun;
        let received = match connection.send(self.subject.request(index)) {
            Ok(()) => connection.receive(ends),
            Err(wrong) => Err(wrong),
        };
        let now = Instant::now();
        let (verdict, keeps) = match received {
            Ok(None) => return Ok(()),
            Ok(Some(answer)) => (self.subject.judge(index, &answer), answer.keeps),
            Err(wrong) => (Err(wrong), false),
        };
        self.tally.count(now, begun, verdict);
        if !keeps {
            connection.reopen(self.target, self.poll.registry(), Token(index))?;
        }
        if self.ending { Ok(()) } else { self.ask(index) }
    }

    fn ask(&mut self, index: usize) -> io::Result<()> {
        let connection = &mut self.connections[index];
        let request = self.subject.request(index);
        let begun = Instant::now();
        connection.begin(begun);
        if let Err(wrong) = connection.send(request) {
            // It was closed behind its last answer. The queue may have told so already, and not tell again.
            self.tally.count(Instant::now(), begun, Err(wrong));
            connection.reopen(self.target, self.poll.registry(), Token(index))?;
            connection.begin(Instant::now());
            connection.send(request).map_err(|_| io::Error::from(io::ErrorKind::ConnectionReset))?;
        }
        Ok(())
    }
}

/// What was counted so far.
struct Tally {
    begin: Instant,
    end: Instant,
    /// Nanoseconds of right answers.
    took: Histogram<u64>,
    slowest: u64,
    wrong: u64,
    unanswered: u64,
    first_wrong: Option<Wrong>,
}

impl Tally {
    fn new(begin: Instant, end: Instant) -> io::Result<Self> {
        let longest = u64::try_from(LONGEST.as_nanos()).unwrap_or(u64::MAX);
        let took = Histogram::new_with_bounds(1, longest, 3).map_err(io::Error::other)?;
        Ok(Self { begin, end, took, slowest: 0, wrong: 0, unanswered: 0, first_wrong: None })
    }

    fn count(&mut self, now: Instant, begun: Instant, verdict: Result<(), Wrong>) {
        if now < self.begin || now >= self.end {
            return;
        }
        match verdict {
            Ok(()) => {
                let took = u64::try_from((now - begun).as_nanos()).unwrap_or(u64::MAX);
                self.took.saturating_record(took);
                self.slowest = self.slowest.max(took);
            }
            Err(wrong) => self.wrong(wrong),
        }
    }

    fn wrong(&mut self, wrong: Wrong) {
        self.wrong += 1;
        self.first_wrong.get_or_insert(wrong);
    }

    #[expect(clippy::cast_precision_loss, reason = "a quantile has three digits")]
    fn outcome(&self, counted: Duration) -> Outcome {
        let micros = |nanos: u64| nanos as f64 / 1e3;
        // The histogram gives the end of a bucket, which may be beyond the slowest.
        let at = |quantile| micros(self.took.value_at_quantile(quantile).min(self.slowest));
        Outcome {
            requests: self.took.len() + self.wrong,
            wrong: self.wrong,
            unanswered: self.unanswered,
            seconds: counted.as_secs_f64(),
            micros: Micros { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: micros(self.slowest) },
            first_wrong: self.first_wrong,
        }
    }
}

#[cfg(test)]
#[path = "drive/tests.rs"]
mod tests;
