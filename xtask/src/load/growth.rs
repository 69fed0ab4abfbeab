//! How it grows: from what one user, one request and one stream were measured to cost, to a million users.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::record::{LOGIN, Record};
use super::steady::PHASE;
use crate::error::Error;
use crate::numbers::{float, mean};

/// What a connected user does; nobody has measured it. An app calls several tools in a burst and then none for long.
const CALLS_AN_HOUR: f64 = 60.0;
/// Access tokens live for an hour.
const REFRESHES_AN_HOUR: f64 = 1.0;
/// Of the connected users, those whose app holds a stream open.
const LISTENERS: f64 = 0.2;
/// An instance: its cores, how busy they may be, its memory, and the server's own bounds of connections and streams.
const CORES: f64 = 2.0;
const BUSY: f64 = 0.6;
const MEMORY: f64 = 4e9;
const CONNECTIONS: f64 = 20_000.0;
const STREAMS: f64 = 10_000.0;
/// The instance that may be missing, while another is replaced.
const SPARE: f64 = 1.0;
/// Users for whom it is worked out.
const USERS: [u32; 3] = [1_000, 100_000, 1_000_000];
const SECONDS_OF_MONTH: f64 = 30.0 * 86_400.0;

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constants {
    /// Processor time of a request, in seconds.
    pub(super) processor: f64,
    /// Resident bytes: of the server without users, for each user, for each stream.
    pub(super) base: f64,
    pub(super) user: f64,
    pub(super) stream: f64,
    /// Bytes to clients, of a call of the day's mix and of a token refresh.
    pub(super) call_bytes: f64,
    pub(super) refresh_bytes: f64,
    /// Bytes to the client of an idle stream in an hour.
    pub(super) stream_bytes: f64,
    /// Commands of Redis: a call of the day's mix, a token refresh, a login, an instance in a second.
    pub(super) call_commands: f64,
    pub(super) refresh_commands: f64,
    pub(super) login_commands: f64,
    pub(super) instance_commands: f64,
    /// Processor time of Redis in seconds, for the same.
    pub(super) call_redis: f64,
    pub(super) refresh_redis: f64,
    pub(super) instance_redis: f64,
}

impl Constants {
    /// Taken from the two runs.
    pub(super) fn of(day: &Record, costs: &Record) -> Result<Self, Error> {
        let lacks = |what: &str| Error::Check(format!("the growth needs {what}, which was not measured"));
        let (Some(first), Some(last)) = (day.seconds.first(), day.seconds.last()) else {
            return Err(lacks("a day"));
        };
        let of_store: BTreeMap<_, _> =
            costs.costs.iter().map(|(kind, cost)| (kind.as_str(), costs.each(cost))).collect();
        // The requests of the first second came before the processor time was read.
        let counted: u32 = day.seconds.iter().skip(1).map(|second| length(second.samples.len())).sum();
        let calls = || {
            day.samples(PHASE)
                .filter(|sample| of_store.contains_key(sample.kind.as_str()) && sample.kind != "refresh")
        };
        let of_kind = |kind: &'static str| {
            mean(
                day.samples(PHASE)
                    .filter(move |sample| sample.kind == kind)
                    .map(|sample| float(sample.bytes)),
            )
        };
        let [fresh, connected, listening] = ["fresh", "connected", "listening"].map(|name| day.moment(name));
        let each =
            |more: u64, less: u64, count: u32| (float(more) - float(less)).max(0.0) / f64::from(count.max(1));
        let of_mix =
            |at: usize| mean(calls().filter_map(|sample| Some(of_store.get(sample.kind.as_str())?[at])));
        let [refresh_commands, _, _, refresh_redis] =
            of_store.get("refresh").copied().ok_or_else(|| lacks("token refreshes"))?;
        let [login_commands, ..] = of_store.get(LOGIN).copied().ok_or_else(|| lacks("logins"))?;
        let [instance_commands, _, _, instance_redis] =
            costs.idle.ok_or_else(|| lacks("an idle instance"))?.each_second();
        Ok(Self {
            processor: (last.held.processor - first.held.processor) / f64::from(counted.max(1)),
            base: float(fresh.held.resident),
            user: each(connected.held.resident, fresh.held.resident, connected.users - fresh.users),
            stream: each(listening.held.resident, connected.held.resident, listening.streams),
            call_bytes: mean(calls().map(|sample| float(sample.bytes))),
            refresh_bytes: of_kind("refresh"),
            stream_bytes: 3_600.0 * float(day.stream_bytes) / day.stream_seconds.max(1.0),
            call_commands: of_mix(0),
            refresh_commands,
            login_commands,
            instance_commands,
            call_redis: of_mix(3),
            refresh_redis,
            instance_redis,
        })
    }
}

