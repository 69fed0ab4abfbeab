//! A keyed order of the numbers below a size, computed and not stored: which comes at a place, and at which
//! place one comes, both in constant time.
//!
//! A generalized Feistel network (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002): a number is
//! a row and a column, which are shifted by turns, each by a hash of the other. What lands past the size goes
//! round again. It looks random and hides nothing.

use crate::seed::mix;

const TURNS: u64 = 4;

#[derive(Clone, Copy, Debug)]
pub(super) struct Permutation {
    key: u64,
    size: u64,
    rows: u64,
    columns: u64,
}

impl Permutation {
    pub(super) const fn new(key: u64, size: u64) -> Self {
        let size = if size == 0 { 1 } else { size };
        let root = size.isqrt();
        let rows = if root * root < size { root + 1 } else { root };
        Self { key, size, rows, columns: size.div_ceil(rows) }
    }

    /// Another order of the same numbers.
    pub(super) const fn keyed(self, key: u64) -> Self {
        Self { key, ..self }
    }

    /// The number at `place`, which is below the size.
    pub(super) fn at(&self, place: u64) -> u64 {
        let mut number = place % self.size;
        loop {
            number = self.shuffle(number);
            if number < self.size {
                return number;
            }
        }
    }

    /// The place of `number`, which is below the size.
    pub(super) fn place_of(&self, number: u64) -> u64 {
        let mut place = number % self.size;
        loop {
            place = self.restore(place);
            if place < self.size {
                return place;
            }
        }
    }

    fn shuffle(&self, number: u64) -> u64 {
        let (mut row, mut column) = (number / self.columns, number % self.columns);
        for turn in 0..TURNS {
            if turn % 2 == 0 {
                row = (row + self.shift(turn, column, self.rows)) % self.rows;
            } else {
                column = (column + self.shift(turn, row, self.columns)) % self.columns;
            }
        }
        row * self.columns + column
    }

    fn restore(&self, number: u64) -> u64 {
        let (mut row, mut column) = (number / self.columns, number % self.columns);
        for turn in (0..TURNS).rev() {
            if turn % 2 == 0 {
                row = (row + self.rows - self.shift(turn, column, self.rows)) % self.rows;
            } else {
                column = (column + self.columns - self.shift(turn, row, self.columns)) % self.columns;
            }
        }
        row * self.columns + column
    }

    fn shift(&self, turn: u64, by: u64, size: u64) -> u64 {
        mix(self.key.wrapping_add(turn) ^ mix(by)) % size
    }
}

#[cfg(test)]
mod tests {
    use super::Permutation;

    #[test]
    fn every_number_has_one_place() {
        for size in [1, 2, 3, 7, 64, 265, 1000, 56_202] {
            let order = Permutation::new(size ^ 0xfeed, size);
            let mut seen = vec![false; size as usize];
            for place in 0..size {
                let number = order.at(place);
                assert_eq!(order.place_of(number), place);
                assert!(!std::mem::replace(&mut seen[number as usize], true), "{number} twice");
            }
        }
    }

    #[test]
    fn the_key_decides() {
        let order = Permutation::new(1, 200);
        let other = order.keyed(2);
        let same = (0..200).filter(|place| order.at(*place) == other.at(*place)).count();
        assert!(same < 20, "{same} of 200 stay in place");
    }
}
