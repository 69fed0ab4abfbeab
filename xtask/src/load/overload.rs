//! Three times as much as is let in, held against what has to be.

use super::record::{Capacity, Record, Sample};
use crate::error::Error;
use crate::figure::Figure;
use crate::numbers::{float, quantile};

/// The phases: half of what is let in, three times as much, half of it again.
pub(super) const PHASES: [&str; 3] = ["calm", "overload", "recovery"];
/// What a refusal may take at p99, in milliseconds.
const REFUSAL_BAR: f64 = 5.0;
/// How many times as long as unloaded a call may take that was let in, at p99.
const LATENCY_BAR: f64 = 2.0;
/// How much of the places may be empty meanwhile, in hundredths: each is, until the next request comes.
const EMPTY_BAR: f64 = 20.0;
/// How much of three times the capacity may not have been offered, in hundredths: then the load was too slow itself.
const MISSING_BAR: f64 = 10.0;
/// Seconds after which nobody is refused any more.
const RECOVERY: u64 = 5;

/// What a request is shed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    SignIn,
    Reads,
    Sends,
    Transcripts,
}

impl Class {
    pub(super) const ALL: [Self; 4] = [Self::SignIn, Self::Reads, Self::Sends, Self::Transcripts];

    pub(super) fn of(sample: &Sample) -> Self {
        match sample.kind.as_str() {
            "register" | "authorize" | "consent" | "token" | "refresh" => Self::SignIn,
            "send-message" => Self::Sends,
            "fetch-call-transcripts" => Self::Transcripts,
            _ => Self::Reads,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in and token refresh",
            Self::Reads => "reads",
            Self::Sends => "sends",
            Self::Transcripts => "transcripts",
        }
    }
}

/// Requests of a class in a phase, and how many of them were refused, in hundredths.
pub(super) fn refused(record: &Record, phase: &str, class: Class) -> (u32, f64) {
    let (mut all, mut refused) = (0_u32, 0_u32);
    for sample in record.samples(phase).filter(|sample| Class::of(sample) == class) {
        all += 1;
        refused += u32::from(sample.is_refusal());
    }
    (all, 100.0 * f64::from(refused) / f64::from(all.max(1)))
}

/// The figures, each with its bar.
pub(super) fn figures(record: &Record) -> Result<Vec<Figure>, Error> {
    let [calm, overload, recovery] = PHASES;
    let Capacity { limit, capacity, .. } = capacity(record)?;
    let share = |class| refused(record, overload, class).1;
    let [sign_in, reads, sends, transcripts] = Class::ALL.map(share);
    let latency = |phase: &'static str| quantile(let_in(record, phase), 0.99);
    let refusals = record.samples(overload).filter(|sample| sample.is_refusal());
    let late = record.seconds.iter().filter(|second| second.phase == recovery && second.second >= RECOVERY);
    let late = late.flat_map(|second| &second.samples).filter(|sample| sample.is_refusal()).count();
    let calm_refusals = record.samples(calm).filter(|sample| sample.is_refusal()).count();
    // The last second of a phase holds only what was still under way.
    let seconds = record.seconds.iter().filter(|second| second.phase == overload).count().saturating_sub(1);
    let calls = record
        .samples(overload)
        .filter(|sample| !sample.is_refusal() && Class::of(sample) != Class::SignIn)
        .map(|sample| sample.ms / 1e3);
    let taken = calls.sum::<f64>() / (float(limit) * float(seconds.max(1) as u64));
    let offered = record.samples(overload).filter(|sample| Class::of(sample) != Class::SignIn).count() as u64;
    let missing = 1.0 - float(offered) / (3.0 * capacity * float(seconds.max(1) as u64));
    Ok(vec![
        Figure::none(
            "overload: requests answered wrongly, refused without Retry-After, or not at all",
            record.wrong(),
        ),
        Figure::at_most(
            "calls missing of three times as many as are let in",
            (100.0 * missing).max(0.0),
            MISSING_BAR,
            "%",
        ),
        Figure::none("refused at half of what is let in", calm_refusals as u64),
        Figure::at_most(
            "a refusal, p99",
            quantile(refusals.map(|sample| sample.ms), 0.99),
            REFUSAL_BAR,
            "ms",
        ),
        Figure::at_most("sign-ins and token refreshes refused", sign_in, 0.0, "%"),
        Figure::at_most("reads refused, which is less than sends", reads, sends, "%"),
        Figure::at_most("sends refused, which is less than transcripts", sends, transcripts, "%"),
        Figure::at_most(
            "a read that was let in, against an unloaded one, both p99",
            latency(overload) / latency(calm),
            LATENCY_BAR,
            "times",
        ),
        Figure::at_most(
            "places that were empty while requests were refused",
            (100.0 * (1.0 - taken)).max(0.0),
            EMPTY_BAR,
            "%",
        ),
        Figure::none("refused later than 5 s after it was half again", late as u64),
    ])
}

