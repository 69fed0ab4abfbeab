//! Chance from a seed, so that two runs do the same: SplitMix64, and what is drawn from it.

use std::time::Duration;

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The `number`th stream of this seed.
    pub(crate) fn new(seed: u64, number: usize) -> Self {
        let mut random = Self(seed ^ (number as u64).wrapping_mul(0xd134_2543_de82_ef95));
        // Neighbours begin alike.
        random.next();
        random
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// A time of an exponential distribution, as those between independent events are.
    pub(crate) fn pause(&mut self, mean: Duration) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "53 bits of chance are kept")]
        let share = ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        mean.mul_f64(-share.ln())
    }
}
