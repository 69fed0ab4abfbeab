//! What becomes of texts after the API has accepted them: what a status means, and waiting for the last one.
//!
//! Waiting is reading. It never changes what became of the send, and when it cannot go on it says what was known last.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{Timestamp, ToSpan};
use openphone_client::messages::{ListMessages, MessageStatus};
use openphone_client::{Direction, Error, MessageId, PhoneNumberId, Workspace};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use crate::context::Context;

/// Longest wait.
pub(crate) const LONGEST: Duration = Duration::from_secs(20);
/// So long before the call's deadline waiting ends.
const SPARE: Duration = Duration::from_secs(2);
/// The waits between looks: soon at first, then less often. The last one repeats.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(3)];
/// Up to so many texts are looked at one by one; more of them in lists of 50.
const ONE_BY_ONE: usize = 3;
/// Pages of the list that are read at a look.
const PAGES: usize = 4;
/// Texts in a list are looked for among those of the last minutes.
const RECENT_MINUTES: i64 = 15;
/// Looks that may fail one after the other before waiting is given up.
const FAILURES: usize = 3;

/// How far a text got, and what that means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Delivery {
    /// As OpenPhone names it
    pub status: String,
    /// What it means, and what can be done
    pub meaning: String,
}

impl Delivery {
    /// Explains a status.
    #[must_use]
    pub fn of(status: &MessageStatus) -> Self {
        let meaning = match status {
            MessageStatus::Queued => {
                "OpenPhone has accepted it; it is not yet with the carrier. Look again in a few seconds. Queued for minutes, it is slow, and is not to be sent once more."
            }
            MessageStatus::Sent => {
                "The carrier has it. Whether it arrived is not known yet; some carriers never say. There is no need to send it once more."
            }
            MessageStatus::Delivered => "The carrier says that it arrived on the phone.",
            MessageStatus::Undelivered => {
                "The carrier says that it did not arrive, for good. Common causes: the number is a landline, switched off or out of service, or the carrier filtered the text. Check the number with the person, or call; the same text again will most likely end the same."
            }
            MessageStatus::Failed => {
                "It never left OpenPhone: the number cannot be texted, or something failed on the way to the carrier. Check the number. If it is right and the person wants another try: the same send with repeat=true and a new idempotencyKey."
            }
            MessageStatus::Received => "It came in: somebody wrote it to this workspace.",
            _ => "OpenPhone has a status for it that this server does not know.",
        };
        Self { status: crate::text::clean_line(status.as_str(), 40), meaning: meaning.to_owned() }
    }

    /// For the text of a result.
    pub(crate) fn to_line(&self) -> String {
        format!("Delivery: {}. {}", self.status, self.meaning)
    }
}

/// Whether a status will not change any more.
fn is_last(status: &MessageStatus) -> bool {
    matches!(
        status,
        MessageStatus::Delivered
            | MessageStatus::Undelivered
            | MessageStatus::Failed
            | MessageStatus::Received
    )
}

/// Waits until every text has its last status, at most [`LONGEST`] and not past the call's time. What was learned of each
/// comes back; of a text of which nothing was learned, nothing.
pub(crate) async fn wait(
    cx: &Context,
    inbox: &PhoneNumberId,
    texts: &[String],
) -> HashMap<String, MessageStatus> {
    let until = (Instant::now() + LONGEST).min(cx.deadline().checked_sub(SPARE).unwrap_or_else(Instant::now));
    // A repeated call may wait for what the one before it sent.
    let since = cx.services().now().checked_sub(RECENT_MINUTES.minutes()).unwrap_or(Timestamp::MIN);
    let workspace = cx.workspace().with_deadline(until);
    let mut known: HashMap<String, MessageStatus> = HashMap::new();
    let mut failures = 0;
    for pause in PAUSES.iter().chain(std::iter::repeat(&PAUSES[PAUSES.len() - 1])) {
        let open: Vec<&String> = texts.iter().filter(|id| !known.get(*id).is_some_and(is_last)).collect();
        if open.is_empty() || Instant::now() + *pause >= until {
            break;
        }
        tokio::select! {
            biased;
            () = cx.cancellation().cancelled() => break,
            () = tokio::time::sleep(*pause) => {}
        }
        let look = async {
            if open.len() <= ONE_BY_ONE {
                each(&workspace, &open).await
            } else {
                listed(&workspace, inbox, since).await
            }
        };
        match tokio::time::timeout_at(until, look).await {
            Ok(Ok(found)) => {
                failures = 0;
                known.extend(found.into_iter().filter(|(id, _)| texts.contains(id)));
            }
            Ok(Err(error)) => {
                tracing::info!(error = %error, "the status of a text could not be read");
                failures += 1;
                if failures == FAILURES {
                    break;
                }
            }
            Err(_) => break,
        }
    }
    known
}

async fn each(workspace: &Workspace, ids: &[&String]) -> Result<Vec<(String, MessageStatus)>, Error> {
    let ids = ids.iter().filter_map(|id| MessageId::parse(id).ok());
    let looks = ids.map(|id| async move {
        let message = workspace.messages().get(&id).await?;
        Ok((id.to_string(), message.status))
    });
    join_all(looks).await.into_iter().collect()
}

async fn listed(
    workspace: &Workspace,
    inbox: &PhoneNumberId,
    since: Timestamp,
) -> Result<Vec<(String, MessageStatus)>, Error> {
    let mut query = ListMessages::new()
        .phone_number_id(inbox.clone())
        .direction(Direction::Outgoing)
        .created_after(crate::time::just_before(since));
    let mut found = Vec::new();
    for _ in 0..PAGES {
        let page = workspace.messages().list(&query).await?;
        found.extend(page.data.into_iter().map(|message| (message.id.to_string(), message.status)));
        let Some(next) = page.next else { break };
        query = query.after(next);
    }
    Ok(found)
}
