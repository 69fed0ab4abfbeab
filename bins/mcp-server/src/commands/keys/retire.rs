//! `mcp-server keys retire`: takes a key out of the ring, when no live connection needs it any more.

use sealing::{KeyError, KeyRing, KeySource as _, Keys, Kid, OsEntropy};
use state_store::{Clock as _, SystemClock};

use super::{list, refusal, rotate, take_up};
use crate::args::Deployment;
use crate::commands::text::{self, counted, minute};
use crate::config::KeyPlace;
use crate::exit::Failure;
use crate::operator::reach::Reach;
use crate::operator::{MOST, NeedUntil, Reply, Request};

/// How long a key must have been out of use: codes and consent pages that it sealed live for minutes, and instances that
/// still seal with it must have taken up the ring.
const OUT_OF_USE: u64 = 60 * 60;

pub(super) async fn run(kid: &str, deployment: &Deployment, force: bool) -> Result<(), Failure> {
    let place = KeyPlace::of(&deployment.keys, &deployment.data_dir)?;
    let (file, path) = (place.file()?, place.path());
    let failed = |error: KeyError| match error {
        KeyError::UnknownKid { .. } => Failure::NotThere(error.to_string()),
        KeyError::ActiveKey { .. } => Failure::Refused(error.to_string()),
        other => refusal(&path, &other),
    };
    let kid = Kid::parse(kid).map_err(|error| Failure::Option { name: "KEY", reason: error.to_string() })?;
    let ring = file.load().map_err(failed)?.ring;
    // Whether it could go at all, before anybody is asked whether it may.
    ring.without(&kid).map_err(failed)?;

    let cost = if force {
        at_stake(deployment, &kid).await
    } else {
        refuse_needed(&ring, &kid, deployment).await?;
        format!("No live connection needed {kid}.")
    };
    let changed = file.update(&OsEntropy, |keys| Keys::new(keys.ring.without(&kid)?, keys.fingerprint));
    let ring = changed.map_err(failed)?.ring;
    let taken_up = take_up(&deployment.data_dir).await;
    text::print(&format!(
        "{kid} is gone, with all that it sealed. {cost}\nApps that were registered under it and are not connected must be \
         added again; how many there are is not known.\nThe ring: {}.\n{taken_up}",
        rotate::shown(&ring)
    ))
}

/// Refuses unless it is certain that no live connection needs the key.
async fn refuse_needed(ring: &KeyRing, kid: &Kid, deployment: &Deployment) -> Result<(), Failure> {
    let refuse = |reason: String| {
        Err(Failure::Refused(format!("{reason}. Nothing was changed (--force: retire it all the same)")))
    };
    if ring.next() == Some(kid) {
        // It never sealed anything.
        return Ok(());
    }
    let now = SystemClock.unix_seconds();
    if let Some(at) = ring.rotated_at(kid)
        && now < at + OUT_OF_USE
    {
        return refuse(format!(
            "{kid} ceased to seal at {} only: sign-ins that have begun may need it until {}",
            minute(at),
            minute(at + OUT_OF_USE)
        ));
    }
    let needs = match list::needs(deployment, std::iter::once(kid)).await {
        Ok(needs) => needs,
        Err(failure) => return refuse(format!("whether {kid} is still needed cannot be told: {failure}")),
    };
    match needs.first().map(|need| need.need) {
        Some(NeedUntil::Nobody) => Ok(()),
        Some(NeedUntil::Until { at }) => refuse(format!(
            "live connections may need {kid} until {}, or longer when they go on being used",
            minute(at)
        )),
        Some(NeedUntil::Unknown { known_from: Some(at) }) => refuse(format!(
            "whether {kid} is still needed is not known before {}: the store is new, or was lost, and what was issued \
             before it may live until then",
            minute(at)
        )),
        Some(NeedUntil::Unknown { known_from: None }) | None => refuse(format!(
            "whether {kid} is still needed is not known: the store has no record of any login, because it is new or was \
             lost"
        )),
    }
}

/// What retiring costs, as far as that can be known. A store that cannot be asked is no obstacle here.
async fn at_stake(deployment: &Deployment, kid: &Kid) -> String {
    let everyone = format!("Everyone whose connection or app registration hung on {kid} must connect again");
    let asked = async {
        let reach = Reach::find(deployment).await?;
        reach.ask(Request::Connections { credential: None }).await
    };
    match asked.await {
        Ok(Reply::Connections { connections }) if connections.is_empty() => {
            "No connection is listed that could have needed it.".to_owned()
        }
        Ok(Reply::Connections { connections }) if connections.len() < MOST => format!(
            "{everyone}: at most {}, of which it is not recorded which key each hangs on.",
            counted(connections.len(), "listed connection")
        ),
        Ok(Reply::Connections { .. }) => format!("{everyone}, which may be thousands."),
        Ok(_) | Err(_) => format!("{everyone}; how many that are cannot be told."),
    }
}
