//! A simulated workspace with the tools in front of it, and the means to look at what happened.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jsonschema::Validator;
use mcp_protocol::{CallToolResult, Content, StructuredContent};
use mcp_tools::{CallOutcome, Catalog, ClientMode, Context, Limits, Question, Scopes, Services, View};
use openphone_client::pacing::{RateLimiter, Refusal, TurnFor};
use openphone_client::{ApiKey, BreakerSettings, OpenPhone};
use openphone_sandbox::{Operation, RunningSandbox, Sandbox, SandboxOptions, SentMessage};
use sealing::{FingerprintKey, Keys, OsEntropy, Sealer, SecretString};
use serde_json::Value;
use state_store::embedded::EmbeddedStore;
use state_store::{Clock, ManualClock, Store};
use tokio::time::Instant;

use crate::front::Front;

pub(crate) const ALPHA: &str = "sandbox-key-workspace-alpha";
pub(crate) const BRAVO: &str = "sandbox-key-workspace-bravo";
/// Numbers of alpha: its inbox, two contacts that exist, one that does not.
pub(crate) const DESK: &str = "+14155550150";
pub(crate) const NORA: &str = "+14155550101";
pub(crate) const THEO: &str = "+14155550102";
pub(crate) const STRANGER: &str = "+14155550142";

/// The moment at which every test begins: Sunday 2026-11-22, 10:30 in San Francisco.
const NOW: &str = "2026-11-22T18:30:00Z";

pub(crate) struct World {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) services: Services,
    pub(crate) catalog: Catalog,
    store: Arc<dyn Store>,
    upstream: String,
    openphone: OpenPhone,
    fingerprints: FingerprintKey,
    sealer: Sealer,
}

/// What a server process has of its own: an end of it takes all of this along, and leaves the store and the upstream.
pub(crate) struct Instance {
    services: Services,
    openphone: OpenPhone,
    fingerprints: FingerprintKey,
}

impl Instance {
    /// As [`World::cx`].
    pub(crate) fn cx(&self, key: &str) -> Context {
        context(&self.services, &self.openphone, &self.fingerprints, key)
    }
}

