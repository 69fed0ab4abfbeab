//! Sends a batch of texts: one for `send-message`, one to a whole group for `send-group-message`, many for
//! `bulk-messages`, through the same steps.
//!
//! The whole batch runs in a task of its own. When the caller goes away, no further text is begun, what is
//! under way ends in a recorded outcome, and what was reserved for the rest is given back. When the caller's
//! time is over, it gets what is known by then.

mod board;

use std::sync::OnceLock;
use std::time::Duration;

use futures_util::future::{join, join_all};
use futures_util::{StreamExt as _, stream};
use openphone_client::ErrorKind;
use openphone_client::messages::{Message, SendGroupMessage, SendMessage, SetInboxStatus};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::audit::trail::{self, Trail};
use crate::context::Context;
use crate::error::ToolError;
use crate::safety::ledger::{Attempt, AttemptId, Entry, Ledger, Repeat, State};
use crate::safety::outcome::{Outcome, conflict, given_up, held_up, not_reached, outcome_of, under_way};
use crate::safety::payload::{Outgoing, Payload, Recipients};
use crate::safety::permission::{self, Permitted};
use crate::safety::quota::{Admission, QuotaLeft, Quotas};
use crate::safety::reconcile;
use crate::safety::screening::{self, Warning};
use crate::safety::send::board::Board;

/// Longest time for one POST, pacing included. It does not end with the call.
const POST_TIME: Duration = Duration::from_secs(45);
/// No text is begun when less than this is left of the call.
const LAST_START: Duration = Duration::from_secs(8);
/// Texts that are under way at the same time; the pace is the upstream client's.
const AT_ONCE: usize = 4;
/// When an outcome that the store did not take is offered again.
const RECORD_AGAIN: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// Longest wait for the outcome of somebody else's send.
const FOLLOW: Duration = Duration::from_secs(20);
/// How often the outcome of somebody else's send is looked for.
const POLL: Duration = Duration::from_millis(120);

/// One text of a batch.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) outgoing: Outgoing,
    /// The caller's idempotency key for this text.
    pub(crate) idempotency_key: Option<String>,
}

/// What a call said about all of its texts.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// Which tool it was.
    pub(crate) tool: &'static str,
    /// Send although the same was sent within the window.
    pub(crate) repeat: bool,
    /// The handle of a preview.
    pub(crate) confirmation: Option<String>,
}

/// What became of a batch.
#[derive(Debug)]
pub(crate) struct Report {
    /// In the order of the items.
    pub(crate) outcomes: Vec<Outcome>,
    /// `None`: the counters cannot be read at the moment.
    pub(crate) left: Option<QuotaLeft>,
    /// About texts that this call handed over.
    pub(crate) warnings: Vec<Warning>,
}

/// Sends the items. An error means that nothing was sent.
pub(crate) async fn send_all(cx: &Context, items: Vec<Item>, order: Order) -> Result<Report, ToolError> {
    if let Some(trail) = cx.trail() {
        trail.note_texts(&items);
    }
    let ledger = Ledger::new(cx.services(), cx.key());
    let board = Board::new(items.len());
    let recipients: Vec<Recipients> = items.iter().map(|item| item.outgoing.to.clone()).collect();
    let Permitted { items, settled, warnings } = permission::of_batch(cx, &ledger, &order, items).await?;
    for (index, outcome) in settled {
        board.set(index, outcome);
    }
    let stop = cx.cancellation().child_token();
    let batch = Batch {
        cx: cx.clone(),
        ledger,
        quotas: Quotas::of(cx),
        board: board.clone(),
        stop: stop.clone(),
        barred: OnceLock::new(),
        repeat: order.repeat,
    };
    // Stops the batch when the caller is dropped.
    let _guard = stop.drop_guard();
    let record = cx.trail().and_then(Trail::hand_over);
    let running = cx.services().sends().spawn(Box::pin(async move {
        let result = batch.run(items).await;
        trail::end(record, result.as_ref().map(|(outcomes, _)| outcomes.as_slice()));
        result
    }));
    let (outcomes, left) = match tokio::time::timeout_at(cx.deadline(), running).await {
        Ok(Ok(result)) => result?,
        Ok(Err(_)) | Err(_) => (board.so_far(), Quotas::of(cx).left().await.ok()),
    };
    let handed_over = recipients.iter().zip(&outcomes).filter(|(_, outcome)| {
        matches!(outcome, Outcome::Sent { duplicate: false, .. } | Outcome::Unknown(_))
    });
    let reached = handed_over.flat_map(|(to, _)| to.all());
    let warnings =
        screening::grouped(reached.map(|to| (to, warnings.get(to).map(Vec::as_slice).unwrap_or_default())));
    Ok(Report { outcomes, left, warnings })
}

