//! The deliveries of a webhook: the log that the API shows, and at the same time the courier's list of what is
//! to be done. Bounded; past the limit the oldest is forgotten, delivered or not.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::options::Limits;

use super::{Event, Kind, Position, Record, SigningKey, TimeRange, Webhook, WebhookKind, Workspace};

/// The waits before the second attempt and each later one, in first waits. The vendor's first wait is five
/// seconds: with it, they are 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h.
const WAITS: [u32; 7] = [1, 60, 360, 1440, 3600, 7200, 7200];
/// Attempts kept of one delivery: the eight that are made by themselves, and some by hand.
const MAX_ATTEMPTS: usize = 32;

/// Attempts under way at a time, per webhook: one whose receiver hangs delays no other.
const HANDS: usize = 2;

/// One event on its way to one webhook.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// The `webhook-id` header.
    pub(crate) id: String,
    pub(crate) event_id: String,
    pub(crate) resource_id: String,
    pub(crate) event_type: &'static str,
    pub(crate) created: Position,
    /// The JSON that is sent, to the byte.
    pub(crate) body: Arc<str>,
    pub(crate) status: DeliveryStatus,
    /// When the next attempt is made, on tokio's clock and as the API shows it.
    pub(crate) due: Option<(Instant, Timestamp)>,
    /// An attempt by hand is asked for.
    by_hand: bool,
    /// Attempts made on schedule.
    scheduled: usize,
    pub(crate) attempts: Vec<Attempt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryStatus {
    Pending,
    Sending,
    Success,
    Failed,
}

#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) trigger: Trigger,
    pub(crate) url: String,
    pub(crate) result: AttemptResult,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    Scheduled,
    Manual,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AttemptResult {
    /// 0: no response.
    pub(crate) status_code: u16,
    /// The response, or why there is none.
    pub(crate) body: String,
    pub(crate) took: Duration,
    /// Whether another attempt could end differently.
    pub(crate) hopeless: bool,
}

impl AttemptResult {
    pub(crate) fn acknowledged(&self) -> bool {
        (200..300).contains(&self.status_code)
    }
}

/// What the courier takes along for one attempt.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) webhook_id: String,
    pub(crate) delivery_id: String,
    pub(crate) kind: WebhookKind,
    pub(crate) url: String,
    pub(crate) key: SigningKey,
    pub(crate) body: Arc<str>,
    pub(crate) trigger: Trigger,
    pub(crate) at: Timestamp,
}

impl Delivery {
    fn is_due(&self, instant: Instant) -> bool {
        self.status != DeliveryStatus::Sending
            && (self.by_hand || self.due.is_some_and(|(due, _)| due <= instant))
    }

    /// What it takes to keep it, in bytes, as far as others decide that.
    fn bytes(&self) -> usize {
        let attempts = self.attempts.iter().map(|attempt| attempt.url.len() + attempt.result.body.len());
        self.body.len() + attempts.sum::<usize>()
    }

    /// When it wants the courier's attention next.
    fn wakes_at(&self) -> Option<Instant> {
        if self.status == DeliveryStatus::Sending { None } else { self.due.map(|(due, _)| due) }
    }

    /// An attempt begins.
    fn begin(&mut self) -> Trigger {
        self.status = DeliveryStatus::Sending;
        if std::mem::take(&mut self.by_hand) {
            return Trigger::Manual;
        }
        self.due = None;
        self.scheduled += 1;
        Trigger::Scheduled
    }

    /// An attempt ended. One by hand does not count: the schedule goes on after it.
    fn end(&mut self, attempt: Attempt, first_wait: Duration, now: Timestamp) {
        if attempt.result.acknowledged() {
            self.due = None;
        } else if attempt.trigger == Trigger::Scheduled && !attempt.result.hopeless {
            self.due = WAITS.get(self.scheduled.saturating_sub(1)).map(|times| {
                let wait = first_wait.saturating_mul(*times);
                let shown = jiff::SignedDuration::try_from(wait).ok();
                (Instant::now() + wait, shown.and_then(|wait| now.checked_add(wait).ok()).unwrap_or(now))
            });
        }
        self.attempts.push(attempt);
        if self.attempts.len() > MAX_ATTEMPTS {
            self.attempts.remove(0);
        }
        self.status = if self.attempts.iter().any(|attempt| attempt.result.acknowledged()) {
            DeliveryStatus::Success
        } else if self.due.is_some() {
            DeliveryStatus::Pending
        } else {
            DeliveryStatus::Failed
        };
    }
}

impl Webhook {
    /// Whether it asked for this.
    pub(crate) fn wants(&self, event: &Event) -> bool {
        let wants_inbox = |inbox| self.inboxes.as_ref().is_none_or(|ids| ids.iter().any(|id| id == inbox));
        self.enabled
            && (self.with_transcripts || !event.what.is_transcript())
            && self.events.contains(&event.what.event_type())
            && event.what.inbox().is_none_or(wants_inbox)
    }

    /// Whether the courier has its hands full with it.
    fn is_busy(&self) -> bool {
        self.under_way >= HANDS
    }

