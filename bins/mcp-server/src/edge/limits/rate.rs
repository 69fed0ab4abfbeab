//! How often something may happen, as people write it: `20/s`, `1000/h`, `20/s:400`, `off`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use super::table::Bucket;

/// Longest time in which a whole allowance may grow back. The counters look no further ahead.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 3600);
/// Seconds of a rate by the second that may be used at once, unless it is said otherwise.
const BURST_SECONDS: u32 = 10;
const HINT: &str =
    "write it like 20/s, 600/m, 1000/h or 5000/d, with how many at once after a colon (20/s:400), or off";

/// So many in a time, and so many at once after a rest (GCRA).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Time in which one grows back, in microseconds.
    period: u64,
    burst: NonZeroU32,
    /// As it was written.
    count: u32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
}

impl Unit {
    const fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 24 * 3600,
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Second => 's',
            Self::Minute => 'm',
            Self::Hour => 'h',
            Self::Day => 'd',
        }
    }
}

impl Rate {
    /// How many at once.
    #[must_use]
    pub const fn burst(self) -> u32 {
        self.burst.get()
    }

    /// Time in which the whole burst grows back.
    #[must_use]
    pub fn window(self) -> Duration {
        Duration::from_micros(self.bucket().window)
    }

    /// What a counter takes it for.
    pub(super) fn bucket(self) -> Bucket {
        Bucket { period: self.period, window: self.period.saturating_mul(u64::from(self.burst.get())) }
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no rate: {HINT}");
        let (rate, burst) = text.split_once(':').map_or((text, None), |(rate, burst)| (rate, Some(burst)));
        let (count, unit) = rate.split_once('/').ok_or_else(wrong)?;
        let count: NonZeroU32 = count.trim().parse().map_err(|_| wrong())?;
        let unit = match unit.trim() {
            "s" => Unit::Second,
            "m" => Unit::Minute,
            "h" => Unit::Hour,
            "d" => Unit::Day,
            _ => return Err(wrong()),
        };
        let burst = match (burst, unit) {
            (Some(burst), _) => burst.trim().parse().map_err(|_| wrong())?,
            (None, Unit::Second) => count.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1)),
            (None, _) => count,
        };
        let micros = u64::from(unit.seconds()) * 1_000_000;
        let rate = Self { period: (micros / u64::from(count.get())).max(1), burst, count: count.get(), unit };
        if rate.window() > LONGEST {
            return Err(format!("'{text}' takes more than a month to grow back: {HINT}"));
        }
        Ok(rate)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.count, self.unit.letter(), self.burst)
    }
}

/// A rate, or none at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allowance {
    /// Not counted.
    #[default]
    Off,
    /// This much.
    Of(Rate),
}

impl Allowance {
    /// The rate; `None`: not counted.
    #[must_use]
    pub const fn rate(self) -> Option<Rate> {
        match self {
            Self::Off => None,
            Self::Of(rate) => Some(rate),
        }
    }
}

impl FromStr for Allowance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "off" => Ok(Self::Off),
            text => text.parse().map(Self::Of),
        }
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Of(rate) => rate.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_as_people_write_them() {
        for (text, period, burst) in [
            ("20/s", 50_000, 200),
            ("20/s:5", 50_000, 5),
            ("600/m", 100_000, 600),
            ("1000/h", 3_600_000, 1_000),
            ("1000/d: 100", 86_400_000, 100),
            ("5000000/s:1", 1, 1),
        ] {
            let rate: Rate = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!((rate.period, rate.burst()), (period, burst), "{text}");
            assert_eq!(rate.to_string().parse(), Ok(rate), "{text}");
        }
        for wrong in ["", "20", "20/", "0/s", "20/w", "-1/s", "20/s:0", "20/s:x", "off"] {
            assert!(wrong.parse::<Rate>().unwrap_err().contains("write it like 20/s"), "{wrong}");
        }
        assert!("1/d:32".parse::<Rate>().unwrap_err().contains("more than a month"));
        assert_eq!("off".parse(), Ok(Allowance::Off));
        assert!("on".parse::<Allowance>().is_err());
    }
}
