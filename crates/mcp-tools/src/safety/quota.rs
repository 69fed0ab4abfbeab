//! Quotas of sending: per API key, per connection and per recipient.
//!
//! The operator's hour and day count everything that the API key sends. An hour or a day that is tighter for one
//! connection (its user chose so at consent) is counted beside, for that connection alone: what other connections
//! send with the key uses up none of it. A recipient's quotas belong to the key; the limits that are held against
//! them are those of the connection. What was reserved for a text that was not sent is given back.

mod total;

use std::time::Duration;

use openphone_client::messages::ListMessages;
use openphone_client::{E164, Party};
use schemars::JsonSchema;
use sealing::Fingerprint;
use serde::{Deserialize, Serialize};
use state_store::{Added, Key, StoreError};

use crate::context::{Context, Services};
use crate::error::{ToolError, ToolErrorKind};
use crate::limits::Limits;
use crate::safety::quota::total::{Total, Whose, Window, bound, full, totals};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a recipient is remembered as one this workspace texts with.
const KNOWN: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Texts that this connection may still send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct QuotaLeft {
    /// Texts left in this hour
    pub this_hour: u64,
    /// Texts left in this day
    pub today: u64,
}

impl QuotaLeft {
    /// What is left.
    #[must_use]
    pub fn new(this_hour: u64, today: u64) -> Self {
        Self { this_hour, today }
    }

    /// Whether there is a limit at all.
    pub(crate) fn is_bounded(self) -> bool {
        self.this_hour.min(self.today) < u64::from(u32::MAX) / 2
    }

    fn bound(&mut self, window: Window, left: u64) {
        let field = match window {
            Window::Hour => &mut self.this_hour,
            Window::Day => &mut self.today,
        };
        *field = left.min(*field);
    }

    /// One line, for the text of a result.
    pub(crate) fn to_line(self) -> String {
        format!("Texts left: {} this hour, {} today.", self.this_hour, self.today)
    }
}

/// The quotas of one API key under the limits of one connection.
#[derive(Clone, Debug)]
pub(crate) struct Quotas {
    services: Services,
    key: Fingerprint,
    limits: Limits,
    /// Of texts in all, in the order in which they are taken.
    totals: Vec<Total>,
}

/// What was taken for the recipients of one text, to be given back if nothing is sent.
#[derive(Clone, Debug)]
pub(crate) struct Admission(Vec<Admitted>);

/// What was taken for one recipient.
#[derive(Clone, Copy, Debug)]
struct Admitted {
    recipient: Fingerprint,
    counted_as_new: bool,
}

impl Admission {
    /// How many texts it counts as: one for each whom it reaches.
    pub(crate) fn texts(&self) -> usize {
        self.0.len()
    }

    /// How many of the recipients took from the quota of new ones.
    pub(crate) fn counted_as_new(&self) -> u8 {
        u8::try_from(self.0.iter().filter(|admitted| admitted.counted_as_new).count()).unwrap_or(u8::MAX)
    }
}

/// Why a recipient may not be texted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn into_error(self) -> ToolError {
        let next =
            "Wait, or ask the person; the limit protects recipients from being texted again and again.";
        let error = ToolError::new(ToolErrorKind::LimitReached, self.reason, next).nothing_sent();
        match self.retry_after {
            Some(wait) => error.retry_after(wait),
            None => error,
        }
    }
}

impl Quotas {
    pub(crate) fn of(cx: &Context) -> Self {
        Self {
            services: cx.services().clone(),
            key: cx.key(),
            limits: cx.limits().clone(),
            totals: totals(cx),
        }
    }

