//! Builds everything once: keys, store, the outbound client, the services. The one place that knows them all.

mod gauges;
mod pages;
mod store;

use std::sync::{Arc, Mutex, PoisonError};

use landing::Landing;
use mcp_protocol::{HttpOptions, HttpSse, HttpSseOptions, Runtime, Seal, StreamLimits, StreamableHttp};
use mcp_tools::{Catalog, Services};
use oauth_server::{AuthorizationServer, SettingsError};
use openphone_client::{OpenPhone, recommended_http_client};
use sealing::{Keys, OsEntropy, Sealer};
use state_store::embedded::EmbeddedStore;
use state_store::{Clock, Store, SystemClock};
use tokio_util::sync::CancellationToken;
use url::Url;

use self::gauges::gauges;
use self::store::{Opened, because, look_for_replicas};
pub(crate) use self::store::{close_file, open_store};
use crate::adapters::callers::Callers;
use crate::adapters::callers::header_keys::HeaderKeys;
use crate::adapters::callers::operator::Operator;
use crate::adapters::credentials::OpenPhoneKeys;
use crate::adapters::events::{CountedAudit, OauthMetrics};
use crate::adapters::mcp::{self, OpenPhoneAccess, OpenPhoneServer};
use crate::adapters::oauth;
use crate::adapters::relay::{CallerCodec, RelayParts, RelayTimes, StoreRelay};
use crate::adapters::status::Upstream;
use crate::config::{self, ConnectionSettings, PublicUrl, Settings};
use crate::edge::admin::Admin;
use crate::edge::admission::Admission;
use crate::edge::client_address::TrustedProxies;
use crate::edge::layers::RequestIds;
use crate::edge::readiness::Readiness;
use crate::edge::refused::Refusals;
use crate::edge::shutdown::Phases;
use crate::edge::tls::Tls;
use crate::exit::Failure;
use crate::operator::Desk;
use crate::operator::live_keys::LiveKeys;
use crate::routes;
use crate::telemetry::line::Telemetry;
use crate::telemetry::metrics::{LimitScope, Metrics, Watched};
use crate::telemetry::operations::Operations;
use crate::telemetry::otlp::{Exporter, ExporterParts};
use crate::telemetry::stored::ObservedStore;
use crate::telemetry::upstream::UpstreamMetrics;

/// Everything that answers requests.
pub struct App {
    pub(crate) oauth: Arc<AuthorizationServer>,
    pub(crate) callers: Arc<Callers>,
    pub(crate) mcp: StreamableHttp<OpenPhoneServer>,
    pub(crate) sse: HttpSse<OpenPhoneServer>,
    pub(crate) landing: Landing,
    /// The path below which everything is.
    pub(crate) mount: Box<str>,
    pub(crate) request_ids: RequestIds,
    pub(crate) admission: Arc<Admission>,
    pub(crate) connections: ConnectionSettings,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) telemetry: Arc<Telemetry>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whose word on a client's address counts. `None`: there is a proxy that ends TLS, and nothing is known of it, so that
    /// all clients would share its address.
    pub(crate) proxies: Option<TrustedProxies>,
    server: Arc<OpenPhoneServer>,
    keys: Arc<LiveKeys>,
    /// Where they do not.
    file: Option<Arc<EmbeddedStore>>,
    /// Where instances share the store.
    relay: Option<Arc<StoreRelay<CallerCodec>>>,
    admin: Arc<Admin>,
    exporter: Mutex<Option<Exporter>>,
    /// How far the end has come.
    pub(crate) phases: Phases,
    /// What metrics look up, which ends with this.
    _watched: Watched,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("server", &self.server).finish_non_exhaustive()
    }
}

