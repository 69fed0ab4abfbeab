//! `crates/mcp-tools/recordings.json`: what the worked examples of the tools really answer.
//!
//! Each example is called in a simulated workspace of its own, through the real client over real HTTP, so that what one
//! changes no other sees. Clock and randomness are fixed: the file changes when an answer does, and never else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use mcp_protocol::{CallToolResult, Content};
use mcp_tools::{
    CallOutcome, Catalog, ClientMode, Context, ExampleSpec, Limits, Scopes, Services, ToolSpec, View,
};
use openphone_client::pacing::{RateLimiter, Refusal, TurnFor};
use openphone_client::{ApiKey, OpenPhone};
use openphone_sandbox::{RunningSandbox, Sandbox, SandboxOptions};
use sealing::{Entropy, Keys, Sealer, SecretString};
use serde_json::{Value, json};
use state_store::embedded::EmbeddedStore;
use state_store::{Clock, ManualClock};
use tokio::time::Instant;

use crate::error::Error;

/// The file, from the root.
pub(super) const PATH: &str = "crates/mcp-tools/recordings.json";
/// The workspace that the examples are about.
const KEY: &str = "sandbox-key-workspace-alpha";
/// The moment of every call: Sunday 2026-11-22, 10:30 in San Francisco, as in the tests of the tools.
const NOW: &str = "2026-11-22T18:30:00Z";

/// What is called first, so that there is something to see: the tool's name, and tools whose first examples those are.
const BEFORE: [(&str, &[&str]); 1] = [("list-recent-activity", &["send-message", "create-contact-note"])];

/// The answers of each tool's examples, `text` and `structured`, in the order of the catalogue.
pub(super) struct Recordings(Vec<(&'static str, Vec<Value>)>);

impl Recordings {
    /// Calls every example.
    pub(super) fn make(catalog: &Catalog) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(other)?;
        runtime.block_on(async {
            let mut recordings = Vec::new();
            for spec in catalog.specs() {
                let mut answers = Vec::new();
                for example in &spec.examples() {
                    let stage = Stage::new().await?;
                    for first in before(spec.name).iter().filter_map(|name| catalog.spec(name)) {
                        for example in first.examples().iter().take(1) {
                            stage.answer(catalog, first, example).await?;
                        }
                    }
                    answers.push(super::sorted(stage.answer(catalog, spec, example).await?));
                }
                recordings.push((spec.name, answers));
            }
            Ok(Self(recordings))
        })
    }

    /// The file's content: an object with a line for each tool.
    pub(super) fn file(&self) -> String {
        let lines = self.0.iter().map(|(name, answers)| format!("{}:{}", json!(name), json!(answers)));
        format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
    }

    /// The text that a tool answered to its example at `index`.
    pub(super) fn text(&self, tool: &str, index: usize) -> &str {
        let of_tool = self.0.iter().find(|(name, _)| *name == tool);
        let answer = of_tool.and_then(|(_, answers)| answers.get(index));
        answer.and_then(|answer| answer["text"].as_str()).unwrap_or_default()
    }
}

fn before(tool: &str) -> &'static [&'static str] {
    BEFORE.iter().find(|(name, _)| *name == tool).map_or(&[], |(_, first)| first)
}

/// A simulated workspace with a connection to it. Ends when dropped.
struct Stage {
    context: Context,
    _sandbox: RunningSandbox,
}

