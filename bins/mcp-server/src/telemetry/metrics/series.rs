//! The three kinds of metric, and what they look like to those who read them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::table::Table;

/// Name and meaning of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// As Prometheus and OpenTelemetry know it.
    pub name: &'static str,
    /// One sentence for people.
    pub help: &'static str,
    /// What kind it is.
    pub kind: Kind,
    /// The unit in UCUM, for OpenTelemetry: `s`, `By` or `1`.
    pub unit: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
}

/// What kind of metric it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It is what it is.
    Gauge,
    /// How often a value was how large.
    Histogram,
}

impl Kind {
    /// Its name in Prometheus' text format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric as it stands, with all its series.
#[derive(Clone, Debug)]
pub struct Collected {
    /// What it is.
    pub head: Head,
    /// The values of its labels, and where it stands.
    pub points: Vec<(Vec<&'static str>, Value)>,
}

/// Where a series stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of a counter or a gauge.
    Number(f64),
    /// Of a histogram.
    Distribution {
        /// Upper bounds, without the last, which is infinite.
        bounds: Vec<f64>,
        /// How many were within each bound and above the one before it, and how many above all.
        counts: Vec<u64>,
        /// All values together.
        sum: f64,
    },
}

/// A counter by the values of `N` labels.
pub(super) struct Counters<const N: usize> {
    head: Head,
    table: Table<AtomicU64, N>,
}

impl<const N: usize> Counters<N> {
    pub(super) fn new(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str; N],
        room: usize,
    ) -> Self {
        let head = Head { name, help, kind: Kind::Counter, unit: "1", labels };
        Self { head, table: Table::new(room, AtomicU64::default) }
    }

    /// Shows these series from the start, at zero: what is not there has no rate when it first happens.
    pub(super) fn with(self, series: &[[&'static str; N]]) -> Self {
        for labels in series {
            self.table.at(*labels);
        }
        self
    }

    pub(super) fn add(&self, labels: [&'static str; N], amount: u64) {
        self.table.at(labels).fetch_add(amount, Ordering::Relaxed);
    }
}

/// A histogram by the values of `N` labels.
pub(super) struct Histograms<const N: usize> {
    head: Head,
    /// In units of `scale`, rising.
    bounds: &'static [u64],
    /// How many counted units are one of the metric's.
    scale: f64,
    table: Table<Buckets, N>,
}

/// One series of a histogram.
struct Buckets {
    counts: [AtomicU64; MOST_BUCKETS],
    sum: AtomicU64,
}

/// Most bounds of a histogram, and one for what is above all.
const MOST_BUCKETS: usize = 16;
const NANOS: f64 = 1e9;

impl<const N: usize> Histograms<N> {
    /// Of durations; the bounds are in nanoseconds, fewer than 16.
    pub(super) fn seconds(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str; N],
        bounds: &'static [u64],
        room: usize,
    ) -> Self {
        let head = Head { name, help, kind: Kind::Histogram, unit: "s", labels };
        Self { head, bounds, scale: NANOS, table: Table::new(room, Buckets::new) }
    }

    /// Of whole numbers.
    pub(super) fn numbers(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str; N],
        bounds: &'static [u64],
        room: usize,
    ) -> Self {
        let head = Head { name, help, kind: Kind::Histogram, unit: "1", labels };
        Self { head, bounds, scale: 1.0, table: Table::new(room, Buckets::new) }
    }

    pub(super) fn record(&self, labels: [&'static str; N], value: u64) {
        let buckets = self.table.at(labels);
        let index = self.bounds.partition_point(|bound| *bound < value).min(MOST_BUCKETS - 1);
        buckets.counts[index].fetch_add(1, Ordering::Relaxed);
        buckets.sum.fetch_add(value, Ordering::Relaxed);
    }

    pub(super) fn time(&self, labels: [&'static str; N], took: Duration) {
        self.record(labels, u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }
}

impl Buckets {
    fn new() -> Self {
        Self { counts: [const { AtomicU64::new(0) }; MOST_BUCKETS], sum: AtomicU64::new(0) }
    }
}

/// A metric that can be read.
pub(super) trait Series: Sync {
    fn head(&self) -> Head;
    fn collect(&self) -> Collected;
}

impl<const N: usize> Series for Counters<N> {
    fn head(&self) -> Head {
        self.head
    }

    fn collect(&self) -> Collected {
        let points = self.table.cells().into_iter();
        let points =
            points.map(|cell| (cell.labels.to_vec(), number(cell.metric.load(Ordering::Relaxed)))).collect();
        Collected { head: self.head, points }
    }
}

impl<const N: usize> Series for Histograms<N> {
    fn head(&self) -> Head {
        self.head
    }

    fn collect(&self) -> Collected {
        let scaled = |value: u64| float(value) / self.scale;
        let bounds: Vec<f64> = self.bounds.iter().map(|bound| scaled(*bound)).collect();
        let points = self.table.cells().into_iter().map(|cell| {
            let counts = cell.metric.counts.iter().take(self.bounds.len() + 1);
            let value = Value::Distribution {
                bounds: bounds.clone(),
                counts: counts.map(|count| count.load(Ordering::Relaxed)).collect(),
                sum: scaled(cell.metric.sum.load(Ordering::Relaxed)),
            };
            (cell.labels.to_vec(), value)
        });
        Collected { head: self.head, points: points.collect() }
    }
}

/// Of a counter.
fn number(count: u64) -> Value {
    Value::Number(float(count))
}

/// Exact up to 2^53, which no count reaches.
#[expect(clippy::cast_precision_loss, reason = "Prometheus counts in doubles")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_bound_is_within_it() {
        let histogram = Histograms::numbers("n", "N.", &["kind"], &[10, 20], 4);
        for value in [1, 10, 11, 20, 21, 500] {
            histogram.record(["x"], value);
        }
        let expected = Value::Distribution { bounds: vec![10.0, 20.0], counts: vec![2, 2, 2], sum: 563.0 };
        assert_eq!(histogram.collect().points, [(vec!["x"], expected)]);
    }

    #[test]
    fn durations_are_counted_in_seconds() {
        let histogram = Histograms::seconds("n", "N.", &[], &[10_000_000], 1);
        histogram.time([], Duration::from_millis(10));
        histogram.time([], Duration::from_millis(90));
        let expected = Value::Distribution { bounds: vec![0.01], counts: vec![1, 1], sum: 0.1 };
        assert_eq!(histogram.collect().points, [(vec![], expected)]);
    }
}
