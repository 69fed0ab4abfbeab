//! A bar chart as SVG text: panels of cases, each with a bar for either side.

use std::fmt::Write as _;

use crate::svg::{document, text};

/// Where the bars begin, right of the cases' names.
const LEFT: usize = 210;
/// The longest bar; its value has the rest of the width.
const LONGEST: f64 = 400.0;
const BAR: usize = 14;
const CASE: usize = 2 * BAR + 16;

/// What is drawn.
pub(super) struct Chart {
    pub(super) title: String,
    /// Who the two bars are of.
    pub(super) sides: [&'static str; 2],
    pub(super) panels: Vec<Panel>,
}

/// Bars on one scale, from zero.
pub(super) struct Panel {
    pub(super) heading: String,
    /// Digits after the point.
    pub(super) digits: usize,
    /// Each case with its two values.
    pub(super) cases: Vec<(String, [f64; 2])>,
}

impl Chart {
    pub(super) fn svg(&self) -> String {
        let mut body = String::new();
        let mut y = 24;
        text(&mut body, "t", 12, y, &self.title);
        y += 26;
        for (at, (class, side)) in ["a", "b"].iter().zip(self.sides).enumerate() {
            let x = 12 + at * 190;
            rectangle(&mut body, class, (x, y - 11), (12.0, 12));
            text(&mut body, "", x + 20, y, side);
        }
        for panel in &self.panels {
            y += 38;
            text(&mut body, "h", 12, y, &panel.heading);
            y += 12;
            let largest = panel.cases.iter().flat_map(|(_, values)| values).copied().fold(0.0, f64::max);
            for (name, values) in &panel.cases {
                text(&mut body, "n", LEFT - 10, y + BAR + 5, name);
                for (at, (class, value)) in ["a", "b"].iter().zip(values).enumerate() {
                    let top = y + at * (BAR + 2);
                    let length = if largest > 0.0 { LONGEST * value / largest } else { 0.0 };
                    rectangle(&mut body, class, (LEFT, top), (length, BAR));
                    let label = format!("{value:.*}", panel.digits);
                    let end = format!("{:.1}", as_float(LEFT + 6) + length);
                    text(&mut body, "v", end, top + 11, &label);
                }
                y += CASE;
            }
            y -= 16;
        }
        let height = y + 12;
        document(&self.title, height, &body)
    }
}

// Writing to a text cannot fail.
fn rectangle(body: &mut String, class: &str, (x, y): (usize, usize), (width, height): (f64, usize)) {
    let _ = writeln!(
        body,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" rx=\"2\"/>"
    );
}

#[expect(clippy::cast_precision_loss, reason = "coordinates are small")]
fn as_float(coordinate: usize) -> f64 {
    coordinate as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values() {
        let chart = Chart {
            title: "a & b".to_owned(),
            sides: ["without", "with"],
            panels: vec![Panel {
                heading: "microseconds".to_owned(),
                digits: 1,
                cases: vec![("one".to_owned(), [20.0, 25.0]), ("two".to_owned(), [50.0, 100.0])],
            }],
        };
        let svg = chart.svg();
        let widths: Vec<_> =
            svg.lines().filter_map(|line| line.split("width=\"").nth(1)?.split('"').next()).collect();
        assert_eq!(widths, ["720", "12.0", "12.0", "80.0", "100.0", "200.0", "400.0"]);
        assert!(svg.contains(">a &amp; b</text>") && svg.contains(">25.0</text>"), "{svg}");
    }
}