    /// Takes `count` texts from every hour and day, all or none.
    pub(crate) async fn reserve(&self, count: usize) -> Result<QuotaLeft, ToolError> {
        let mut left = QuotaLeft { this_hour: u64::MAX, today: u64::MAX };
        for (taken, total) in self.totals.iter().enumerate() {
            let added = self.add(&total.counter, count, total.limit, total.window.length()).await;
            let error = match added {
                Ok(Added::Within { total: used }) => {
                    left.bound(total.window, total.limit.saturating_sub(used));
                    continue;
                }
                Ok(Added::Full { total: used, resets_in }) => full(total, used, count, resets_in),
                Err(error) => ToolError::store(error),
            };
            for total in &self.totals[..taken] {
                self.refund(&total.counter, count).await;
            }
            return Err(error);
        }
        Ok(left)
    }

    /// What is left, without taking anything.
    pub(crate) async fn left(&self) -> Result<QuotaLeft, ToolError> {
        self.reserve(0).await.or_else(|error| match error.kind() {
            ToolErrorKind::LimitReached => Ok(QuotaLeft { this_hour: 0, today: 0 }),
            _ => Err(error),
        })
    }

    /// Gives back what was reserved for texts that were not sent.
    pub(crate) async fn release(&self, count: usize) {
        for total in &self.totals {
            self.refund(&total.counter, count).await;
        }
    }

    /// Takes one text from the own quotas of each recipient, of all or none.
    pub(crate) async fn admit(
        &self,
        cx: &Context,
        recipients: &[(&E164, Fingerprint)],
    ) -> Result<Result<Admission, Refusal>, ToolError> {
        let mut admission = Admission(Vec::with_capacity(recipients.len()));
        for (to, recipient) in recipients {
            let mut admitted = Admitted { recipient: *recipient, counted_as_new: false };
            match self.admit_in_steps(cx, to, &mut admitted).await {
                Ok(None) => admission.0.push(admitted),
                Ok(Some(mut refusal)) => {
                    self.withdraw(admission).await;
                    if recipients.len() > 1 {
                        refusal.reason = format!("Of the group, {to}: {}", refusal.reason);
                    }
                    return Ok(Err(refusal));
                }
                Err(error) => {
                    self.withdraw(admission).await;
                    return Err(ToolError::store(error));
                }
            }
        }
        Ok(Ok(admission))
    }

    /// Gives an admission back: nothing was sent to its recipients.
    pub(crate) async fn withdraw(&self, admission: Admission) {
        for admitted in admission.0 {
            self.withdraw_one(admitted).await;
        }
    }

    async fn withdraw_one(&self, admitted: Admitted) {
        let recipient = Some(admitted.recipient);
        self.refund(&self.counter("gap", recipient), 1).await;
        self.refund(&self.counter("recipient-day", recipient), 1).await;
        if admitted.counted_as_new {
            self.refund(&self.counter("new", None), 1).await;
        }
    }

    /// Gives back what a text took that turned out later not to have been sent. The gap is over by then. Whichever call
    /// finds it out does so, and the connection that sent it is not known any more: its own day stays as it is.
    pub(crate) async fn give_back_late(
        &self,
        recipients: impl Iterator<Item = Fingerprint>,
        counted_as_new: u8,
    ) {
        let mut texts = 0;
        for recipient in recipients {
            self.refund(&self.counter("recipient-day", Some(recipient)), 1).await;
            texts += 1;
        }
        for total in self.totals.iter().filter(|total| total.of == Whose::Key) {
            self.refund(&total.counter, texts).await;
        }
        if counted_as_new > 0 {
            self.refund(&self.counter("new", None), usize::from(counted_as_new)).await;
        }
    }

    /// Remembers that this workspace texts with the recipient.
    pub(crate) async fn remember(&self, recipient: Fingerprint) {
        let stored = self.services.store().insert_if_absent(&self.known(recipient), &[], KNOWN).await;
        if let Err(error) = stored {
            tracing::warn!(error = %error, "a recipient could not be remembered");
        }
    }

