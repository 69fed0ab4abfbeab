//! How the exchanges of a few inboxes, held at the same time, are interleaved: which line comes when. There are
//! few such patterns; they are worked out once and used over and over.

use crate::seed::mix;

/// Inboxes whose exchanges are interleaved with each other.
pub(super) const BUNDLE: u64 = 6;
/// Lines of an exchange, on average.
pub(super) const MEAN: u64 = 4;

/// Lengths of the exchanges of a full bundle. Each adds up to `BUNDLE * MEAN`.
pub(super) const LENGTHS: [[usize; BUNDLE as usize]; 8] = [
    [2, 4, 6, 3, 5, 4],
    [3, 2, 5, 6, 4, 4],
    [4, 4, 2, 5, 3, 6],
    [6, 5, 3, 2, 4, 4],
    [2, 6, 2, 6, 4, 4],
    [5, 3, 5, 3, 5, 3],
    [4, 2, 6, 5, 2, 5],
    [3, 6, 4, 4, 5, 2],
];

/// One pattern.
#[derive(Debug)]
pub(super) struct Weave {
    /// Per place: whose exchange, and which line of it.
    order: Vec<(usize, usize)>,
    /// Per exchange: the places of its lines.
    places: Vec<Vec<u64>>,
}

impl Weave {
    fn new(lengths: &[usize], draw: u64) -> Self {
        let mut order: Vec<(u64, usize, usize)> = Vec::new();
        for (member, length) in lengths.iter().enumerate() {
            // They begin at different times, and go on at their own pace.
            let (begin, pace) = (mix(draw ^ member as u64) % 16, 4 + mix(draw ^ !(member as u64)) % 6);
            order.extend((0..*length).map(|line| (begin + pace * line as u64, member, line)));
        }
        order.sort_unstable();
        let order: Vec<_> = order.into_iter().map(|(_, member, line)| (member, line)).collect();
        let mut places = vec![Vec::new(); lengths.len()];
        for (place, (member, _)) in order.iter().enumerate() {
            if let Some(places) = places.get_mut(*member) {
                places.push(place as u64);
            }
        }
        Self { order, places }
    }

    /// The exchange and the line at a place.
    pub(super) fn at(&self, place: u64) -> (usize, usize) {
        self.order.get(place as usize).copied().unwrap_or_default()
    }

    /// The places of an exchange's lines.
    pub(super) fn places(&self, member: usize) -> &[u64] {
        self.places.get(member).map(Vec::as_slice).unwrap_or_default()
    }
}

/// All patterns that a schedule uses.
#[derive(Debug)]
pub(super) struct Weaves {
    full: Vec<Weave>,
    /// For the inboxes that are too few for a full bundle.
    rest: Weave,
    bundle: u64,
}

impl Weaves {
    /// For exchanges of several lines.
    pub(super) fn of_exchanges(inboxes: u64) -> Self {
        let full = (0..).zip(&LENGTHS).map(|(index, lengths)| Weave::new(lengths, mix(index))).collect();
        let rest = vec![MEAN as usize; (inboxes % BUNDLE) as usize];
        Self { full, rest: Weave::new(&rest, 0), bundle: BUNDLE }
    }

    /// For things that stand alone.
    pub(super) fn of_single_lines() -> Self {
        Self { full: vec![Weave::new(&[1], 0)], rest: Weave::new(&[], 0), bundle: 1 }
    }

    /// Inboxes in a full bundle.
    pub(super) fn bundle(&self) -> u64 {
        self.bundle
    }

    /// The pattern of a bundle of so many inboxes.
    pub(super) fn pick(&self, inboxes: u64, draw: u64) -> &Weave {
        if inboxes < self.bundle {
            return &self.rest;
        }
        self.full.get((draw % self.full.len().max(1) as u64) as usize).unwrap_or(&self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::{BUNDLE, LENGTHS, MEAN, Weaves};

    #[test]
    fn patterns_hold_every_line_once_and_in_order() {
        for lengths in LENGTHS {
            assert_eq!(lengths.iter().sum::<usize>() as u64, BUNDLE * MEAN);
        }
        for inboxes in 1..=13 {
            let weaves = Weaves::of_exchanges(inboxes);
            for (size, draw) in [(BUNDLE, 0), (BUNDLE, 5), (inboxes % BUNDLE, 0)] {
                let weave = weaves.pick(size, draw);
                let mut lines = 0;
                for member in 0..size as usize {
                    let places = weave.places(member);
                    assert!(places.is_sorted() && !places.is_empty());
                    for (line, place) in places.iter().enumerate() {
                        assert_eq!(weave.at(*place), (member, line));
                    }
                    lines += places.len() as u64;
                }
                assert_eq!(lines, size * MEAN);
            }
        }
    }
}
