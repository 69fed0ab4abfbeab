//! `mcp-server grants list`: which apps are connected.

use serde::Serialize;

use super::{SHORT, connections, whole_credential};
use crate::args::Deployment;
use crate::commands::text::{self, counted, minute, rfc3339};
use crate::exit::Failure;
use crate::operator::reach::Reach;
use crate::operator::{MOST, Record};

/// A connection, for a program.
#[derive(Serialize)]
struct Row {
    connection: String,
    credential: String,
    client: String,
    host: String,
    document_host: Option<String>,
    resource: String,
    scopes: Vec<String>,
    since: Option<String>,
    last_used: Option<String>,
    ends: Option<String>,
}

impl From<Record> for Row {
    fn from(record: Record) -> Self {
        Self {
            connection: record.family,
            credential: record.credential,
            client: record.client,
            host: record.host,
            document_host: record.document_host,
            resource: record.resource,
            scopes: record.scopes,
            since: rfc3339(record.approved_at_ms / 1000),
            last_used: rfc3339(record.last_used_at_ms / 1000),
            ends: rfc3339(record.ends_at),
        }
    }
}

pub(super) async fn run(
    credential: Option<&str>,
    deployment: &Deployment,
    json: bool,
) -> Result<(), Failure> {
    let reach = Reach::find(deployment).await?;
    let credential = match credential {
        Some(text) => Some(whole_credential(&reach, text).await?),
        None => None,
    };
    let records = connections(&reach, credential).await?;
    if json {
        return text::print_json(&records.into_iter().map(Row::from).collect::<Vec<_>>());
    }
    if records.is_empty() {
        return text::print("No app is connected.");
    }
    text::print(&shown(&records))
}

/// Where the client is: the host of its metadata, too, when its codes went elsewhere.
fn host(record: &Record) -> String {
    match &record.document_host {
        Some(document) if *document != record.host => format!("{} (of {document})", record.host),
        _ => record.host.clone(),
    }
}

/// The connections as a table.
pub(super) fn shown(records: &[Record]) -> String {
    let short = |whole: &str| whole.chars().take(SHORT).collect::<String>();
    let rows: Vec<_> = records
        .iter()
        .map(|record| {
            [
                short(&record.family),
                if record.client.is_empty() { "(no name)".to_owned() } else { record.client.clone() },
                host(record),
                minute(record.approved_at_ms / 1000),
                minute(record.last_used_at_ms / 1000),
                minute(record.ends_at),
                record.scopes.join(" "),
                short(&record.credential),
            ]
        })
        .collect();
    let head = ["CONNECTION", "CLIENT", "HOST", "SINCE", "LAST USED", "ENDS", "SCOPES", "API KEY"];
    let mut shown = text::table(head, &rows);
    let bound = if records.len() >= MOST { ", the newest" } else { "" };
    shown.push_str(&format!(
        "\n{}{bound}. A name is what the client calls itself; the host is where its codes were sent. Last used is exact \
         to an hour.",
        counted(records.len(), "connection")
    ));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(host: &str, document_host: Option<&str>) -> Record {
        Record {
            family: "0123456789abcdef".repeat(2),
            credential: "fedcba9876543210".repeat(2),
            client: String::new(),
            host: host.to_owned(),
            document_host: document_host.map(str::to_owned),
            resource: "/mcp".to_owned(),
            scopes: vec!["a".to_owned(), "b".to_owned()],
            approved_at_ms: 1_795_000_000_999,
            last_used_at_ms: 1_795_000_060_000,
            ends_at: 1_795_000_120,
        }
    }

    #[test]
    fn a_connection_is_a_line() {
        let shown = shown(&[record("claude.ai", Some("claude.ai")), record("localhost", Some("vscode.dev"))]);
        let lines: Vec<_> = shown.lines().collect();
        let line = "0123456789ab  (no name)  claude.ai                  2026-11-18 11:06 UTC  2026-11-18 11:07 UTC  \
                    2026-11-18 11:08 UTC  a b     fedcba987654";
        assert_eq!(lines[1], line);
        assert!(lines[2].contains("  localhost (of vscode.dev)  "), "{shown}");
        assert!(lines[4].starts_with("2 connections. "), "{shown}");
    }

    #[test]
    fn a_client_is_at_both_its_hosts() {
        let record = record("localhost", Some("vscode.dev"));
        assert!(record.is_at("localhost") && record.is_at("VSCode.dev"));
        assert!(!record.is_at("claude.ai") && !record.is_at(""));
    }
}
