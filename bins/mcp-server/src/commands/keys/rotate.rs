//! `mcp-server keys rotate`: another key seals from now on.

use sealing::{FileKeySource, KeyRing, Keys, Kid, OsEntropy};
use state_store::{Clock as _, SystemClock};

use super::{refusal, take_up};
use crate::args::RotateArgs;
use crate::commands::text;
use crate::config;
use crate::exit::Failure;
use crate::operator::reach::Reach;
use crate::operator::{Reply, Request};

pub(super) async fn run(args: &RotateArgs) -> Result<(), Failure> {
    let path = config::key_file(&args.data_dir);
    let file = FileKeySource::new(&path);
    let failed = |error| refusal(&path, &error);
    let ask_first = !args.stage && !args.at_once;
    // Asked before the file is locked: the server may take its time.
    let shared = ask_first && is_shared(args).await;

    let now = SystemClock.unix_seconds();
    let mut not_staged = false;
    let changed = file.update(&OsEntropy, |keys| {
        let ring = if args.stage {
            keys.ring.staged(&OsEntropy)?
        } else if shared && keys.ring.next().is_none() {
            not_staged = true;
            return Ok(keys);
        } else {
            keys.ring.rotated(&OsEntropy, now)?
        };
        Keys::new(ring, keys.fingerprint)
    });
    let keys = changed.map_err(failed)?;
    if not_staged {
        return Err(Failure::Refused(
            "the server on this folder shares its store: other instances would refuse the new key's tokens and log \
             their users out. Run `mcp-server keys rotate --stage`, give the file to every instance and restart it \
             or send it SIGHUP, then run this again (--at-once: there is no other instance). Nothing was changed"
                .to_owned(),
        ));
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

/// Whether a server runs on the folder and shares its store.
async fn is_shared(args: &RotateArgs) -> bool {
    let Some(server) = Reach::server(&args.data_dir).await else { return false };
    matches!(server.ask(Request::About).await, Ok(Reply::About { shared: true }))
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
