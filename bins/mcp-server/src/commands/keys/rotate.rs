//! `mcp-server keys rotate`: another key seals from now on.

use std::path::Path;

use sealing::{KeyRing, Keys, Kid, OsEntropy};
use state_store::{Clock as _, SystemClock};

use super::{refusal, take_up};
use crate::args::RotateArgs;
use crate::commands::text;
use crate::config::{self, KeyPlace};
use crate::exit::Failure;
use crate::operator::reach::Reach;
use crate::operator::{Reply, Request};

pub(super) async fn run(args: &RotateArgs) -> Result<(), Failure> {
    let place = KeyPlace::of(&args.keys, &args.data_dir)?;
    let (file, path) = (place.file()?, place.path());
    let failed = |error| refusal(&path, &error);
    // Asked before the file is locked: the server may take its time.
    let others = if args.stage || args.at_once { None } else { others(&args.data_dir).await };

    let now = SystemClock.unix_seconds();
    let mut not_staged = None;
    let changed = file.update(&OsEntropy, |keys| {
        let ring = if args.stage {
            keys.ring.staged(&OsEntropy)?
        } else if let (Some(others), None) = (others, keys.ring.next()) {
            not_staged = Some(others);
            return Ok(keys);
        } else {
            keys.ring.rotated(&OsEntropy, now)?
        };
        Keys::new(ring, keys.fingerprint)
    });
    let keys = changed.map_err(failed)?;
    if let Some(others) = not_staged {
        return Err(Failure::Refused(format!(
            "{others}: an instance that has not got the new key refuses its tokens and logs their users out. Run \
             `mcp-server keys rotate --stage`, give the file to every instance and restart it or send it SIGHUP, then \
             run this again (--at-once: there is no other instance). Nothing was changed"
        )));
    }
    let said = if args.stage {
        format!(
            "Made {}, which opens, and seals after the next `mcp-server keys rotate`. Run that once every instance has \
             this file.",
            keys.ring.next().map_or("a key", Kid::as_str)
        )
    } else {
        format!(
            "{} seals from now on. The keys before it open what they sealed: nobody is logged out.",
            keys.ring.active()
        )
    };
    let taken_up = take_up(&args.data_dir).await;
    text::print(&format!("{said}\nThe ring: {}.\n{taken_up}\nBack the file up again.", shown(&keys.ring)))
}

/// Why there may be other instances, if there may.
async fn others(data_dir: &Path) -> Option<&'static str> {
    let Some(server) = Reach::server(data_dir).await else {
        let alone = config::state_file(data_dir).exists();
        return (!alone).then_some(
            "no server runs on this folder and no state is in it, so that it may be shared elsewhere",
        );
    };
    match server.ask(Request::About).await {
        Ok(Reply::About { shared: false }) => None,
        _ => Some("the server that runs on this folder may share its store with others"),
    }
}

/// `k3 (seals), k2, k1`
pub(super) fn shown(ring: &KeyRing) -> String {
    let kids = ring.kids().map(|kid| {
        if kid == ring.active() {
            format!("{kid} (seals)")
        } else if ring.next() == Some(kid) {
            format!("{kid} (next)")
        } else {
            kid.to_string()
        }
    });
    kids.collect::<Vec<_>>().join(", ")
}
