//! `mcp-server grants revoke`: disconnects apps.

use std::io::{IsTerminal as _, Write as _};

use super::{Prefix, another_release, connections, list, whole_credential};
use crate::args::RevokeArgs;
use crate::commands::text::{self, counted};
use crate::exit::Failure;
use crate::operator::reach::Reach;
use crate::operator::{Record, Reply, Request};

/// Times that the list is asked for what is left at a host: it holds the newest connections, and each turn makes room.
const TURNS: usize = 16;

pub(super) async fn run(args: &RevokeArgs) -> Result<(), Failure> {
    let deployment = &args.deployment;
    let reach = Reach::find(deployment).await?;
    let ended = match (&args.connection, &args.credential, &args.host) {
        (Some(id), credential, _) => one(&reach, id, credential.as_deref()).await?,
        (_, Some(fingerprint), _) => of_credential(&reach, fingerprint, args.yes).await?,
        (.., Some(host)) => at_host(&reach, host, args.yes).await?,
        (None, None, None) => {
            return Err(Failure::Option { name: "CONNECTION", reason: "is needed".to_owned() });
        }
    };
    text::print(&format!(
        "Ended {}. Every instance knows within 2 s; the apps must be connected again.",
        counted(ended, "connection")
    ))
}

/// One connection, out of the newest of all or out of all of a credential.
async fn one(reach: &Reach, id: &str, credential: Option<&str>) -> Result<usize, Failure> {
    let prefix = Prefix::parse("CONNECTION", id)?;
    let credential = match credential {
        Some(fingerprint) => Some(whole_credential(reach, fingerprint).await?),
        None => None,
    };
    let all = connections(reach, credential).await?;
    let family = prefix.find("connection in the list", all.iter().map(|record| record.family.clone()))?;
    let of_family = all.iter().filter(|record| record.family == family);
    let mut ended = 0;
    for record in of_family {
        ended += usize::from(end(reach, record).await?);
    }
    match ended {
        0 => Err(Failure::NotThere(format!("the connection {family} has ended already"))),
        ended => Ok(ended),
    }
}

async fn of_credential(reach: &Reach, fingerprint: &str, yes: bool) -> Result<usize, Failure> {
    let credential = whole_credential(reach, fingerprint).await?;
    let listed = connections(reach, Some(credential.clone())).await?;
    confirm(&listed, yes)?;
    // Not one by one: what is not listed, after the loss of the store perhaps, ends as well.
    match reach.ask(Request::RevokeCredential { credential }).await? {
        Reply::Revoked { .. } if listed.is_empty() => Err(Failure::NotThere(
            "no connection of this API key is listed; whatever was made with it until now is ended all the same"
                .to_owned(),
        )),
        Reply::Revoked { .. } => Ok(listed.len()),
        _ => Err(another_release()),
    }
}

async fn at_host(reach: &Reach, host: &str, yes: bool) -> Result<usize, Failure> {
    let mut ended = 0;
    for turn in 0..TURNS {
        let mut found = connections(reach, None).await?;
        found.retain(|record| record.is_at(host));
        if turn == 0 {
            confirm(&found, yes)?;
        }
        let before = ended;
        for record in &found {
            ended += usize::from(end(reach, record).await?);
        }
        if ended == before {
            break;
        }
    }
    match ended {
        0 => Err(Failure::NotThere(format!(
            "no connection of a client at {host} is listed. Nothing was changed"
        ))),
        ended => Ok(ended),
    }
}

/// Ends one connection. Whether it was there.
async fn end(reach: &Reach, record: &Record) -> Result<bool, Failure> {
    let request = Request::Revoke { credential: record.credential.clone(), family: record.family.clone() };
    match reach.ask(request).await? {
        Reply::Revoked { was_there } => Ok(was_there),
        _ => Err(another_release()),
    }
}

/// Asks the person at the terminal before more than one connection is ended.
fn confirm(records: &[Record], yes: bool) -> Result<(), Failure> {
    if yes || records.len() < 2 {
        return Ok(());
    }
    let count = counted(records.len(), "connection");
    if !std::io::stdin().is_terminal() {
        let reason = format!("is needed to end {count} without a terminal. Nothing was changed");
        return Err(Failure::Option { name: "--yes", reason });
    }
    text::print(&list::shown(records))?;
    let mut out = std::io::stdout().lock();
    let mut answer = String::new();
    let asked = write!(out, "\nEnd these {count}? [y/N] ").and_then(|()| out.flush());
    let read = asked.and_then(|()| std::io::stdin().read_line(&mut answer));
    match read {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
        _ => Err(Failure::Refused("nothing was changed".to_owned())),
    }
}