struct Batch {
    cx: Context,
    ledger: Ledger,
    quotas: Quotas,
    board: Board,
    stop: CancellationToken,
    /// Why no further text would go out either.
    barred: OnceLock<ToolError>,
    repeat: bool,
}

/// A text that this batch has claimed.
struct Claimed {
    index: usize,
    id: AttemptId,
    payload: Payload,
    outgoing: Outgoing,
}

impl Batch {
    async fn run(self, items: Vec<(usize, Item)>) -> Result<(Vec<Outcome>, Option<QuotaLeft>), ToolError> {
        let total = items.len() + self.board.done();
        let unsettled = reconcile::settle_open(&self.cx).await?;
        let (claimed, others) = self.claim(items, &unsettled).await?;
        let ready = self.admit(claimed).await?;
        let batch = &self;
        stream::iter(ready)
            .for_each_concurrent(AT_ONCE, |(claimed, admission)| async move {
                batch.send_or_return(claimed, admission).await;
                let done = batch.board.done();
                #[expect(clippy::cast_precision_loss, reason = "a batch has at most a few hundred texts")]
                batch.cx.progress().report(done as f64, Some(total as f64), Some("texts handled"));
            })
            .await;
        self.follow(others).await;
        let left = self.quotas.left().await.ok();
        Ok((self.board.take(), left))
    }

    /// Claims every text before the first is sent. What somebody else is sending right now is returned beside.
    async fn claim(
        &self,
        items: Vec<(usize, Item)>,
        unsettled: &[Attempt],
    ) -> Result<(Vec<Claimed>, Vec<(usize, AttemptId)>), ToolError> {
        let (mut claimed, mut others) = (Vec::new(), Vec::new());
        for (index, item) in items {
            let payload = item.outgoing.payload(self.cx.services().fingerprints(), self.cx.key());
            let earlier = unsettled
                .iter()
                .find(|attempt| attempt.recipients().any(|name| payload.recipients.contains(&name)));
            if let Some(earlier) = earlier {
                self.board.set(index, held_up(earlier.payload == *payload.hash.as_bytes()));
                continue;
            }
            let repeat = Repeat { key: item.idempotency_key.as_deref(), wanted: self.repeat };
            match self.ledger.claim(&payload, item.outgoing.inbox.id.as_str(), repeat).await {
                Ok(Ok(id)) => claimed.push(Claimed { index, id, payload, outgoing: item.outgoing }),
                Ok(Err(Entry::Taken(id, attempt))) => match outcome_of(&attempt.state) {
                    Some(outcome) => self.board.set(index, outcome),
                    None => others.push((index, id)),
                },
                Ok(Err(Entry::Conflict | Entry::Free)) => self.board.set(index, Outcome::Failed(conflict())),
                Err(error) => {
                    for claimed in &claimed {
                        self.release(claimed.id).await;
                    }
                    return Err(ToolError::store(error));
                }
            }
        }
        Ok((claimed, others))
    }

    /// Takes the recipients' quotas, then the whole of the key's quota, before the first text is sent.
    async fn admit(&self, claimed: Vec<Claimed>) -> Result<Vec<(Claimed, Admission)>, ToolError> {
        let mut ready: Vec<(Claimed, Admission)> = Vec::with_capacity(claimed.len());
        let mut failure = None;
        for claimed in claimed {
            if failure.is_some() {
                self.release(claimed.id).await;
                continue;
            }
            let names = claimed.payload.recipients.iter().copied();
            let recipients: Vec<_> = claimed.outgoing.to.all().iter().zip(names).collect();
            match self.quotas.admit(&self.cx, &recipients).await {
                Ok(Ok(admission)) => ready.push((claimed, admission)),
                Ok(Err(refusal)) => {
                    self.release(claimed.id).await;
                    self.board.set(claimed.index, Outcome::NotAttempted(refusal.into_error()));
                }
                Err(error) => {
                    self.release(claimed.id).await;
                    failure = Some(error);
                }
            }
        }
        if failure.is_none() && !ready.is_empty() {
            let texts = ready.iter().map(|(_, admission)| admission.texts()).sum();
            failure = self.quotas.reserve(texts).await.err();
        }
        let Some(failure) = failure else { return Ok(ready) };
        for (claimed, admission) in ready {
            self.quotas.withdraw(admission).await;
            self.release(claimed.id).await;
        }
        Err(failure)
    }

