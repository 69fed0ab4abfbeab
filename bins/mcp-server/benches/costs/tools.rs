//! `mcp-tools` by itself: one tool that reads from the API, and arguments that are refused.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use mcp_tools::{CallOutcome, Catalog, ClientMode, Context, Limits, Scopes, Services, View};
use openphone_client::messages::ListMessages;
use openphone_client::{
    ApiKey, OpenPhone, RateLimiter, Refusal, TurnFor, Workspace, recommended_http_client,
};
use sealing::{Fingerprint, FingerprintKey, Keys, Sealer, SecretString};
use serde_json::{Map, Value, json};
use state_store::embedded::EmbeddedStore;
use tokio::time::Instant;

use crate::Failure;
use crate::counter::Counter;
use crate::fixed::{self, Counting};
use crate::login::ISSUER;
use crate::upstream::{KEY, Upstream};

struct World {
    catalog: Catalog,
    view: View,
    services: Services,
    workspace: Workspace,
    key: Fingerprint,
}

pub(crate) fn count(counter: &Counter) -> Result<(), Failure> {
    if !counter.wants("tools/") {
        return Ok(());
    }
    let upstream = Upstream::start()?;
    let world = counter.runtime().block_on(async { World::new(&upstream) })?;
    let message = counter.runtime().block_on(world.a_message())?;
    let arguments = json!({ "messageId": message, "timeZone": "America/Los_Angeles" });
    counter.count("tools/read", async || {
        world.call("get-message", &arguments).await.and_then(|is_error| expect(false, is_error))
    })?;
    let wrong = json!({ "inbox": "Front desk", "participant": 14155550101_u64, "maxResults": 100_000 });
    counter.count("tools/arguments", async || {
        world.call("fetch-messages", &wrong).await.and_then(|is_error| expect(true, is_error))
    })
}

fn expect(expected: bool, is_error: bool) -> Result<(), Failure> {
    if expected == is_error { Ok(()) } else { Err(format!("isError is {is_error}").into()) }
}

impl World {
    fn new(upstream: &Upstream) -> Result<Self, Failure> {
        let entropy = Arc::new(Counting::default());
        let clock = fixed::clock();
        let keys = Keys::generate(&*entropy);
        let openphone = OpenPhone::builder(recommended_http_client("guard")?);
        let openphone =
            openphone.base_url(upstream.url().clone()).rate_limiter(Arc::new(Unlimited)).build()?;
        let services = Services::new(
            Arc::new(EmbeddedStore::in_memory(clock.clone())),
            clock,
            entropy.clone(),
            keys.fingerprint.clone(),
            Sealer::new(keys.ring, ISSUER, entropy),
            Limits::standard(),
        );
        Ok(Self {
            catalog: Catalog::new().map_err(|error| error.to_string())?,
            view: View::new(ClientMode::Full, Scopes::ALL),
            services,
            workspace: openphone.with_key(ApiKey::new(&SecretString::new(KEY.to_owned()))?),
            key: fingerprint(&keys.fingerprint),
        })
    }

    /// One that the workspace has.
    async fn a_message(&self) -> Result<String, Failure> {
        let page = self.workspace.messages().list(&ListMessages::new()).await?;
        Ok(page.data.first().ok_or("the workspace has no messages")?.id.to_string())
    }

    /// Calls a tool; whether it answered with an error.
    async fn call(&self, tool: &str, arguments: &Value) -> Result<bool, Failure> {
        let arguments: Map<String, Value> = arguments.as_object().cloned().unwrap_or_default();
        let cx = Context::new(self.services.clone(), self.workspace.clone(), self.key);
        match self.catalog.call(&self.view, tool, arguments, &cx).await {
            CallOutcome::Result(result) => Ok(result.is_error),
            other => Err(format!("{tool}: {other:?}").into()),
        }
    }
}

fn fingerprint(key: &FingerprintKey) -> Fingerprint {
    key.fingerprint("api-key", KEY.as_bytes())
}

/// Lets everything through: ten requests a second would be waiting.
struct Unlimited;

impl RateLimiter for Unlimited {
    fn acquire<'a>(&'a self, _: TurnFor<'a>, _: Instant) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn back_off(&self, _: &str, _: Instant) {}
}