    async fn admit_in_steps(
        &self,
        cx: &Context,
        to: &E164,
        admitted: &mut Admitted,
    ) -> Result<Option<Refusal>, StoreError> {
        let recipient = Some(admitted.recipient);
        let limits = &self.limits;
        let gap = Duration::from_secs(u64::from(limits.recipient_gap_seconds.unwrap_or(0)));
        if !gap.is_zero()
            && let Added::Full { resets_in, .. } =
                self.add(&self.counter("gap", recipient), 1, 1, gap).await?
        {
            return Ok(Some(Refusal {
                reason: format!("This recipient was texted less than {} ago.", crate::time::duration(gap)),
                retry_after: Some(resets_in),
            }));
        }
        let per_day = bound(limits.recipient_per_day);
        let today = self.add(&self.counter("recipient-day", recipient), 1, per_day, DAY).await;
        if let Ok(Added::Within { .. }) = today {
            match self.admit_new(cx, to, admitted).await {
                Ok(None) => return Ok(None),
                refused => {
                    self.withdraw_one(*admitted).await;
                    return refused;
                }
            }
        }
        self.refund(&self.counter("gap", recipient), 1).await;
        Ok(match today? {
            Added::Within { .. } => None,
            Added::Full { resets_in, .. } => Some(Refusal {
                reason: format!(
                    "This recipient was texted {per_day} times within a day, which is the limit."
                ),
                retry_after: Some(resets_in),
            }),
        })
    }

    /// Counts recipients that this server has not texted before. Only when that quota is used up is the
    /// upstream asked whether the workspace has texted with them otherwise.
    async fn admit_new(
        &self,
        cx: &Context,
        to: &E164,
        admitted: &mut Admitted,
    ) -> Result<Option<Refusal>, StoreError> {
        if self.services.store().get(&self.known(admitted.recipient)).await?.is_some() {
            return Ok(None);
        }
        let per_hour = bound(self.limits.new_recipients_per_hour);
        let Added::Full { resets_in, .. } = self.add(&self.counter("new", None), 1, per_hour, HOUR).await?
        else {
            admitted.counted_as_new = true;
            return Ok(None);
        };
        if has_history(cx, to).await {
            self.remember(admitted.recipient).await;
            return Ok(None);
        }
        Ok(Some(Refusal {
            reason: format!(
                "The limit of {per_hour} recipients an hour that this workspace has not texted with before is reached."
            ),
            retry_after: Some(resets_in),
        }))
    }

    async fn add(&self, key: &Key, count: usize, limit: u64, window: Duration) -> Result<Added, StoreError> {
        self.services.store().add_up_to(key, count as u64, limit, window).await
    }

    /// A refund that fails leaves the quota stricter for a while, which is the safe side.
    async fn refund(&self, key: &Key, count: usize) {
        if let Err(error) = self.services.store().refund(key, count as u64).await {
            tracing::warn!(error = %error, "a send quota could not be given back");
        }
    }

    fn counter(&self, name: &str, recipient: Option<Fingerprint>) -> Key {
        let id = match recipient {
            Some(recipient) => format!("{name}:{}:{recipient}", self.key),
            None => format!("{name}:{}", self.key),
        };
        Key::new("send-quota", id)
    }

    fn known(&self, recipient: Fingerprint) -> Key {
        Key::new("send-known", format!("{}:{recipient}", self.key))
    }
}

/// Whether the workspace has texted with a number. When that cannot be found out, it counts as new.
async fn has_history(cx: &Context, to: &E164) -> bool {
    let workspace = cx.workspace();
    let party = Party::from(to.clone());
    let sent = ListMessages::new().to(party.clone()).limit(1);
    let received = ListMessages::new().from(party).limit(1);
    for query in [sent, received] {
        match workspace.messages().list(&query).await {
            Ok(page) if page.data.is_empty() => {}
            Ok(_) => return true,
            Err(error) => {
                tracing::info!(error = %error, "history of a recipient could not be read");
                return false;
            }
        }
    }
    false
}
