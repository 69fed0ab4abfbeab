//! The ordinary day, held against what has to be.

use super::Args;
use super::log::Log;
use super::record::Record;
use crate::deployment::Held;
use crate::error::Error;
use crate::figure::Figure;
use crate::numbers::{float, quantile, slope};

/// The phase's name.
pub(super) const PHASE: &str = "steady";
/// What the server may add to the time of the API, at p99, in milliseconds.
const OVERHEAD_BAR: f64 = 10.0;
/// How much what the server holds may grow over the last two thirds of the day, in hundredths.
const GROWTH_BAR: f64 = 5.0;
/// Requests that may be missing of those that were to be made, in hundredths, besides what chance takes.
const MISSING_BAR: f64 = 5.0;

/// The figures, each with its bar.
///
/// Users think for times of an exponential distribution, so that the number of requests varies as its root: three times
/// that is chance's. Memory is flat when it is hardly more in the last third than it was when the first ended, by its
/// medians, so that a moment's peak is no growth; and when the line that fits those two thirds best hardly rises.
pub(super) fn figures(record: &Record, log: &Log, args: &Args) -> Result<Vec<Figure>, Error> {
    let held: Vec<_> = record.seconds.iter().filter(|second| second.phase == PHASE).collect();
    let Some(last) = held.last() else {
        return Err(Error::Check("the load ended before the day did".to_owned()));
    };
    let samples = || record.samples(PHASE);
    let expected = f64::from(args.rate) * f64::from(args.seconds);
    let made = float(samples().count() as u64 + last.abandoned);
    let chance = 300.0 / expected.sqrt();
    let unknown = samples().filter(|sample| log.entry(sample).is_none()).count() as u64;
    let overhead = quantile(samples().filter_map(|sample| log.overhead(sample)), 0.99);
    let what = if log.tells_upstream() {
        "what a request takes besides waiting for the API, p99"
    } else {
        "what a request takes outside of the server, p99 (its log does not tell the time at the API)"
    };
    let held: Vec<_> = held.iter().map(|second| second.held).collect();
    let mut figures = vec![
        Figure::none("requests answered wrongly, or not at all", record.wrong()),
        Figure::none("answers whose id the server's log does not know", unknown),
        Figure::at_most(
            "requests missing of those that were to be made",
            (100.0 * (1.0 - made / expected)).max(0.0),
            MISSING_BAR + chance,
            "%",
        ),
        Figure::at_most(what, overhead, OVERHEAD_BAR, "ms"),
        growth("resident memory", &held, |held| held.resident),
        rise("resident memory", &held, |held| held.resident),
    ];
    // Nobody but the superuser may count them from outside.
    if held.iter().any(|held| held.descriptors > 0) {
        figures.push(growth("open descriptors", &held, |held| held.descriptors));
        figures.push(rise("open descriptors", &held, |held| held.descriptors));
    }
    Ok(figures)
}

/// Of the last third above the end of the first, in hundredths.
fn growth(what: &str, held: &[Held], of: fn(&Held) -> u64) -> Figure {
    let third = held.len() / 3;
    let median = |part: &[Held]| quantile(part.iter().map(|held| float(of(held))), 0.5);
    // As many seconds on either side of its end as are a tenth of it.
    let around = (third / 10).max(1);
    let first = median(&held[third.saturating_sub(around)..(third + around).min(held.len())]);
    let last = median(&held[2 * third..]);
    let what = format!("growth of {what}, from the end of the first third to the last third");
    Figure::at_most(what, (100.0 * (last / first - 1.0)).max(0.0), GROWTH_BAR, "%")
}

/// Of the line that fits the last two thirds best, in hundredths of where it begins.
fn rise(what: &str, held: &[Held], of: fn(&Held) -> u64) -> Figure {
    let values: Vec<_> = held[held.len() / 3..].iter().map(|held| float(of(held))).collect();
    let whole = slope(&values) * float(values.len() as u64);
    let begin = quantile(values.iter().copied().take(values.len().div_ceil(4)), 0.5);
    let what = format!("rise of the line that fits {what} in the last two thirds");
    Figure::at_most(what, (100.0 * whole / begin).max(0.0), GROWTH_BAR, "%")
}

#[cfg(test)]
mod tests {
    use super::super::record::{Sample, Second};
    use super::*;