impl App {
    /// Builds a server that clients reach at `public_url` and that calls the OpenPhone API at `upstream`. Its long-lived
    /// streams end when it stops taking requests.
    pub async fn build(
        settings: &Settings,
        public_url: &PublicUrl,
        upstream: &Url,
        phases: impl Into<Phases>,
    ) -> Result<Self, Failure> {
        let phases = phases.into();
        let keys = load_keys(settings)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy = Arc::new(OsEntropy);
        let Opened { store, file } =
            open_store(&settings.data_dir, settings.store.as_ref(), Arc::clone(&clock)).await?;
        look_for_replicas(&*store).await;
        let metrics = Arc::new(Metrics::default());
        let store: Arc<dyn Store> = Arc::new(ObservedStore::new(store, Arc::clone(&metrics)));
        let http = http_client()?;
        let openphone = openphone(http.clone(), upstream, &metrics)?;
        let sealer = Sealer::new(keys.ring.clone(), public_url.as_str(), entropy.clone());
        let live_keys = LiveKeys::new(settings.keys.clone(), sealer.clone(), keys.fingerprint.clone());
        let live_keys = Arc::new(live_keys.of_age(&keys.ring));
        let process = u32::from_be_bytes(sealing::entropy::random(&OsEntropy));
        let exporting = settings.telemetry.otlp.clone().map(|otlp| {
            let parts = ExporterParts {
                http,
                metrics: Arc::clone(&metrics),
                clock: Arc::clone(&clock),
                entropy: entropy.clone(),
                instance: format!("{process:08x}"),
            };
            Exporter::start(otlp, parts)
        });
        let (exporter, tracer) = exporting.unzip();
        let telemetry = Arc::new(Telemetry::new(Arc::clone(&metrics), tracer, settings.telemetry.log_sample));

        let mut oauth_settings =
            oauth::settings(public_url, upstream.host_str().unwrap_or_default(), settings.sandbox);
        oauth_settings.clients.clone_from(&settings.clients);
        oauth_settings.registration_path.clone_from(&settings.registration_path);
        oauth_settings.client_documents =
            settings.client_documents.then(oauth::client_documents).transpose()?;
        oauth_settings.events = Arc::new(OauthMetrics(Arc::clone(&metrics)));
        let oauth = AuthorizationServer::new(
            oauth_settings,
            Arc::new(OpenPhoneKeys::new(openphone.clone())),
            Arc::clone(&store),
            Arc::clone(&clock),
            entropy.clone(),
            sealer.clone(),
            keys.fingerprint.clone(),
        )
        .map_err(|error| refusal(&error))?;
        let oauth = Arc::new(oauth);
        let callers = Arc::new(callers(settings, upstream, &oauth, &clock));
        let relay = match &settings.store {
            None => None,
            Some(_) => {
                let parts = RelayParts {
                    store: Arc::clone(&store),
                    sealer: sealer.clone(),
                    fingerprints: keys.fingerprint.clone(),
                    clock: Arc::clone(&clock),
                    entropy: entropy.clone(),
                    codec: CallerCodec::new(Arc::clone(&callers), sealer.clone(), Arc::clone(&telemetry)),
                    times: RelayTimes::default(),
                };
                let started = StoreRelay::start(parts).await;
                let relay = started.map_err(|error| Failure::Store { reason: because(&error) })?;
                tracing::info!(instance = relay.instance(), "the store is shared with other instances");
                Some(Arc::new(relay))
            }
        };

        let catalog = catalog(settings, public_url)?;
        let behind =
            if settings.sandbox { Upstream::Simulated } else { Upstream::OpenPhone(openphone.clone()) };
        let landing = pages::landing(public_url, &catalog, &settings.credentials, behind)?;
        let leaving = phases.leaving().clone();
        let readiness =
            Readiness::new(Arc::clone(&store), Arc::clone(&live_keys), openphone.clone(), leaving);
        let readiness = Arc::new(readiness);
        let admin = Arc::new(Admin { metrics: Arc::clone(&metrics), readiness: Arc::clone(&readiness) });
        let limits = settings.limits.clone();
        let services = Services::new(
            store,
            Arc::clone(&clock),
            entropy.clone(),
            keys.fingerprint,
            sealer.clone(),
            limits,
        );
        let counted = Arc::clone(&metrics);
        let refusals = Refusals::to(move |refused| counted.rate_limited(LimitScope::Request(refused)));
        let admission = Arc::new(Admission::new(settings.edge.admission.clone(), refusals));
        tokio::spawn({
            let (admission, stop) = (Arc::clone(&admission), phases.stopping().clone());
            async move { admission.watch(stop).await }
        });
        let services = services.with_audit(Arc::new(CountedAudit::new(Arc::clone(&metrics))));
        let operations = Arc::new(Operations::new(&catalog));
        let access =
            OpenPhoneAccess::new(settings.toolsets, openphone, Arc::clone(&oauth), Arc::clone(&admission));
        let info = mcp::info(Some(public_url.join("/")));
        let server = Arc::new(OpenPhoneServer::new(info, catalog, services, access));
        let parts = (relay.clone(), operations, settings.edge.streams);
        let stop = phases.stopping().clone();
        let runtime = runtime(Arc::clone(&server), sealer, Arc::clone(&clock), parts, stop);
        let watched = metrics.watch(gauges(&runtime, readiness, Arc::clone(&live_keys), Arc::clone(&clock)));
        let http = http_options(public_url);
        Ok(Self {
            oauth,
            callers,
            mcp: StreamableHttp::with_runtime(&runtime, http.clone()),
            sse: HttpSse::with_runtime(
                &runtime,
                HttpSseOptions::new(format!("{}{}", public_url.mount(), routes::SSE_MESSAGE), http),
                entropy,
            ),
            landing,
            mount: public_url.mount().into(),
            clock,
            proxies: (!public_url.is_https()
                || settings.tls.is_some()
                || !settings.trusted_proxies.is_empty())
            .then(|| settings.trusted_proxies.clone()),
            admission,
            connections: settings.edge.connections,
            tls: settings.tls.clone(),
            request_ids: RequestIds::new(process),
            telemetry,
            server,
            keys: live_keys,
            file,
            relay,
            admin,
            exporter: Mutex::new(exporter),
            phases,
            _watched: watched,
        })
    }

