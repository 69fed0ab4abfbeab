//! `bench tokens`: what `oauth-server` needs to check a token, and how many it issues a second with each store. The program
//! is `crates/oauth-server/benches/tokens/`.

use std::fmt::Write as _;

use serde::Deserialize;

use super::Report;
use super::chart::{Chart, Panel};
use super::program::{self, Run};
use crate::error::Error;
use crate::report;
use crate::workspace::Workspace;

/// A figure, as the program prints it.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Figure {
    Check { case: String, microseconds: f64, per_second: f64 },
    Issue { case: String, store: String, count: usize, per_second: f64, median_ms: f64, p99_ms: f64 },
}

pub(super) fn measure(workspace: &Workspace) -> Result<Report, Error> {
    let Run { figures, placement } = program::run(workspace, "openphone-mcp-oauth-server", "tokens")?;
    let table =
        format!("{}\n{}; 64 requests at a time, {placement}.\n", table(&figures), report::conditions());
    Ok(Report { table, charts: vec![("tokens.svg", chart(&figures).svg())] })
}

fn table(figures: &[Figure]) -> String {
    let mut table = String::from("| Checking | Microseconds | A second |\n|---|---:|---:|\n");
    for figure in figures {
        if let Figure::Check { case, microseconds, per_second } = figure {
            let _ = writeln!(table, "| {case} | {microseconds:.2} | {per_second:.0} |");
        }
    }
    table.push_str(
        "\n| Issuing from a | Store | A second | Median, ms | p99, ms | Measured |\n|---|---|---:|---:|---:|---:|\n",
    );
    for figure in figures {
        if let Figure::Issue { case, store, count, per_second, median_ms, p99_ms } = figure {
            let _ = writeln!(
                table,
                "| {case} | {store} | {per_second:.0} | {median_ms:.2} | {p99_ms:.2} | {count} |"
            );
        }
    }
    table
}

/// A bar for each store, from codes and from refresh tokens.
fn chart(figures: &[Figure]) -> Chart {
    let cases = issued(figures, "code")
        .zip(issued(figures, "refresh token"))
        .map(|((store, code), (_, refresh))| (store.to_owned(), [code, refresh]))
        .collect();
    Chart {
        title: "Tokens issued a second on one core (more is better)".to_owned(),
        sides: ["from a code", "from a refresh token"],
        panels: vec![Panel { heading: "Answers of /token a second".to_owned(), digits: 0, cases }],
    }
}

/// How many a second each store made possible.
fn issued<'a>(figures: &'a [Figure], wanted: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
    figures.iter().filter_map(move |figure| match figure {
        Figure::Issue { case, store, per_second, .. } if case == wanted => {
            Some((store.as_str(), *per_second))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Vec<Figure> {
        [
            r#"{"kind":"check","case":"check an access token","microseconds":5.25,"per_second":190476.2}"#,
            r#"{"kind":"issue","case":"code","store":"memory","count":2000,"per_second":20000.4,"median_ms":3.1,"p99_ms":9.9}"#,
            r#"{"kind":"issue","case":"refresh token","store":"memory","count":80000,"per_second":18000.0,"median_ms":3.5,"p99_ms":8.0}"#,
        ]
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
    }

    #[test]
    fn every_figure_has_a_row() {
        let table = table(&figures());
        for row in [
            "| check an access token | 5.25 | 190476 |\n",
            "| code | memory | 20000 | 3.10 | 9.90 | 2000 |\n",
            "| refresh token | memory | 18000 | 3.50 | 8.00 | 80000 |\n",
        ] {
            assert!(table.contains(row), "{table}");
        }
    }

    #[test]
    fn the_chart_has_a_pair_of_bars_for_each_store() {
        assert_eq!(chart(&figures()).panels[0].cases, [("memory".to_owned(), [20_000.4, 18_000.0])]);
    }
}