/// What a call answered.
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) data: Value,
    pub(crate) is_error: bool,
    /// Whether the binary is told that OpenPhone takes the key no more.
    pub(crate) key_refused: bool,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with_store(|clock| Arc::new(EmbeddedStore::in_memory(clock))).await
    }

    /// An operator who allows more.
    pub(crate) async fn with_limits(limits: Limits) -> Self {
        Self::build(limits, |clock| Arc::new(EmbeddedStore::in_memory(clock)), None).await
    }

    /// With something between the tools and the simulator that changes what comes back.
    pub(crate) async fn behind(front: Arc<Front>) -> Self {
        Self::build(Limits::standard(), |clock| Arc::new(EmbeddedStore::in_memory(clock)), Some(front)).await
    }

    pub(crate) async fn with_store(store: impl FnOnce(Arc<dyn Clock>) -> Arc<dyn Store>) -> Self {
        Self::build(Limits::standard(), store, None).await
    }

    async fn build(
        limits: Limits,
        store: impl FnOnce(Arc<dyn Clock>) -> Arc<dyn Store>,
        front: Option<Arc<Front>>,
    ) -> Self {
        crate::log::install();
        let now: jiff::Timestamp = NOW.parse().expect("a moment");
        let clock = Arc::new(ManualClock::at(Duration::from_secs(now.as_second().unsigned_abs())));
        let sandbox_clock = Arc::clone(&clock);
        let read = move || {
            let millis = i64::try_from(sandbox_clock.since_epoch().as_millis()).expect("in this age");
            jiff::Timestamp::from_millisecond(millis).expect("in this age")
        };
        // The budget per second is the client's affair and tested there; this clock stands still.
        let options = SandboxOptions::default().now(now).clock(read).requests_per_second(1_000_000);
        let sandbox = Sandbox::new(options).listen_on_loopback().await.expect("a free port");
        let upstream = match front {
            Some(front) => front.listen(sandbox.base_url().to_string()).await,
            None => sandbox.base_url().to_string(),
        };
        let openphone = openphone(&upstream);
        let fingerprints = FingerprintKey::generate(&OsEntropy);
        let dyn_clock: Arc<dyn Clock> = clock.clone();
        let store = store(Arc::clone(&dyn_clock));
        let ring = Keys::generate(&OsEntropy).ring;
        let sealer = Sealer::new(ring, "https://mcp.example.com", Arc::new(OsEntropy));
        let services = Services::new(
            Arc::clone(&store),
            dyn_clock,
            Arc::new(OsEntropy),
            fingerprints.clone(),
            sealer.clone(),
            limits,
        );
        let catalog = Catalog::new().expect("the catalogue builds");
        Self { sandbox, clock, services, catalog, store, upstream, openphone, fingerprints, sealer }
    }

    /// A context for a key, as the binary makes it from a grant.
    pub(crate) fn cx(&self, key: &str) -> Context {
        context(&self.services, &self.openphone, &self.fingerprints, key)
    }

    /// Another process over the same store, as after a restart or beside this one.
    pub(crate) fn instance(&self) -> Instance {
        let services = Services::new(
            Arc::clone(&self.store),
            self.clock.clone(),
            Arc::new(OsEntropy),
            self.fingerprints.clone(),
            self.sealer.clone(),
            self.services.limits().clone(),
        );
        Instance { services, openphone: openphone(&self.upstream), fingerprints: self.fingerprints.clone() }
    }

    /// Calls a tool of the full catalogue with alpha's key.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Answer {
        self.call_in(&self.cx(ALPHA), tool, arguments).await
    }

    /// Calls a tool with other limits.
    pub(crate) async fn call_limited(&self, limits: &Limits, tool: &str, arguments: Value) -> Answer {
        self.call_in(&self.cx(ALPHA).with_limits(limits), tool, arguments).await
    }

    pub(crate) async fn call_in(&self, cx: &Context, tool: &str, arguments: Value) -> Answer {
        match self.outcome(cx, tool, arguments).await {
            CallOutcome::Result(result) => self.check(tool, &result),
            CallOutcome::KeyRefused(result) => Answer { key_refused: true, ..self.check(tool, &result) },
            CallOutcome::NotAllowed { reason } => {
                Answer { text: reason, data: Value::Null, is_error: true, key_refused: false }
            }
            other => panic!("{tool}: {other:?}"),
        }
    }

    /// What became of a call of the full catalogue, whatever it was.
    pub(crate) async fn outcome(&self, cx: &Context, tool: &str, arguments: Value) -> CallOutcome {
        let view = View::new(ClientMode::Full, Scopes::ALL);
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        self.catalog.call(&view, tool, arguments, cx).await
    }

    /// The question that a call ends with.
    pub(crate) async fn question(&self, cx: &Context, tool: &str, arguments: Value) -> Question {
        match self.outcome(cx, tool, arguments).await {
            CallOutcome::Ask(question) => question,
            other => panic!("{tool}: {other:?}"),
        }
    }

    /// Whatever the test is about: data conforms to the tool's output schema, and the text alone suffices.
    fn check(&self, tool: &str, result: &CallToolResult) -> Answer {
        let [Content::Text { text, .. }] = result.content.as_slice() else { panic!("one text block") };
        let spec = self.catalog.spec(tool).expect("a tool");
        if let Some(kind) = result.meta.as_ref().and_then(|meta| meta.get(mcp_tools::catalog::ERROR_KIND)) {
            let declared = spec.errors.iter().any(|declared| kind == declared.name());
            assert!(declared, "{tool} does not declare {kind}: {text}");
        }
        let data = result.structured_content.as_ref().map(StructuredContent::to_value).unwrap_or_default();
        if !data.is_null() {
            let schema = &spec.output_schema();
            let errors: Vec<String> =
                validator(schema).iter_errors(&data).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{tool}: {errors:?} in {data}");
            crate::declaration::text_holds_the_ids(&data, text);
        }
        Answer { text: text.to_string(), data, is_error: result.is_error, key_refused: false }
    }

    /// Texts that the simulator accepted from alpha, as (recipient, text).
    pub(crate) fn sent(&self) -> Vec<(String, String)> {
        let one = |message: SentMessage| (message.to.join(","), message.content);
        self.sandbox.sent(ALPHA).into_iter().map(one).collect()
    }

    /// How many times the simulator was asked to send, refused and broken off included.
    pub(crate) fn posts(&self) -> u64 {
        self.sandbox.requests(Operation::SendMessageV1)
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// A client of the simulator with connections of its own.
fn openphone(upstream: &str) -> OpenPhone {
    let http = openphone_client::recommended_http_client("tests").expect("an HTTP client");
    OpenPhone::builder(http)
        .base_url(upstream.parse().expect("a URL"))
        .timeout(Duration::from_secs(2))
        .rate_limiter(Arc::new(Unlimited))
        .breaker(BreakerSettings::default().consecutive_failures(1_000).failures_of_twenty(21))
        .build()
        .expect("a client")
}

fn context(services: &Services, openphone: &OpenPhone, fingerprints: &FingerprintKey, key: &str) -> Context {
    let api_key = ApiKey::new(&SecretString::new(key.to_owned())).expect("a key");
    let fingerprint = fingerprints.fingerprint("api-key", key.as_bytes());
    Context::new(services.clone(), openphone.with_key(api_key), fingerprint)
}

impl Answer {
    /// The answer if it succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!(!self.is_error, "{}", self.text);
        self
    }

    /// The text if it failed.
    #[track_caller]
    pub(crate) fn error(self) -> String {
        assert!(self.is_error, "{}", self.text);
        self.text
    }
}

#[track_caller]
pub(crate) fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

pub(crate) fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::options().build(schema).expect("a valid schema")
}

/// Lets every request through at once.
struct Unlimited;

impl RateLimiter for Unlimited {
    fn acquire<'a>(&'a self, _key: TurnFor<'a>, _deadline: Instant) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }

    fn back_off(&self, _key: &str, _until: Instant) {}
}
