//! The W3C trace context that came with a request, in `_meta` (SEP-414).

/// The trace context of a request, unparsed. Malformed values are the tracer's to ignore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceContext {
    /// `traceparent`.
    pub traceparent: Option<Box<str>>,
    /// `tracestate`.
    pub tracestate: Option<Box<str>>,
    /// `baggage`. The client's own words: never pass them to another party.
    pub baggage: Option<Box<str>>,
}

impl TraceContext {
    /// From the two values of W3C Trace Context.
    #[must_use]
    pub fn new(traceparent: Option<Box<str>>, tracestate: Option<Box<str>>) -> Self {
        Self { traceparent, tracestate, baggage: None }
    }

    /// Sets the baggage.
    #[must_use]
    pub fn with_baggage(mut self, baggage: Option<Box<str>>) -> Self {
        self.baggage = baggage;
        self
    }
}