    /// What operators ask about.
    #[must_use]
    pub fn admin(&self) -> Arc<Admin> {
        Arc::clone(&self.admin)
    }

    /// Where the operator's requests are carried out.
    #[must_use]
    pub fn desk(&self) -> Desk {
        let (oauth, keys) = (Arc::clone(&self.oauth), Arc::clone(&self.keys));
        Desk::of_server(oauth, keys, self.relay.is_some(), self.file.clone())
    }

    /// Closes the state's file, so that it needs no journal. Nothing is written after it.
    pub async fn close(&self) {
        if let Some(file) = &self.file {
            close_file(Arc::clone(file)).await;
        }
    }

    /// Reads every secret again that is in a file. What cannot be read stays as it was, and the log says so.
    pub fn reload(&self) {
        if let Err(error) = self.keys.reload() {
            tracing::error!(%error, "the server goes on with the keys that it has");
        }
        if let Some(operator) = self.callers.operator() {
            match operator.reload(&self.oauth) {
                Ok(()) => tracing::info!("the operator's key was read again"),
                Err(error) => {
                    tracing::error!(%error, "the server goes on with the operator's key that it has");
                }
            }
        }
    }

    /// What tokens are sealed with.
    #[must_use]
    pub fn keys(&self) -> Arc<LiveKeys> {
        Arc::clone(&self.keys)
    }

    /// Waits until every text that was begun has a recorded outcome, and takes leave of the other instances.
    pub async fn drain(&self) {
        self.server.drain().await;
        if let Some(relay) = &self.relay {
            relay.stop().await;
        }
        let exporter = self.exporter.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(exporter) = exporter {
            exporter.stop().await;
        }
    }
}

/// The tools, with their pictures on this server.
fn catalog(settings: &Settings, public_url: &PublicUrl) -> Result<Catalog, Failure> {
    let catalog = Catalog::new().map_err(|error| Failure::Other(error.to_string()))?;
    offer_chatgpt(catalog.with_icons_at(public_url.as_str()), &settings.chatgpt_tools)
}