impl Stage {
    async fn new() -> Result<Self, Error> {
        let now: Timestamp = NOW.parse().map_err(other)?;
        let clock: Arc<dyn Clock> =
            Arc::new(ManualClock::at(Duration::from_secs(now.as_second().unsigned_abs())));
        // The second does not pass, so neither does its budget of requests.
        let options = SandboxOptions::default().now(now).clock(move || now).requests_per_second(1_000_000);
        let sandbox = Sandbox::new(options).listen_on_loopback().await.map_err(other)?;
        let http = openphone_client::recommended_http_client("xtask").map_err(other)?;
        let openphone = OpenPhone::builder(http)
            .base_url(sandbox.base_url().parse().map_err(other)?)
            .rate_limiter(Arc::new(Unlimited))
            .build()
            .map_err(other)?;

        let entropy = Arc::new(Counted::default());
        let keys = Keys::generate(&*entropy);
        let services = Services::new(
            Arc::new(EmbeddedStore::in_memory(Arc::clone(&clock))),
            clock,
            entropy.clone(),
            keys.fingerprint.clone(),
            Sealer::new(keys.ring, "https://mcp.example.com", entropy),
            Limits::standard(),
        );
        let key = ApiKey::new(&SecretString::new(KEY.to_owned())).map_err(other)?;
        let fingerprint = keys.fingerprint.fingerprint("api-key", KEY.as_bytes());
        let context = Context::new(services, openphone.with_key(key), fingerprint);
        Ok(Self { context, _sandbox: sandbox })
    }

    /// Calls a tool with an example of its, as a client that may do everything.
    async fn answer(
        &self,
        catalog: &Catalog,
        spec: &ToolSpec,
        example: &ExampleSpec,
    ) -> Result<Value, Error> {
        let fails = |reason: &str| {
            Error::Check(format!("{}: the example \"{}\" does not work: {reason}", spec.name, example.title))
        };
        let Value::Object(arguments) = example.arguments.clone() else {
            return Err(fails("its arguments are no object"));
        };
        let view = View::new(ClientMode::Full, Scopes::ALL);
        match catalog.call(&view, spec.name, arguments, &self.context).await {
            CallOutcome::Result(CallToolResult { content, structured_content, is_error: false, .. }) => {
                match content.as_slice() {
                    [Content::Text { text, .. }] => {
                        Ok(json!({ "text": text, "structured": structured_content }))
                    }
                    other => Err(fails(&format!("it answers {} blocks", other.len()))),
                }
            }
            other => Err(fails(&format!("{other:?}"))),
        }
    }
}

fn other(error: impl std::fmt::Display) -> Error {
    Error::Check(format!("the worked examples cannot be called: {error}"))
}

/// The same bytes in every run: a counter, mixed (splitmix64). What it makes protects nothing.
#[derive(Default)]
struct Counted(AtomicU64);

impl Entropy for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let mut mixed = count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Lets every request through at once.
struct Unlimited;

impl RateLimiter for Unlimited {
    fn acquire<'a>(&'a self, _key: TurnFor<'a>, _deadline: Instant) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async { Ok(()) })
    }

    fn back_off(&self, _key: &str, _until: Instant) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn randomness_is_the_same_in_every_run() {
        let bytes = || sealing::entropy::random::<20>(&Counted::default());
        assert_eq!(bytes(), bytes());
        let counted = Counted::default();
        let (first, second) =
            (sealing::entropy::random::<8>(&counted), sealing::entropy::random::<8>(&counted));
        assert_ne!(first, second);
        assert_eq!(bytes()[..8], first);
    }

    #[test]
    fn what_goes_before_is_there() {
        let catalog = Catalog::new().unwrap();
        for (tool, first) in BEFORE {
            assert!(catalog.spec(tool).is_some(), "{tool}");
            first.iter().for_each(|name| assert!(catalog.spec(name).is_some(), "{name}"));
        }
    }

    #[test]
    fn the_file_has_a_line_for_each_tool() {
        let answers = vec![json!({ "structured": null, "text": "Done." })];
        let recordings = Recordings(vec![("b", answers.clone()), ("a", answers)]);
        let line = r#"[{"structured":null,"text":"Done."}]"#;
        assert_eq!(recordings.file(), format!("{{\n\"b\":{line},\n\"a\":{line}\n}}\n"));
        assert_eq!(recordings.text("a", 0), "Done.");
    }
}