    fn forget_deliveries(&mut self, limits: Limits) {
        let mut bytes: usize = self.deliveries.kept().iter().map(Delivery::bytes).sum();
        while let Some(first) = self.deliveries.kept().front() {
            let kept = self.deliveries.kept().len();
            if kept <= limits.deliveries && (bytes <= limits.delivery_bytes || kept == 1) {
                return;
            }
            bytes -= first.bytes();
            self.deliveries.forget_first();
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct DeliveryFilter {
    pub(crate) status: Option<DeliveryStatus>,
    /// Any of them.
    pub(crate) event_types: Option<Vec<&'static str>>,
    pub(crate) resource: Option<String>,
    pub(crate) created: TimeRange,
}

impl Record for Delivery {
    type Filter = DeliveryFilter;
    type Sort = ();

    fn id(&self) -> &str {
        &self.id
    }

    fn place(&self, (): ()) -> Position {
        self.created
    }

    fn passes(&self, filter: &DeliveryFilter) -> bool {
        filter.status.is_none_or(|wanted| self.status == wanted)
            && filter.event_types.as_ref().is_none_or(|wanted| wanted.contains(&self.event_type))
            && filter.resource.as_ref().is_none_or(|wanted| self.resource_id == *wanted)
            && filter.created.contains(self.created.at)
    }
}

impl Workspace {
    /// Puts an event, as `body`, on its way to a webhook.
    pub(crate) fn post(&mut self, webhook_id: &str, event: &Event, body: Arc<str>, now: Timestamp) {
        let id = self.ids.next(Kind::Delivery);
        let created = self.position(now);
        let limits = self.limits;
        let Some(webhook) = self.webhook_mut(webhook_id) else { return };
        webhook.deliveries.push(Delivery {
            id,
            event_id: event.id.clone(),
            resource_id: event.what.resource_id().to_owned(),
            event_type: event.what.event_type(),
            created,
            body,
            status: DeliveryStatus::Pending,
            due: Some((Instant::now(), now)),
            by_hand: false,
            scheduled: 0,
            attempts: Vec::new(),
        });
        webhook.forget_deliveries(limits);
        self.mail_waits = true;
    }

    /// Asks for an attempt by hand; `false` when there is no such delivery.
    pub(crate) fn post_again(&mut self, webhook_id: &str, delivery_id: &str) -> bool {
        let webhook = self.webhook_mut(webhook_id);
        let Some(delivery) = webhook.and_then(|webhook| webhook.deliveries.get_mut(delivery_id)) else {
            return false;
        };
        delivery.by_hand = true;
        self.mail_waits = true;
        true
    }

    /// Takes out what is to be delivered now, one at a time.
    pub(crate) fn next_parcel(&mut self, now: Timestamp) -> Option<Parcel> {
        let instant = Instant::now();
        self.webhooks.iter_mut().filter(|webhook| !webhook.is_busy()).find_map(|webhook| {
            let delivery = webhook.deliveries.iter_mut().find(|delivery| delivery.is_due(instant))?;
            let trigger = delivery.begin();
            webhook.under_way += 1;
            Some(Parcel {
                webhook_id: webhook.id.clone(),
                delivery_id: delivery.id.clone(),
                kind: webhook.kind.clone(),
                url: webhook.url.clone(),
                key: webhook.key,
                body: Arc::clone(&delivery.body),
                trigger,
                at: now,
            })
        })
    }

    /// When there is something to deliver again, if nothing new happens.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        // One that is busy wakes the courier when an attempt ends.
        let idle = self.webhooks.iter().filter(|webhook| !webhook.is_busy());
        let deliveries = idle.flat_map(|webhook| webhook.deliveries.kept());
        deliveries.filter_map(Delivery::wakes_at).min()
    }

    /// Writes down what came of an attempt; nothing when webhook or delivery are forgotten meanwhile.
    pub(crate) fn delivered(
        &mut self,
        parcel: Parcel,
        result: AttemptResult,
        first_wait: Duration,
        now: Timestamp,
    ) {
        let Parcel { webhook_id, delivery_id, url, trigger, at, .. } = parcel;
        let id = self.attempt_ids.next(Kind::Attempt);
        let limits = self.limits;
        let Some(webhook) = self.webhook_mut(&webhook_id) else { return };
        webhook.under_way = webhook.under_way.saturating_sub(1);
        if let Some(delivery) = webhook.deliveries.get_mut(&delivery_id) {
            delivery.end(Attempt { id, at, trigger, url, result }, first_wait, now);
            webhook.forget_deliveries(limits);
        }
    }

    /// Attempts of which nobody will hear again, because the courier was ended, are to be made again.
    pub(crate) fn resume_deliveries(&mut self, now: Timestamp) {
        for webhook in &mut self.webhooks {
            webhook.under_way = 0;
            for delivery in webhook.deliveries.iter_mut() {
                if delivery.status == DeliveryStatus::Sending {
                    delivery.status = DeliveryStatus::Pending;
                    delivery.due = Some((Instant::now(), now));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_attempts_are_made_in_a_good_day() {
        let mut delivery = Delivery {
            id: String::new(),
            event_id: String::new(),
            resource_id: String::new(),
            event_type: "call.missed",
            created: Position { at: Timestamp::UNIX_EPOCH, sequence: 0 },
            body: Arc::default(),
            status: DeliveryStatus::Pending,
            due: Some((Instant::now(), Timestamp::UNIX_EPOCH)),
            by_hand: false,
            scheduled: 0,
            attempts: Vec::new(),
        };
        let mut now = Timestamp::UNIX_EPOCH;
        let mut waits = Vec::new();
        while let Some((_, due)) = delivery.due {
            waits.push(now.duration_until(due).as_secs());
            now = due;
            let trigger = delivery.begin();
            let result = AttemptResult {
                status_code: 500,
                body: String::new(),
                took: Duration::ZERO,
                hopeless: false,
            };
            let attempt = Attempt { id: String::new(), at: now, trigger, url: String::new(), result };
            delivery.end(attempt, Duration::from_secs(5), now);
        }
        assert_eq!(waits, [0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000]);
        assert_eq!(now.as_second(), 27 * 3600 + 35 * 60 + 5);
        assert_eq!(delivery.status, DeliveryStatus::Failed);
    }
}
