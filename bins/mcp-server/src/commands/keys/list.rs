//! `mcp-server keys list`: the ring, and for how long each key is needed.

use sealing::{KeyRing, Kid};
use serde::Serialize;
use state_store::{Clock as _, SystemClock};

use crate::args::Deployment;
use crate::commands::text::{self, minute, rfc3339};
use crate::config::KeyPlace;
use crate::exit::Failure;
use crate::operator::reach::Reach;
use crate::operator::{Need, NeedUntil, Reply, Request};

/// One key, for a program.
#[derive(Serialize)]
struct Row<'a> {
    kid: &'a str,
    state: &'static str,
    /// When it ceased to seal.
    rotated_at: Option<String>,
    #[serde(flatten)]
    need: JsonNeed,
}

#[derive(Default, Serialize)]
struct JsonNeed {
    /// `until`, `nobody` or `unknown`.
    need: &'static str,
    needed_until: Option<String>,
    known_from: Option<String>,
}

pub(super) async fn run(deployment: &Deployment, json: bool) -> Result<(), Failure> {
    let keys = KeyPlace::of(&deployment.keys, &deployment.data_dir)?.read()?;
    let ring = &keys.ring;
    let asked = needs(deployment, ring.kids()).await;
    let need_of = |kid: &Kid| {
        let needs = asked.as_ref().ok()?;
        needs.iter().find(|need| need.kid == kid.as_str()).map(|need| need.need)
    };
    if json {
        let rows = ring.kids().map(|kid| Row {
            kid: kid.as_str(),
            state: state(ring, kid),
            rotated_at: ring.rotated_at(kid).and_then(rfc3339),
            need: json_need(need_of(kid)),
        });
        return text::print_json(&rows.collect::<Vec<_>>());
    }
    let now = SystemClock.unix_seconds();
    let rows: Vec<_> = ring
        .kids()
        .map(|kid| {
            let mut state = match state(ring, kid) {
                "next" => "opening only until the next rotation".to_owned(),
                other => other.to_owned(),
            };
            if let Some(at) = ring.rotated_at(kid) {
                state = format!("{state} since {}", minute(at));
            }
            [kid.to_string(), state, in_words(need_of(kid), now)]
        })
        .collect();
    let mut shown = text::table(["KEY", "STATE", "NEEDED BY LIVE CONNECTIONS"], &rows);
    if let Err(failure) = &asked {
        shown.push_str(&format!("\nFor how long keys are needed cannot be told: {failure}.\n"));
    }
    shown.push_str(
        "\nApps that are registered but not connected are not counted: when the key of their registration is gone, \
         they must be added again.",
    );
    text::print(&shown)
}

/// Asks for how long keys are needed.
pub(super) async fn needs(
    deployment: &Deployment,
    kids: impl Iterator<Item = &Kid>,
) -> Result<Vec<Need>, Failure> {
    let request = Request::KeyNeeds { kids: kids.map(ToString::to_string).collect() };
    match Reach::find(deployment).await?.ask(request).await? {
        Reply::KeyNeeds { needs } => Ok(needs),
        _ => Err(Failure::Other("the running server is of another release".to_owned())),
    }
}

fn state(ring: &KeyRing, kid: &Kid) -> &'static str {
    if kid == ring.active() {
        "active"
    } else if ring.next() == Some(kid) {
        "next"
    } else {
        "opening only"
    }
}

fn in_words(need: Option<NeedUntil>, now: u64) -> String {
    match need {
        None => "unknown".to_owned(),
        Some(NeedUntil::Nobody) => "no".to_owned(),
        Some(NeedUntil::Until { at }) => {
            let days = at.saturating_sub(now).div_ceil(24 * 60 * 60);
            format!("until {} at least (within {})", minute(at), text::counted(days as usize, "day"))
        }
        Some(NeedUntil::Unknown { known_from: Some(at) }) => format!("unknown before {}", minute(at)),
        Some(NeedUntil::Unknown { known_from: None }) => {
            "unknown: the store has no record of any login".to_owned()
        }
    }
}

fn json_need(need: Option<NeedUntil>) -> JsonNeed {
    match need {
        None => JsonNeed { need: "unknown", ..JsonNeed::default() },
        Some(NeedUntil::Nobody) => JsonNeed { need: "nobody", ..JsonNeed::default() },
        Some(NeedUntil::Until { at }) => {
            JsonNeed { need: "until", needed_until: rfc3339(at), ..JsonNeed::default() }
        }
        Some(NeedUntil::Unknown { known_from }) => {
            JsonNeed { need: "unknown", known_from: known_from.and_then(rfc3339), ..JsonNeed::default() }
        }
    }
}
