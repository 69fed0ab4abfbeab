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
    let reach = Reach::find(&deployment.data_dir, deployment.store.as_ref()).await?;
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

/// The connections as a table.
pub(super) fn shown(records: &[Record]) -> String {
    let short = |whole: &str| whole.chars().take(SHORT).collect::<String>();
    let rows: Vec<_> = records
        .iter()
        .map(|record| {
            [
                short(&record.family),
                if record.client.is_empty() { "(no name)".to_owned() } else { record.client.clone() },
                record.host.clone(),
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
