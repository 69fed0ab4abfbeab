//! Prometheus' text format, version 0.0.4.

use std::fmt::Write as _;

use super::series::{Collected, Value};

/// Writes metrics as Prometheus reads them.
///
/// Label values are words of the code: none has a character that would have to be escaped.
pub(super) fn render(metrics: &[Collected]) -> String {
    let mut text = String::with_capacity(64 * 1024);
    for Collected { head, points } in metrics {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "# HELP {} {}", head.name, head.help);
        let _ = writeln!(text, "# TYPE {} {}", head.name, head.kind.name());
        for (values, value) in points {
            let labels = head.labels.iter().copied().zip(values.iter().copied());
            match value {
                Value::Number(number) => line(&mut text, head.name, "", labels, None, *number),
                Value::Distribution { bounds, counts, sum } => {
                    let mut below = 0.0;
                    let bounds = bounds.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
                    for (bound, count) in bounds.zip(counts) {
                        below += super::series::float(*count);
                        line(&mut text, head.name, "_bucket", labels.clone(), Some(&bound), below);
                    }
                    line(&mut text, head.name, "_sum", labels.clone(), None, *sum);
                    line(&mut text, head.name, "_count", labels, None, below);
                }
            }
        }
    }
    text
}

fn line(
    text: &mut String,
    name: &str,
    suffix: &str,
    labels: impl Iterator<Item = (&'static str, &'static str)>,
    bound: Option<&str>,
    value: f64,
) {
    text.push_str(name);
    text.push_str(suffix);
    let mut open = '{';
    for (label, value) in labels {
        let _ = write!(text, "{open}{label}=\"{value}\"");
        open = ',';
    }
    if let Some(bound) = bound {
        let _ = write!(text, "{open}le=\"{bound}\"");
        open = ',';
    }
    if open == ',' {
        text.push('}');
    }
    let _ = writeln!(text, " {value}");
}

#[cfg(test)]
mod tests {
    use super::super::series::{Head, Kind};
    use super::*;

    #[test]
    fn every_kind_as_prometheus_reads_it() {
        let head = |name, kind, labels| Head { name, help: "Help.", kind, unit: "1", labels };
        let distribution = Value::Distribution { bounds: vec![0.01, 5.0], counts: vec![1, 0, 2], sum: 12.25 };
        let text = render(&[
            Collected {
                head: head("a_total", Kind::Counter, &["x", "y"]),
                points: vec![(vec!["1", ""], Value::Number(3.0))],
            },
            Collected { head: head("b", Kind::Gauge, &[]), points: vec![(vec![], Value::Number(0.5))] },
            Collected {
                head: head("c_seconds", Kind::Histogram, &["x"]),
                points: vec![(vec!["1"], distribution)],
            },
        ]);
        insta::assert_snapshot!(text, @r#"
        # HELP a_total Help.
        # TYPE a_total counter
        a_total{x="1",y=""} 3
        # HELP b Help.
        # TYPE b gauge
        b 0.5
        # HELP c_seconds Help.
        # TYPE c_seconds histogram
        c_seconds_bucket{x="1",le="0.01"} 1
        c_seconds_bucket{x="1",le="5"} 1
        c_seconds_bucket{x="1",le="+Inf"} 3
        c_seconds_sum{x="1"} 12.25
        c_seconds_count{x="1"} 3
        "#);
    }
}
