//! A chart of times as SVG text: panels on one logarithmic scale, each name with a line from its median to its p99.

use std::fmt::Write as _;

use crate::svg::{document, text};

/// The scale's left end and its width.
const LEFT: f64 = 220.0;
const ACROSS: f64 = 470.0;
/// From one name to the next.
const STEP: usize = 22;
/// Radius of the mark at the median; the one at the p99 is a stroke.
const MARK: f64 = 4.5;

/// What is drawn.
pub(super) struct Ranges {
    pub(super) title: String,
    pub(super) unit: &'static str,
    pub(super) panels: Vec<Panel>,
}

/// Names under a heading.
pub(super) struct Panel {
    pub(super) heading: String,
    pub(super) ranges: Vec<Range>,
}

/// One of them.
pub(super) struct Range {
    pub(super) name: &'static str,
    pub(super) median: f64,
    pub(super) p99: f64,
    pub(super) is_ours: bool,
}

/// Powers of ten from the least to the most of what is shown.
struct Scale {
    first: i32,
    last: i32,
}

impl Ranges {
    pub(super) fn svg(&self) -> String {
        let scale = self.scale();
        let mut body = String::new();
        text(&mut body, "t", 12, 24, &self.title);
        text(&mut body, "v", 12, 46, &format!("from the median (dot) to the p99 (stroke), {}", self.unit));
        let mut y = 56;
        for panel in &self.panels {
            y += 26;
            text(&mut body, "h", 12, y, &panel.heading);
            let bottom = y + panel.ranges.len() * STEP + 14;
            scale.grid(&mut body, y + 6, bottom);
            for range in &panel.ranges {
                y += STEP;
                range.draw(&mut body, y, &scale);
            }
            y = bottom + 14;
        }
        document(&self.title, y + 6, &body)
    }

    fn scale(&self) -> Scale {
        let ranges = || self.panels.iter().flat_map(|panel| &panel.ranges);
        let least = ranges().map(|range| range.median).fold(f64::INFINITY, f64::min);
        let most = ranges().map(|range| range.p99).fold(0.0, f64::max);
        if least > 0.0 && least <= most {
            let first = exponent(least.log10().floor());
            Scale { first, last: exponent(most.log10().ceil()).max(first + 1) }
        } else {
            Scale { first: 0, last: 1 }
        }
    }
}

impl Scale {
    fn x(&self, value: f64) -> f64 {
        let (first, last) = (f64::from(self.first), f64::from(self.last));
        LEFT + ACROSS * (value.log10() - first) / (last - first)
    }

    /// A line and a number at each power of ten.
    fn grid(&self, body: &mut String, top: usize, bottom: usize) {
        for exponent in self.first..=self.last {
            let value = 10.0_f64.powi(exponent);
            let x = self.x(value);
            // Writing to a text cannot fail.
            let _ = writeln!(body, "<path class=\"g\" d=\"M{x:.1} {top}V{bottom}\"/>");
            text(body, "v", format!("{:.1}", x - 6.0), bottom + 13, &format!("{value}"));
        }
    }
}

impl Range {
    fn draw(&self, body: &mut String, y: usize, scale: &Scale) {
        let class = if self.is_ours { "b" } else { "a" };
        let (from, to, middle) = (scale.x(self.median), scale.x(self.p99), y - 4);
        text(body, "n", LEFT - 10.0, y, self.name);
        let (above, below) = (middle - 5, middle + 5);
        let _ = writeln!(
            body,
            "<path class=\"l{class}\" d=\"M{from:.1} {middle}H{to:.1}M{to:.1} {above}V{below}\"/>\n\
             <circle class=\"{class}\" cx=\"{from:.1}\" cy=\"{middle}\" r=\"{MARK}\"/>"
        );
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a power of ten of a time, rounded")]
fn exponent(value: f64) -> i32 {
    value as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_from_the_median_to_the_p99_on_a_scale_of_powers() {
        let range = |name, median, p99, is_ours| Range { name, median, p99, is_ours };
        let ranges = vec![range("ours", 0.1, 1.0, true), range("theirs", 10.0, 100.0, false)];
        let panel = Panel { heading: "64 at once".to_owned(), ranges };
        let svg = Ranges { title: "times".to_owned(), unit: "ms", panels: vec![panel] }.svg();
        let marks: Vec<_> = svg
            .lines()
            .filter_map(|line| line.strip_prefix("<circle class=\"")?.split(" r=").next())
            .collect();
        // A third of 470 for each power of ten, from 0.1 to 100.
        assert_eq!(marks, ["b\" cx=\"220.0\" cy=\"100\"", "a\" cx=\"533.3\" cy=\"122\""]);
        assert!(svg.contains("M220.0 100H376.7M376.7 95V105"), "{svg}");
        for number in [">0.1<", ">1<", ">10<", ">100<"] {
            assert!(svg.contains(number), "{svg}");
        }
    }

    #[test]
    fn nothing_measured_is_an_empty_scale() {
        let svg = Ranges { title: "times".to_owned(), unit: "ms", panels: Vec::new() }.svg();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
