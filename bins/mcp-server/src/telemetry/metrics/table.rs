//! A table from label values to a metric: read and added to without a lock, and bounded.
//!
//! Label values are `&'static str`: words of the code. What a client or a person wrote has no such life, so it cannot become a
//! series by mistake. A table that is full counts what is new under `other`.

use std::sync::OnceLock;

/// The value of every label of what found no room.
const OTHER: &str = "other";

/// Metrics by the values of `N` labels.
pub(super) struct Table<M, const N: usize> {
    cells: Box<[OnceLock<Box<Cell<M, N>>>]>,
    overflow: OnceLock<Box<Cell<M, N>>>,
    make: fn() -> M,
}

/// One metric and its labels.
pub(super) struct Cell<M, const N: usize> {
    pub(super) labels: [&'static str; N],
    pub(super) metric: M,
}

impl<M, const N: usize> Table<M, N> {
    /// Room for so many combinations.
    pub(super) fn new(room: usize, make: fn() -> M) -> Self {
        let cells = std::iter::repeat_with(OnceLock::new).take(room.max(1)).collect();
        Self { cells, overflow: OnceLock::new(), make }
    }

    /// The metric of these labels.
    pub(super) fn at(&self, labels: [&'static str; N]) -> &M {
        let room = self.cells.len();
        let start = hash(labels) % room;
        let mut made = None;
        for index in (start..room).chain(0..start) {
            let slot = &self.cells[index];
            if slot.get().is_none() {
                let cell = made.take().unwrap_or_else(|| Box::new(Cell { labels, metric: (self.make)() }));
                // Somebody else may have taken it meanwhile, perhaps for the same labels.
                if let Err(cell) = slot.set(cell) {
                    made = Some(cell);
                }
            }
            if let Some(cell) = slot.get()
                && cell.is(labels)
            {
                return &cell.metric;
            }
        }
        let overflow = || Box::new(Cell { labels: [OTHER; N], metric: (self.make)() });
        &self.overflow.get_or_init(overflow).metric
    }

    /// All that were ever asked for, in the order of their labels.
    pub(super) fn cells(&self) -> Vec<&Cell<M, N>> {
        let mut cells: Vec<_> = self.cells.iter().chain([&self.overflow]).filter_map(OnceLock::get).collect();
        cells.sort_by_key(|cell| cell.labels);
        cells.into_iter().map(|cell| &**cell).collect()
    }
}

impl<M, const N: usize> Cell<M, N> {
    fn is(&self, labels: [&'static str; N]) -> bool {
        // Mostly the same word at the same place; two places may hold one word, too.
        self.labels.iter().zip(labels).all(|(ours, asked)| std::ptr::eq(*ours, asked) || *ours == asked)
    }
}

/// FNV-1a over the words: they are short.
fn hash<const N: usize>(labels: [&'static str; N]) -> usize {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for label in labels {
        for byte in label.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    // The low bits alone decide, and the last byte went into them most.
    usize::try_from((hash >> 32) ^ (hash & 0xffff_ffff)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const WORDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

    #[test]
    fn each_combination_has_one_cell() {
        let table: Table<AtomicU64, 2> = Table::new(64, AtomicU64::default);
        // The same word at another place.
        let elsewhere: &'static str = String::from("a").leak();
        for labels in [["a", "b"], ["b", "a"], [elsewhere, "b"]] {
            table.at(labels).fetch_add(1, Ordering::Relaxed);
        }
        let found: Vec<_> =
            table.cells().iter().map(|cell| (cell.labels, cell.metric.load(Ordering::Relaxed))).collect();
        assert_eq!(found, [(["a", "b"], 2), (["b", "a"], 1)]);
    }

    #[test]
    fn what_finds_no_room_is_counted_as_other() {
        let table: Table<AtomicU64, 1> = Table::new(4, AtomicU64::default);
        for word in WORDS.iter().chain(&WORDS) {
            table.at([word]).fetch_add(1, Ordering::Relaxed);
        }
        let count = |cell: &&Cell<AtomicU64, 1>| cell.metric.load(Ordering::Relaxed);
        let cells = table.cells();
        assert_eq!(cells.len(), 5);
        assert_eq!(cells.iter().find(|cell| cell.labels == ["other"]).map(count), Some(4));
        assert_eq!(cells.iter().map(count).sum::<u64>(), 12);
    }

    #[test]
    fn threads_that_begin_a_series_together_count_in_one() {
        let table: Table<AtomicU64, 1> = Table::new(8, AtomicU64::default);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for word in WORDS {
                        table.at([word]).fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        let counts: Vec<_> = table.cells().iter().map(|cell| cell.metric.load(Ordering::Relaxed)).collect();
        assert_eq!(counts, [8; 6]);
    }
}