/// What so many users need.
#[derive(Clone, Copy, Debug)]
struct Need {
    requests: f64,
    instances: f64,
    bound_by: &'static str,
    commands: f64,
    /// Cores of Redis.
    redis: f64,
    /// Bytes in a second.
    egress: f64,
}

impl Need {
    fn of(users: u32, constants: &Constants) -> Self {
        let users = f64::from(users);
        let (calls, refreshes) = (users * CALLS_AN_HOUR / 3_600.0, users * REFRESHES_AN_HOUR / 3_600.0);
        let (requests, streams) = (calls + refreshes, users * LISTENERS);
        let memory = users * constants.user + streams * constants.stream;
        let bounds = [
            ("processor", requests * constants.processor / (CORES * BUSY)),
            ("memory", memory / (MEMORY - constants.base).max(1.0)),
            ("connections", (users + streams) / CONNECTIONS),
            ("streams", streams / STREAMS),
        ];
        let tightest = bounds.into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
        let (bound_by, share) = tightest.unwrap_or(("", 0.0));
        let instances = share.ceil().max(1.0) + SPARE;
        let commands = calls * constants.call_commands
            + refreshes * constants.refresh_commands
            + instances * constants.instance_commands;
        let redis = calls * constants.call_redis
            + refreshes * constants.refresh_redis
            + instances * constants.instance_redis;
        let egress = calls * constants.call_bytes
            + refreshes * constants.refresh_bytes
            + streams * constants.stream_bytes / 3_600.0;
        Self { requests, instances, bound_by, commands, redis, egress }
    }
}

/// The paragraph with its tables.
pub(super) fn text(constants: &Constants) -> String {
    let Constants { processor, base, user, stream, call_bytes, refresh_bytes, stream_bytes, .. } = *constants;
    let mut text = String::from(
        "\n### How it grows\n\n\
         An instance keeps nothing of a user but the connection: what must be the same everywhere is in Redis, so that users \
         spread over as many instances as there are. What was measured for one of each:\n\n\
         | Constant | Measured |\n|---|---:|\n",
    );
    let [call, refresh, login, instance] = [
        constants.call_commands,
        constants.refresh_commands,
        constants.login_commands,
        constants.instance_commands,
    ];
    for (what, value, unit) in [
        ("processor time of a request, of the day's mix", processor * 1e3, "ms"),
        ("memory of an instance without users", base / 1e6, "MB"),
        ("memory of a connected user", user / 1e3, "kB"),
        ("memory of an open stream", stream / 1e3, "kB"),
        ("egress of a call, of the day's mix", call_bytes / 1e3, "kB"),
        ("egress of a token refresh", refresh_bytes / 1e3, "kB"),
        ("egress of an idle stream in an hour", stream_bytes / 1e3, "kB"),
        ("Redis commands of a call, of the day's mix", call, ""),
        ("Redis commands of a token refresh", refresh, ""),
        ("Redis commands of a login", login, ""),
        ("Redis commands of an instance in a second", instance, ""),
        ("processor time of Redis for a call, of the day's mix", constants.call_redis * 1e6, "µs"),
        ("processor time of Redis for a token refresh", constants.refresh_redis * 1e6, "µs"),
    ] {
        let value = format!("{value:.2} {unit}");
        let _ = writeln!(text, "| {what} | {} |", value.trim_end());
    }
    let _ = write!(
        text,
        "\nA connected user is taken to make {CALLS_AN_HOUR:.0} calls and {REFRESHES_AN_HOUR:.0} token refresh an hour, and one in {:.0} \
         to hold a stream open; these are assumptions. Logins are left out: one in a month is nothing beside them. An instance has \
         {CORES:.0} cores, {:.0}% busy, {:.0} GB of memory, and the server's own bounds of {} connections and {} streams; one more \
         than is needed is there. A Redis has one core for commands: from half of one on it is to be a cluster. TLS is the proxy's.\n\n\
         | Connected users | Requests a second | Instances | Bound by | Redis commands a second | Cores of Redis | Egress, Mbit/s | Egress, TB a month |\n\
         |---:|---:|---:|---|---:|---:|---:|---:|\n",
        1.0 / LISTENERS,
        100.0 * BUSY,
        MEMORY / 1e9,
        grouped(CONNECTIONS),
        grouped(STREAMS),
    );
    for users in USERS {
        let Need { requests, instances, bound_by, commands, redis, egress } = Need::of(users, constants);
        let (bits, month) = (egress * 8.0 / 1e6, egress * SECONDS_OF_MONTH / 1e12);
        let (users, requests, commands) = (grouped(f64::from(users)), grouped(requests), grouped(commands));
        let _ = writeln!(
            text,
            "| {users} | {requests} | {instances:.0} | {bound_by} | {commands} | {redis:.2} | {bits:.1} | {month:.2} |"
        );
    }
    text
}

