//! What is made of several slices: the median, how far they are apart, and ratios of slices of one round.

/// The middle of some values, and their ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    /// `None` of no values.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => f64::midpoint(values[middle - 1], values[middle]),
            _ => values[middle],
        };
        Some(Self { median, least, most })
    }
}

/// The median of some values; none of no values.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    Spread::of(values).map(|spread| spread.median)
}

/// The median of the ratios of what was measured in the same round. What slowed a whole round down is in both, and
/// drops out; it would not of a ratio of medians.
pub(super) fn paired_ratio(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    median(ours.iter().zip(theirs).filter(|(_, theirs)| **theirs > 0.0).map(|(ours, theirs)| ours / theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_ends() {
        assert_eq!(Spread::of([3.0, 1.0, 9.0]), Some(Spread { median: 3.0, least: 1.0, most: 9.0 }));
        assert_eq!(Spread::of([4.0, 1.0]), Some(Spread { median: 2.5, least: 1.0, most: 4.0 }));
        assert_eq!(Spread::of([]), None);
        assert_eq!(median([7.0]), Some(7.0));
    }

    #[test]
    fn a_slow_round_drops_out_of_a_paired_ratio() {
        // The second round ran at a third of the speed; of the medians the ratio would be 0.75.
        assert_eq!(paired_ratio(&[80.0, 30.0, 60.0], &[100.0, 40.0, 80.0]), Some(0.75));
        assert_eq!(paired_ratio(&[50.0, 10.0, 90.0], &[100.0, 20.0, 90.0]), Some(0.5));
        assert_eq!(paired_ratio(&[1.0], &[0.0]), None);
        assert_eq!(paired_ratio(&[], &[1.0]), None);
    }
}
