//! Spans: what a request did when, for OpenTelemetry. Made only where a collector is set; finished ones go into a bounded
//! queue ([`super::otlp`] empties it), and what finds no room is counted as lost.

use std::sync::Arc;
use std::time::Duration;

use sealing::Entropy;
use sealing::entropy::random;
use state_store::Clock;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::metrics::Metrics;

/// Makes spans.
pub struct Tracer {
    finished: mpsc::Sender<Span>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Whether callers may say which trace theirs is, and whether it is recorded.
    trusts: bool,
    /// Of traces that begin here: how many of 2^32 are recorded.
    share: u64,
}

/// Which span, of which trace (W3C Trace Context).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanContext {
    /// The trace.
    pub trace_id: u128,
    /// The span.
    pub span_id: u64,
    /// Whether its trace is recorded.
    pub sampled: bool,
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// Somebody asked us.
    Server,
    /// We asked somebody.
    Client,
}

/// Something that is known of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name, by the semantic conventions.
    pub key: &'static str,
    /// What it is.
    pub value: AttributeValue,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// A word of the code's.
    Word(&'static str),
    /// A text that was made, such as an id.
    Text(String),
    /// A number.
    Number(u64),
}

/// A span that has begun.
#[derive(Debug)]
pub struct StartedSpan {
    name: String,
    kind: SpanKind,
    context: SpanContext,
    parent: Option<SpanContext>,
    link: Option<SpanContext>,
    began: Instant,
    attributes: Vec<Attribute>,
}

/// A span that has ended.
#[derive(Debug)]
pub struct Span {
    /// What was done.
    pub name: String,
    /// Who is at the other end.
    pub kind: SpanKind,
    /// Which one it is.
    pub context: SpanContext,
    /// The one that it belongs to.
    pub parent: Option<SpanContext>,
    /// Another one that led to it.
    pub link: Option<SpanContext>,
    /// When, since the Unix epoch.
    pub began: Duration,
    /// When it was over.
    pub ended: Duration,
    /// Why it failed; empty where it did not.
    pub error_type: &'static str,
    /// What is known of it.
    pub attributes: Vec<Attribute>,
}

impl std::fmt::Debug for Tracer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracer").field("trusts", &self.trusts).finish_non_exhaustive()
    }
}

impl Attribute {
    /// A word of the code's.
    #[must_use]
    pub const fn word(key: &'static str, value: &'static str) -> Self {
        Self { key, value: AttributeValue::Word(value) }
    }

    /// A text.
    #[must_use]
    pub const fn text(key: &'static str, value: String) -> Self {
        Self { key, value: AttributeValue::Text(value) }
    }

    /// A number.
    #[must_use]
    pub const fn number(key: &'static str, value: u64) -> Self {
        Self { key, value: AttributeValue::Number(value) }
    }
}

impl SpanContext {
    /// Reads a `traceparent` header: `00-<trace id>-<span id>-<flags>`, in lower-case hexadecimal. `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |text: &str, digits: usize| {
            let lower =
                text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            lower.then(|| u128::from_str_radix(text, 16).ok()).flatten()
        };
        let mut parts = text.trim().split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let version = hex(version, 2)?;
        // Later versions may say more behind these (Trace Context, section 3.2.4).
        if version == 0xff || (version == 0 && parts.next().is_some()) {
            return None;
        }
        let trace_id = hex(trace, 32).filter(|id| *id != 0)?;
        let span_id = u64::try_from(hex(span, 16)?).ok().filter(|id| *id != 0)?;
        Some(Self { trace_id, span_id, sampled: hex(flags, 2)? & 1 == 1 })
    }
}

impl StartedSpan {
    /// Which one it is.
    #[must_use]
    pub fn context(&self) -> SpanContext {
        self.context
    }

    /// It began earlier than it was made.
    pub fn began_at(&mut self, began: Instant) {
        self.began = began;
    }

    /// Adds what is known.
    pub fn add(&mut self, attribute: Attribute) {
        self.attributes.push(attribute);
    }
}

/// How spans are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TracePolicy {
    /// Whether callers may say which trace theirs is, and whether it is recorded.
    pub trusts: bool,
    /// Which share of the traces that begin here is recorded, from 0 to 1.
    pub share: f64,
}

impl Tracer {
    /// Puts finished spans into this queue.
    #[must_use]
    pub fn new(
        finished: mpsc::Sender<Span>,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        policy: TracePolicy,
    ) -> Self {
        const ALL: f64 = 4_294_967_296.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of 2^32, never negative"
        )]
        let share = (policy.share.clamp(0.0, 1.0) * ALL) as u64;
        Self { finished, metrics, clock, entropy, trusts: policy.trusts, share }
    }

    /// The span that a caller names, where callers are trusted.
    #[must_use]
    pub fn trusted(&self, traceparent: Option<&str>) -> Option<SpanContext> {
        traceparent.filter(|_| self.trusts).and_then(SpanContext::parse)
    }

    /// Begins a span; `None` where its trace is not recorded.
    #[must_use]
    pub fn start(
        &self,
        name: String,
        kind: SpanKind,
        parent: Option<SpanContext>,
        link: Option<SpanContext>,
    ) -> Option<StartedSpan> {
        let trace_id = match parent {
            Some(parent) if !parent.sampled => return None,
            Some(parent) => parent.trace_id,
            None if !self.chosen() => return None,
            None => u128::from_be_bytes(random(&*self.entropy)).max(1),
        };
        Some(self.begin(name, kind, trace_id, parent, link, Instant::now()))
    }

    /// A span that began then, below another.
    #[must_use]
    pub fn child(&self, parent: SpanContext, name: String, kind: SpanKind, began: Instant) -> StartedSpan {
        self.begin(name, kind, parent.trace_id, Some(parent), None, began)
    }

    /// Ends a span. Never waits.
    pub fn end(&self, span: StartedSpan, error_type: &'static str, more: Option<Attribute>) {
        let StartedSpan { name, kind, context, parent, link, began, mut attributes } = span;
        attributes.extend(more);
        let ended = self.clock.since_epoch();
        let span = Span {
            name,
            kind,
            context,
            parent,
            link,
            began: ended.saturating_sub(began.elapsed()),
            ended,
            error_type,
            attributes,
        };
        if self.finished.try_send(span).is_err() {
            self.metrics.telemetry_lost("span", 1);
        }
    }

    fn begin(
        &self,
        name: String,
        kind: SpanKind,
        trace_id: u128,
        parent: Option<SpanContext>,
        link: Option<SpanContext>,
        began: Instant,
    ) -> StartedSpan {
        let span_id = u64::from_be_bytes(random(&*self.entropy)).max(1);
        let context = SpanContext { trace_id, span_id, sampled: true };
        StartedSpan { name, kind, context, parent, link, began, attributes: Vec::with_capacity(8) }
    }

    /// Whether a trace that begins here is recorded.
    fn chosen(&self) -> bool {
        u64::from(u32::from_be_bytes(random(&*self.entropy))) < self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traceparents() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let context = SpanContext::parse(good).unwrap();
        assert_eq!(context.trace_id, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert_eq!((context.span_id, context.sampled), (0xb7ad_6b71_6920_3331, true));
        let unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        assert!(!SpanContext::parse(unsampled).unwrap().sampled);
        assert!(SpanContext::parse("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more").is_some());
        for bad in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        ] {
            assert_eq!(SpanContext::parse(bad), None, "{bad}");
        }
    }
}