/// What the server admits.
pub(super) fn capacity(record: &Record) -> Result<Capacity, Error> {
    record.capacity.ok_or_else(|| Error::Check("the load ended before the overload began".to_owned()))
}

/// How long reads took that were let in.
pub(super) fn let_in<'a>(record: &'a Record, phase: &'a str) -> impl Iterator<Item = f64> {
    let reads =
        record.samples(phase).filter(|sample| !sample.is_refusal() && Class::of(sample) == Class::Reads);
    reads.map(|sample| sample.ms)
}

#[cfg(test)]
mod tests {
    use super::super::record::Second;
    use super::*;

    /// Of each phase seconds with ten answers and, in the overload, ten refusals of reads, nine of sends and so on.
    fn rush(change: impl Fn(&mut Second)) -> Record {
        let mut record = Record {
            capacity: Some(Capacity { limit: 1, latency_ms: 50.0, capacity: 15.5 }),
            ..Record::default()
        };
        let sample =
            |kind: &str, ms: f64, status| Sample { kind: kind.to_owned(), ms, status, ..Sample::default() };
        for phase in PHASES {
            for number in 0..10 {
                let mut samples = vec![sample("fetch-messages", 80.0, 200); 10];
                samples.push(sample("refresh", 2.0, 200));
                if phase == "overload" {
                    samples.append(&mut vec![sample("fetch-messages", 1.0, 503); 20]);
                    for kind in ["send-message", "fetch-call-transcripts"] {
                        samples.append(&mut vec![sample(kind, 1.5, 503); 5]);
                    }
                    samples.push(sample("send-message", 60.0, 200));
                }
                let mut second =
                    Second { phase: phase.to_owned(), second: number, samples, ..Second::default() };
                change(&mut second);
                record.seconds.push(second);
            }
        }
        record
    }

    fn missed(record: &Record) -> String {
        let outcome = crate::figure::judge(&figures(record).unwrap());
        outcome.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_server_that_sheds_as_it_should_passes() {
        let record = rush(|_| {});
        assert_eq!(
            crate::figure::table(&figures(&record).unwrap()),
            "\
| What | Measured | Bar | Holds |
|---|---|---|---|
| overload: requests answered wrongly, refused without Retry-After, or not at all | 0 | at most 0 | yes |
| calls missing of three times as many as are let in | 2.0 % | at most 10 % | yes |
| refused at half of what is let in | 0 | at most 0 | yes |
| a refusal, p99 | 1.5 ms | at most 5 ms | yes |
| sign-ins and token refreshes refused | 0.0 % | at most 0 % | yes |
| reads refused, which is less than sends | 66.7 % | at most 83.3 % | yes |
| sends refused, which is less than transcripts | 83.3 % | at most 100 % | yes |
| a read that was let in, against an unloaded one, both p99 | 1.0 times | at most 2 times | yes |
| places that were empty while requests were refused | 4.4 % | at most 20 % | yes |
| refused later than 5 s after it was half again | 0 | at most 0 | yes |
"
        );
        assert_eq!(missed(&record), "");
    }

    #[test]
    fn every_fault_is_found() {
        let fault = |phase: &'static str, from: u64, change: fn(&mut Sample)| {
            missed(&rush(|second| {
                if second.phase == phase && second.second >= from {
                    second.samples.iter_mut().for_each(change);
                }
            }))
        };
        assert!(missed(&rush(|second| second.wrong = 1)).contains("answered wrongly"));
        assert!(missed(&rush(|second| second.samples.truncate(20))).contains("calls missing"));
        assert!(fault("calm", 0, |sample| sample.status = 503).contains("half of what"));
        assert!(fault("overload", 0, |sample| sample.ms *= 10.0).contains("a refusal"));
        assert!(fault("overload", 0, |sample| sample.ms *= 10.0).contains("against an unloaded one"));
        assert!(fault("overload", 9, |sample| sample.status = 429).contains("token refreshes refused"));
        assert!(fault("overload", 0, |sample| sample.status = 503).contains("places that were empty"));
        assert!(fault("recovery", 5, |sample| sample.status = 503).contains("later than 5 s"));
        assert_eq!(fault("recovery", 99, |sample| sample.status = 503), "");
        let reads_first = |sample: &mut Sample| {
            if sample.kind == "send-message" {
                sample.status = 200;
            }
        };
        assert!(fault("overload", 0, reads_first).contains("less than sends"));
        assert!(figures(&Record::default()).is_err());
    }
}
