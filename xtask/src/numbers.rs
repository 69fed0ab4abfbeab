//! What is made of many numbers.

/// The value that this share of them does not exceed; infinite when there are none, so that no bar holds.
pub(crate) fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index below the length")]
    let at = (float(values.len() as u64) * share).ceil() as usize;
    values.get(at.saturating_sub(1)).copied().unwrap_or(f64::INFINITY)
}

/// How many times as much the ones are as the others, of the same rounds: the median of what each round says, because two
/// slices of one round meet the machine in the same mood.
pub(crate) fn times(these: impl Iterator<Item = f64>, those: impl Iterator<Item = f64>) -> f64 {
    quantile(these.zip(those).map(|(this, that)| this / that), 0.5)
}

/// Their mean; zero when there are none.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values.into_iter().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count == 0.0 { 0.0 } else { sum / count }
}

/// By how much the line that fits them best rises from one to the next.
pub(crate) fn slope(values: &[f64]) -> f64 {
    let middle = (float(values.len() as u64) - 1.0) / 2.0;
    let mean = mean(values.iter().copied());
    let (mut above, mut below) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let distance = float(at as u64) - middle;
        above += distance * (value - mean);
        below += distance * distance;
    }
    if below == 0.0 { 0.0 } else { above / below }
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// With commas between the thousands.
pub(crate) fn grouped(count: impl Into<u64>) -> String {
    let digits = count.into().to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_means_and_slopes() {
        let hundred = || (1..=100).map(f64::from);
        assert_eq!([0.5, 0.99, 1.0].map(|share| quantile(hundred(), share)), [50.0, 99.0, 100.0]);
        assert_eq!(quantile([], 0.5), f64::INFINITY);
        assert_eq!((mean(hundred()), mean([])), (50.5, 0.0));
        // The machine was slow in the second round.
        let [these, those] = [[11.0, 44.0, 12.0], [10.0, 40.0, 10.0]].map(IntoIterator::into_iter);
        assert!((times(these, those) - 1.1).abs() < 1e-9);
        assert!((slope(&[1.0, 3.0, 5.0, 7.0]) - 2.0).abs() < 1e-9);
        assert_eq!((slope(&[4.0]), slope(&[])), (0.0, 0.0));
    }

    #[test]
    fn thousands_are_grouped() {
        let texts = [0_u64, 999, 1_000, 180_000, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "180,000", "1,234,567"]);
    }
}