    /// Sends one text, unless the caller is gone or out of time.
    async fn send_or_return(&self, claimed: Claimed, admission: Admission) {
        let out_of_time = Instant::now() + LAST_START > self.cx.deadline();
        let obstacle = match self.barred.get() {
            Some(failure) => Some(failure.again()),
            None => (self.stop.is_cancelled() || out_of_time).then(|| not_reached(out_of_time)),
        };
        let outcome = if let Some(obstacle) = obstacle {
            self.return_unsent(admission).await;
            self.release(claimed.id).await;
            Outcome::NotAttempted(obstacle)
        } else {
            self.post(&claimed, admission).await
        };
        self.board.set(claimed.index, outcome);
    }

    /// Gives back what was reserved for a text that was not sent.
    async fn return_unsent(&self, admission: Admission) {
        let texts = admission.texts();
        self.quotas.withdraw(admission).await;
        self.quotas.release(texts).await;
    }

    async fn hand_over(&self, outgoing: &Outgoing) -> Result<Message, openphone_client::Error> {
        let Outgoing { inbox, to, content, mark_done } = outgoing;
        let workspace = self.cx.workspace_beyond_the_call().with_deadline(Instant::now() + POST_TIME);
        let done = mark_done.then_some(SetInboxStatus::Done);
        match to {
            Recipients::One(to) => {
                let message = SendMessage::new(inbox.id.clone(), to.clone(), content.clone());
                workspace.messages().send(&message.set_inbox_status(done)).await
            }
            Recipients::Group(members) => {
                let message = SendGroupMessage::new(inbox.id.clone(), members.clone(), content.clone());
                workspace.messages().send_group(&message.set_inbox_status(done)).await
            }
        }
    }

    async fn post(&self, claimed: &Claimed, admission: Admission) -> Outcome {
        match self.hand_over(&claimed.outgoing).await {
            Ok(message) => {
                let (message_id, status) = (message.id.to_string(), message.status.as_str().to_owned());
                let sent = State::Sent { message_id: message_id.clone(), status: status.clone() };
                // At once, so that one sync of the store does for all.
                let recipients = claimed.payload.recipients.iter();
                let remembered = join_all(recipients.map(|recipient| self.quotas.remember(*recipient)));
                join(self.record(claimed.id, sent), remembered).await;
                Outcome::Sent { message_id, status, duplicate: false }
            }
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                let since = self.cx.services().now_millis();
                let counted_as_new = admission.counted_as_new();
                self.record(claimed.id, State::Unknown { since, counted_as_new }).await;
                Outcome::Unknown(ToolError::sending(error))
            }
            Err(error) => {
                let failure = ToolError::sending(error);
                self.record(claimed.id, State::Failed { reason: failure.reason() }).await;
                self.return_unsent(admission).await;
                if failure.concerns_all() {
                    // The next one would fail alike.
                    let _ = self.barred.set(failure.again());
                }
                Outcome::Failed(failure)
            }
        }
    }

    /// Waits for the outcomes of texts that another call is sending.
    async fn follow(&self, others: Vec<(usize, AttemptId)>) {
        let until = (Instant::now() + FOLLOW).min(self.cx.deadline());
        for (index, id) in others {
            let outcome = loop {
                match self.ledger.attempt(id).await {
                    Ok(Some(attempt)) => match outcome_of(&attempt.state) {
                        Some(outcome) => break outcome,
                        None if Instant::now() + POLL >= until || self.stop.is_cancelled() => {
                            break under_way();
                        }
                        None => tokio::time::sleep(POLL).await,
                    },
                    Ok(None) => break Outcome::NotAttempted(given_up()),
                    Err(error) => break Outcome::Unknown(ToolError::store(error).perhaps_sent()),
                }
            };
            self.board.set(index, outcome);
        }
    }

    /// Records an outcome. Through a short failure of the store it is tried again, while the caller has its
    /// answer already; what cannot be recorded stays reserved, and is looked up at the upstream later.
    async fn record(&self, id: AttemptId, state: State) {
        let Err(error) = self.ledger.settle(id, state.clone()).await else { return };
        tracing::warn!(error = %error, "the outcome of a send could not be recorded yet");
        let ledger = self.ledger.clone();
        self.cx.services().sends().spawn(async move {
            for wait in RECORD_AGAIN {
                tokio::time::sleep(wait).await;
                if ledger.settle(id, state.clone()).await.is_ok() {
                    return;
                }
            }
            tracing::error!("the outcome of a send could not be recorded");
        });
    }

    async fn release(&self, id: AttemptId) {
        if let Err(error) = self.ledger.release(id).await {
            tracing::warn!(error = %error, "a claim could not be given back");
        }
    }
}
