//! What one input happens in: a server of its own in memory, with the same keys, clock and randomness for every input,
//! so that genuine tokens are made once and the same input does the same again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::Full;
use oauth_server::{AuthorizationServer, Grant, PreregisteredClient, ResourceEndpoint, ScopeInfo, Settings};
use sealing::{Entropy, FingerprintKey, KeyRing, Kid, Sealer, SecretString};
use sha2::{Digest as _, Sha256};
use state_store::embedded::EmbeddedStore;
use state_store::{ManualClock, Store};

use super::genuine::{GENUINE, Genuine};
use super::service::{Hosts, Service};

pub(crate) const ISSUER: &str = "https://mcp.example.com";
/// When every input begins.
pub(crate) const NOW: u64 = 1_795_000_000;
/// The credential that works.
pub(crate) const KEY: &str = "canary-key-7be0d2a4c6";
/// Another one, of somebody who never comes up in an input.
pub(crate) const OTHER_KEY: &str = "canary-other-key-90c4e1";
/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) const CLAUDE: &str = "https://claude.ai/api/mcp/auth_callback";
pub(crate) const LOOPBACK: &str = "http://127.0.0.1/callback";
pub(crate) const CURSOR: &str = "cursor://anysphere.cursor-mcp/oauth/callback";
/// On a host that nobody vouches for.
pub(crate) const UNKNOWN: &str = "https://unknown.example/cb?own=1";
/// The id of a client that the operator set up, its secret, and where its codes go.
pub(crate) const OPERATED: &str = "operated-client";
pub(crate) const OPERATED_SECRET: &str = "canary-operated-secret-5a1c";
pub(crate) const OPERATED_AT: &str = "https://operated.example/cb";

/// The scopes, in order.
pub(crate) const SCOPES: [&str; 3] = ["example:read", "example:write", "example:admin"];

/// The same bytes for every input: SHA-256 of a seed and a counter.
pub(crate) struct Seeded {
    seed: u64,
    counter: AtomicU64,
}

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, counter: AtomicU64::new(0) }
    }
}

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let counter = self.counter.fetch_add(1, Ordering::Relaxed);
            let block =
                Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(counter.to_be_bytes());
            chunk.copy_from_slice(&block.finalize()[..chunk.len()]);
        }
    }
}

/// The keys of the deployment: two in the ring, the newer one seals.
pub(crate) struct Keys {
    pub(crate) ring: KeyRing,
    pub(crate) fingerprints: FingerprintKey,
}

pub(crate) static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let entropy = Seeded::new(1);
    let ring = KeyRing::generate(&entropy, Kid::default()).rotated(&entropy, NOW).unwrap();
    Keys { ring, fingerprints: FingerprintKey::generate(&entropy) }
});

/// One input's circumstances.
pub(crate) struct World {
    pub(crate) server: AuthorizationServer,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) hosts: Arc<Hosts>,
}

/// Whether codes may be sent to hosts that nobody vouches for, with a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Strict,
    Loose,
}

impl World {
    pub(crate) fn new(policy: Policy) -> Self {
        Self::seeded(policy, 3)
    }

    /// `seed`: of the server's randomness. No two that share genuine things may have the same.
    pub(crate) fn seeded(policy: Policy, seed: u64) -> Self {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(NOW)));
        let store: Arc<dyn Store> = Arc::new(EmbeddedStore::in_memory(clock.clone()));
        let hosts = Arc::new(Hosts::default());
        let entropy: Arc<dyn Entropy> = Arc::new(Seeded::new(seed));
        let mut settings = settings();
        settings.redirects.allow_unknown_hosts = policy == Policy::Loose;
        settings.client_documents = Some(hosts.clone());
        let server = AuthorizationServer::new(
            settings,
            Arc::new(Service),
            Arc::clone(&store),
            clock.clone(),
            Arc::clone(&entropy),
            sealer(entropy),
            KEYS.fingerprints.clone(),
        );
        Self { server: server.unwrap(), clock, store, hosts }
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        self.server.handle(request).await
    }

    /// A good form, for what has to happen before an input.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> Response<Bytes> {
        let mut request = Request::builder().method(Method::POST).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        self.send(request.body(Full::new(body.into())).unwrap()).await
    }

    /// The grant of an access token at a path.
    pub(crate) async fn grant(&self, token: &str, path: &str) -> Option<Arc<Grant>> {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_str(&format!("Bearer {token}")).ok()?);
        self.server.authenticate(&headers, path).await.ok()
    }
}

/// The sealer of the deployment.
pub(crate) fn sealer(entropy: Arc<dyn Entropy>) -> Sealer {
    Sealer::new(KEYS.ring.clone(), ISSUER, entropy)
}

fn settings() -> Settings {
    let resources = vec![
        ResourceEndpoint::new("/mcp", "Example")
            .covers(["/sse", "/mcp/readonly"])
            .also_serves(|path| path.starts_with("/mcp/x/")),
        ResourceEndpoint::new("/sse", "Example (SSE)").covers(["/mcp"]),
        ResourceEndpoint::new("/mcp/readonly", "Example, read only").scopes([SCOPES[0]]),
    ];
    let scopes = vec![
        ScopeInfo::new(SCOPES[0], "Read", "See messages and contacts.").baseline(),
        ScopeInfo::new(SCOPES[1], "Write", "Text people.").implies([SCOPES[0]]).baseline(),
        ScopeInfo::new(SCOPES[2], "Administer", "See other connections.").implies([SCOPES[1]]),
    ];
    let mut settings = Settings::new(ISSUER, resources, scopes);
    let secret = SecretString::new(OPERATED_SECRET.to_owned());
    settings.clients = vec![PreregisteredClient::new(OPERATED, "Operated", [OPERATED_AT]).secret(secret)];
    settings
}

/// Plays one input, and says what came of it.
pub(crate) fn play<T>(input: impl AsyncFnOnce(&'static Genuine) -> T) -> T {
    // Made outside: it plays by itself.
    let genuine: &'static Genuine = &GENUINE;
    block_on(input(genuine))
}

/// Nothing here waits for anything but itself.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}