    const ARGS: Args = Args {
        users: 100,
        rate: 10,
        seconds: 30,
        only: Vec::new(),
        redis: false,
        debug: false,
        write: false,
    };

    /// A day on which the memory grows by so many bytes a second.
    fn day(leak: u64, change: impl Fn(&mut Second)) -> Record {
        let seconds = (0..30_u64).map(|number| {
            let sample = |at: u64| Sample {
                kind: "list-calls".to_owned(),
                id: (10 * number + at).to_string(),
                ms: 55.0,
                bytes: 900,
                status: 200,
            };
            let held = Held { resident: 50_000_000 + leak * number, descriptors: 130, processor: 0.1 };
            let samples = (0..10).map(sample).collect();
            let mut second =
                Second { phase: PHASE.to_owned(), second: number, samples, held, ..Second::default() };
            change(&mut second);
            second
        });
        Record { seconds: seconds.collect(), ..Record::default() }
    }

    fn log(upstream: f64) -> Log {
        let mut log = Log::default();
        for id in 0..300 {
            log.add(&format!(
                r#"{{"message":"request","request_id":"{id}","ms":54,"upstream_ms":{upstream}}}"#
            ));
        }
        log
    }

    fn missed(record: &Record, log: &Log) -> String {
        let outcome = crate::figure::judge(&figures(record, log, &ARGS).unwrap());
        outcome.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_day_without_faults_passes() {
        let figures = figures(&day(0, |_| {}), &log(51.0), &ARGS).unwrap();
        assert_eq!(
            crate::figure::table(&figures),
            "\
| What | Measured | Bar | Holds |
|---|---|---|---|
| requests answered wrongly, or not at all | 0 | at most 0 | yes |
| answers whose id the server's log does not know | 0 | at most 0 | yes |
| requests missing of those that were to be made | 0.0 % | at most 22.3 % | yes |
| what a request takes besides waiting for the API, p99 | 4.0 ms | at most 10 ms | yes |
| growth of resident memory, from the end of the first third to the last third | 0.0 % | at most 5 % | yes |
| rise of the line that fits resident memory in the last two thirds | 0.0 % | at most 5 % | yes |
| growth of open descriptors, from the end of the first third to the last third | 0.0 % | at most 5 % | yes |
| rise of the line that fits open descriptors in the last two thirds | 0.0 % | at most 5 % | yes |
"
        );
        assert!(crate::figure::judge(&figures).is_ok());
    }

    #[test]
    fn every_fault_is_found() {
        assert!(missed(&day(0, |second| second.wrong = 1), &log(51.0)).contains("answered wrongly"));
        assert!(
            missed(&day(0, |second| second.samples.truncate(7)), &log(51.0)).contains("missing of those")
        );
        assert!(missed(&day(0, |_| {}), &log(44.0)).contains("besides waiting for the API"));
        assert!(
            missed(&day(0, |second| second.samples[0].id.push('x')), &log(51.0)).contains("does not know")
        );
        assert!(figures(&Record::default(), &log(51.0), &ARGS).is_err());
        let streams = |second: &mut Second| second.held.descriptors += second.second;
        assert!(missed(&day(0, streams), &log(51.0)).contains("open descriptors"));
    }

    #[test]
    fn a_slow_percent_is_found_and_one_slow_request_is_not() {
        let slow = |second: &mut Second| {
            if second.second < 4 {
                second.samples[0].ms = 90.0;
            }
        };
        assert!(missed(&day(0, slow), &log(51.0)).contains("besides waiting"));
        let once = |second: &mut Second| {
            if second.second < 2 {
                second.samples[0].ms = 90.0;
            }
        };
        assert_eq!(missed(&day(0, once), &log(51.0)), "");
    }

    #[test]
    fn a_leak_is_found_and_filling_up_is_none() {
        assert_eq!(missed(&day(100_000, |_| {}), &log(51.0)), "");
        assert!(missed(&day(200_000, |_| {}), &log(51.0)).contains("growth of resident memory"));
        let filling = |second: &mut Second| {
            if second.second < 9 {
                second.held.resident -= 20_000_000;
            }
        };
        assert_eq!(missed(&day(0, filling), &log(51.0)), "");
    }
}