/// Whole, with commas between the thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::record::{Cost, Counts, Moment, Sample, Second};
    use super::*;
    use crate::deployment::Held;

    fn day() -> Record {
        let mut day = Record { stream_bytes: 7_200, stream_seconds: 3_600.0, ..Record::default() };
        for (name, users, streams, resident) in [
            ("fresh", 10, 0, 20_000_000),
            ("connected", 110, 0, 22_000_000),
            ("listening", 110, 20, 22_400_000),
        ] {
            let held = Held { resident, ..Held::default() };
            day.moments.insert(name.to_owned(), Moment { users, streams, held });
        }
        let sample = |kind: &str, bytes| Sample { kind: kind.to_owned(), bytes, ..Sample::default() };
        for processor in [0.0, 0.004] {
            let samples = vec![
                sample("list-calls", 3_000),
                sample("list-calls", 3_000),
                sample("tools-list", 30_000),
                sample("refresh", 1_000),
            ];
            let held = Held { processor, ..Held::default() };
            day.seconds.push(Second { phase: PHASE.to_owned(), samples, held, ..Second::default() });
        }
        day
    }

    fn costs() -> Record {
        let cost = |requests, seconds, commands| Cost {
            requests,
            seconds,
            counts: Counts { commands, processor: float(commands) / 1e5, ..Counts::default() },
        };
        let kinds = [("list-calls", 12), ("tools-list", 6), ("refresh", 60), (LOGIN, 120)];
        let costs = kinds.map(|(kind, commands)| (kind.to_owned(), cost(6, 0.0, commands)));
        Record { costs: costs.into(), idle: Some(cost(0, 10.0, 30)), ..Record::default() }
    }

    #[test]
    fn constants_are_what_was_measured() {
        let constants = Constants::of(&day(), &costs()).unwrap();
        let close =
            |value: f64, expected: f64| assert!((value - expected).abs() < 1e-6, "{value} {expected}");
        close(constants.processor, 0.001);
        close(constants.user, 20_000.0);
        close(constants.stream, 20_000.0);
        close(constants.call_bytes, 12_000.0);
        close(constants.refresh_bytes, 1_000.0);
        close(constants.stream_bytes, 7_200.0);
        close(constants.call_commands, (2.0 + 2.0 + 1.0) / 3.0);
        close(constants.refresh_commands, 10.0);
        close(constants.login_commands, 20.0);
        close(constants.instance_commands, 3.0);
        assert!(Constants::of(&Record::default(), &costs()).is_err());
        assert!(Constants::of(&day(), &Record::default()).is_err());
    }

    #[test]
    fn the_tightest_bound_gives_the_instances() {
        let constants = Constants::of(&day(), &costs()).unwrap();
        let text = text(&constants);
        let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| 1")).collect();
        assert_eq!(
            rows,
            [
                "| 1,000 | 17 | 2 | connections | 37 | 0.00 | 1.6 | 0.52 |",
                "| 100,000 | 1,694 | 7 | connections | 3,077 | 0.03 | 160.5 | 52.02 |",
                "| 1,000,000 | 16,944 | 61 | connections | 30,739 | 0.31 | 1605.4 | 520.16 |",
            ],
            "{text}"
        );
        let heavy = Constants { processor: 0.02, ..constants };
        let need = Need::of(1_000_000, &heavy);
        assert_eq!((need.bound_by, need.instances), ("processor", 284.0));
        assert_eq!(Need::of(1_000_000, &Constants { user: 1e6, ..constants }).bound_by, "memory");
    }
}
