//! A chart of many as SVG text: panels of bars, one for each name, with ours in their own colour.

use std::fmt::Write as _;

use crate::svg::{document, text};

/// Where the bars begin, right of the names.
const LEFT: usize = 220;
/// The longest bar; its value has the rest of the width.
const LONGEST: f64 = 400.0;
const BAR: usize = 16;
/// From one bar to the next.
const STEP: usize = BAR + 8;

/// What is drawn.
pub(super) struct Ranking {
    pub(super) title: String,
    pub(super) panels: Vec<Panel>,
}

/// Bars on one scale, from zero.
pub(super) struct Panel {
    pub(super) heading: String,
    /// Digits after the point.
    pub(super) digits: usize,
    pub(super) bars: Vec<Bar>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    pub(super) name: &'static str,
    pub(super) value: f64,
    pub(super) is_ours: bool,
}

impl Ranking {
    pub(super) fn svg(&self) -> String {
        let mut body = String::new();
        text(&mut body, "t", 12, 24, &self.title);
        let mut y = 26;
        for panel in &self.panels {
            y += 30;
            text(&mut body, "h", 12, y, &panel.heading);
            y += 12;
            let largest = panel.bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
            for bar in &panel.bars {
                bar.draw(&mut body, y, largest, panel.digits);
                y += STEP;
            }
        }
        document(&self.title, y + 8, &body)
    }
}

impl Bar {
    fn draw(&self, body: &mut String, y: usize, largest: f64, digits: usize) {
        let class = if self.is_ours { "b" } else { "a" };
        // What is a hundredth of the largest still shows that it is there.
        let length = if largest > 0.0 { (LONGEST * self.value / largest).max(1.5) } else { 0.0 };
        text(body, "n", LEFT - 10, y + 13, self.name);
        // Writing to a text cannot fail.
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\"/>"
        );
        let end = format!("{:.1}", 226.0 + length);
        text(body, "v", end, y + 12, &format!("{:.digits$}", self.value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values_and_ours_stand_out() {
        let bar = |name, value, is_ours| Bar { name, value, is_ours };
        let bars = vec![bar("all", 1000.0, false), bar("ours", 750.0, true), bar("theirs", 0.5, false)];
        let panel = Panel { heading: "a second".to_owned(), digits: 1, bars };
        let svg = Ranking { title: "x < y".to_owned(), panels: vec![panel] }.svg();
        let widths: Vec<_> = svg
            .lines()
            .filter(|line| line.starts_with("<rect"))
            .map(|line| (&line[13..14], line.split("width=\"").nth(1).unwrap().split('"').next().unwrap()))
            .collect();
        assert_eq!(widths, [("a", "400.0"), ("b", "300.0"), ("a", "1.5")]);
        assert!(svg.contains(">x &lt; y</text>") && svg.contains(">750.0</text>"), "{svg}");
    }
}