/// Widens what ChatGPT is offered.
pub(crate) fn offer_chatgpt(catalog: Catalog, tools: &[String]) -> Result<Catalog, Failure> {
    catalog
        .offer_chatgpt(tools)
        .map_err(|error| Failure::Option { name: "--chatgpt-tools", reason: error.to_string() })
}

/// Who may call, besides bearers.
fn callers(
    settings: &Settings,
    upstream: &Url,
    oauth: &Arc<AuthorizationServer>,
    clock: &Arc<dyn Clock>,
) -> Callers {
    let credentials = &settings.credentials;
    let header_keys = credentials.header_keys.then(|| {
        // A sandbox of its own is known by its address: nothing else that answers here has such keys.
        let sandbox_keys = settings.sandbox || config::is_loopback(upstream);
        HeaderKeys::new(Arc::clone(oauth), Arc::clone(clock), sandbox_keys)
    });
    let operator = credentials.single_tenant.as_ref().map(|single| Operator::new(single, oauth));
    Callers::new(Arc::clone(oauth), header_keys, operator)
}

/// Which option the authorization server's settings were wrong for.
fn refusal(error: &SettingsError) -> Failure {
    let name = match error {
        SettingsError::Client { .. } => "--clients",
        SettingsError::RegistrationPath { .. } => "--registration-path",
        _ => "--public-url",
    };
    Failure::Option { name, reason: error.to_string() }
}

/// What both transports share: keys to seal sessions with, the streams and their limits, the way to other instances.
fn runtime(
    server: Arc<OpenPhoneServer>,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    (relay, operations, streams): (Option<Arc<StoreRelay<CallerCodec>>>, Arc<Operations>, StreamLimits),
    stop: CancellationToken,
) -> Runtime<OpenPhoneServer> {
    let builder = Runtime::builder(server)
        .seal(Seal::new(sealer, move || clock.unix_seconds()))
        .stream_limits(streams)
        .observer(operations)
        .shutdown(stop);
    match relay {
        Some(relay) => builder.relay(relay).build(),
        None => builder.build(),
    }
}

/// The sandbox makes its own keys; a real server refuses to start without.
fn load_keys(settings: &Settings) -> Result<Keys, Failure> {
    if settings.sandbox { settings.keys.read_or_create() } else { settings.keys.read() }
}

/// Looks at what a server would be built of, without building it.
///
/// # Errors
/// As building it would fail, as far as that is known without asking anybody.
pub fn examine(settings: &Settings) -> Result<(), Failure> {
    if !settings.sandbox {
        settings.keys.read()?;
    }
    Catalog::new()
        .map_err(|error| Failure::Other(error.to_string()))?
        .offer_chatgpt(&settings.chatgpt_tools)
        .map(|_| ())
        .map_err(|error| Failure::Option { name: "--chatgpt-tools", reason: error.to_string() })
}

/// What goes out of this process goes through this one client.
pub(crate) fn http_client() -> Result<reqwest::Client, Failure> {
    let agent = concat!("openphone-mcp/", env!("CARGO_PKG_VERSION"));
    recommended_http_client(agent)
        .map_err(|error| Failure::Other(format!("cannot build the HTTP client: {error}")))
}

/// The client of the API at `upstream`.
pub(crate) fn openphone(
    http: reqwest::Client,
    upstream: &Url,
    metrics: &Arc<Metrics>,
) -> Result<OpenPhone, Failure> {
    OpenPhone::builder(http)
        .base_url(upstream.clone())
        .observer(Arc::new(UpstreamMetrics(Arc::clone(metrics))))
        .build()
        .map_err(|error| Failure::Other(format!("cannot build the OpenPhone client: {error}")))
}

/// The public host is served, and pages on it may call. A call answers within 50 s: a minute is the protocol's bound.
fn http_options(public_url: &PublicUrl) -> HttpOptions {
    HttpOptions::new().allow_host(public_url.authority()).allow_origin(public_url.origin())
}
