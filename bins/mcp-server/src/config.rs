//! Settings that are known to work, resolved once from [`crate::args`]. Everything after this takes them as given.
//!
//! [`layers`] reads the command line, the environment and the configuration file into those arguments, by what [`declared`]
//! finds in their declaration; [`mod@print`] and [`schema`] show it; [`production`] refuses what is a mistake in front of users.

mod clients;
pub mod credentials;
pub mod declared;
mod edge;
mod file;
mod keys;
pub mod layers;
pub mod print;
pub mod production;
mod public_url;
pub mod schema;
pub mod secrets;
pub mod shutdown;
pub mod stdio;
mod store;
mod telemetry;
mod tls;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mcp_tools::{Limits, Toolsets};
use oauth_server::PreregisteredClient;
use openphone_client::{DEFAULT_BASE_URL, OpenPhone};
use url::Url;

pub use self::edge::{ConnectionSettings, EdgeSettings};
pub use self::keys::KeyPlace;
use self::production::Overlooked;
pub use self::public_url::PublicUrl;
use self::public_url::registration_path;
use self::shutdown::Ending;
pub use self::store::SharedStore;
pub use self::telemetry::TelemetrySettings;
use crate::args::ServeArgs;
use crate::config::credentials::Credentials;
use crate::edge::client_address::{ProxyHeader, TrustedProxies};
use crate::edge::tls::Tls;
use crate::exit::Failure;

/// Settings of `serve`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether the simulated workspace answers instead of OpenPhone.
    pub sandbox: bool,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Folder of the key ring and the state.
    pub data_dir: PathBuf,
    /// Where the key ring is.
    pub keys: KeyPlace,
    /// Where the OpenPhone API is. The sandbox, where that is on, is elsewhere and goes before it.
    pub upstream: Url,
    /// The store, when instances share one; `None`: a file in the data folder.
    pub store: Option<SharedStore>,
    /// The proxies whose word on a client's address counts.
    pub trusted_proxies: TrustedProxies,
    /// Where operators ask for metrics.
    pub admin_listen: Option<SocketAddr>,
    /// Where clients register themselves, below the public URL.
    pub registration_path: String,
    /// Whether metadata documents of clients are fetched.
    pub client_documents: bool,
    /// Clients that the operator has set up.
    pub clients: Vec<PreregisteredClient>,
    /// How callers may show a credential, besides OAuth.
    pub credentials: Credentials,
    /// Upper bound of what every connection may do.
    pub limits: Limits,
    /// The toolsets that are offered at all.
    pub toolsets: Toolsets,
    /// Logs and traces.
    pub telemetry: TelemetrySettings,
    /// Tools that ChatGPT is offered beside its own.
    pub chatgpt_tools: Vec<String>,
    /// What the server takes at most.
    pub edge: EdgeSettings,
    /// What the production profile was told to let pass.
    pub overlooked: Overlooked,
    /// TLS, where the server ends it itself.
    pub tls: Option<Arc<Tls>>,
    /// How long the end takes.
    pub ending: Ending,
    /// The public origin that was asked for; `None`: the address that is listened on.
    public_url: Option<PublicUrl>,
}

impl Settings {
    /// Checks what was typed.
    pub fn resolve(args: &ServeArgs) -> Result<Self, Failure> {
        let public_url = args.public_url.as_deref().map(PublicUrl::parse).transpose()?;
        let upstream = upstream(args.upstream_url.as_deref().unwrap_or(DEFAULT_BASE_URL))?;
        refuse_contradictions(args)?;
        let mut settings = Self {
            sandbox: args.sandbox,
            listen: args.listen,
            data_dir: args.data_dir.clone(),
            keys: KeyPlace::of(&args.keys, &args.data_dir)?,
            upstream,
            store: SharedStore::of(&args.store, args.store_replicas)?,
            trusted_proxies: TrustedProxies::new(&args.trusted_proxies, args.proxy_header)?,
            admin_listen: args.admin_listen,
            registration_path: registration_path(&args.registration_path)?,
            client_documents: !args.no_client_documents,
            clients: args.clients.as_deref().map(clients::read).transpose()?.unwrap_or_default(),
            credentials: credentials::resolve(args, public_url.as_ref())?,
            limits: args.policy.limits(),
            toolsets: args.policy.toolsets.unwrap_or_default(),
            telemetry: telemetry::resolve(&args.telemetry)?,
            chatgpt_tools: args.policy.chatgpt_tools.clone(),
            edge: edge::resolve(&args.edge)?,
            overlooked: Overlooked::default(),
            tls: tls::resolve(&args.tls)?,
            ending: Ending::of(&args.shutdown)?,
            public_url,
        };
        settings.overlooked = production::examine(args, &settings)?;
        Ok(settings)
    }

    /// The origin under which clients reach a server that listens on `bound`.
    pub fn public_url(&self, bound: SocketAddr) -> Result<PublicUrl, Failure> {
        match &self.public_url {
            Some(url) => Ok(url.clone()),
            None if bound.ip().is_unspecified() => Err(Failure::Option {
                name: "--public-url",
                reason: format!("is needed, because {bound} is no address that a client can connect to"),
            }),
            None => {
                let scheme = if self.tls.is_some() { "https" } else { "http" };
                PublicUrl::parse(&format!("{scheme}://{bound}"))
            }
        }
    }
}

/// Options that make no sense without, or with, another one. Here and not in clap, because they may have been set elsewhere
/// than on the command line.
fn refuse_contradictions(args: &ServeArgs) -> Result<(), Failure> {
    let refuse = |name: &'static str, reason: &str| Err(Failure::Option { name, reason: reason.to_owned() });
    if args.sandbox && args.upstream_url.is_some() {
        return refuse("--upstream-url", "cannot be used with --sandbox, which is the API");
    }
    if args.proxy_header != ProxyHeader::default() && args.trusted_proxies.is_empty() {
        return refuse("--proxy-header", "needs --trusted-proxies: nobody else's word counts");
    }
    Ok(())
}

/// Whether a URL is one of this machine, which no other reaches.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Accepts what the client of the API does: https anywhere, http on this machine, a path in front of the API's.
fn upstream(text: &str) -> Result<Url, Failure> {
    let refuse = |reason: String| Failure::Option { name: "--upstream-url", reason };
    let url = Url::parse(text).map_err(|error| {
        refuse(format!("'{text}' is not a URL ({error}); write it like https://api.quo.com"))
    })?;
    match OpenPhone::check_base_url(&url) {
        Ok(()) => Ok(url),
        Err(error) => Err(refuse(format!("'{text}' cannot be used: {error}"))),
    }
}

/// The key file inside a data folder.
#[must_use]
pub fn key_file(data_dir: &Path) -> PathBuf {
    data_dir.join("keys")
}

/// The state file inside a data folder.
#[must_use]
pub fn state_file(data_dir: &Path) -> PathBuf {
    data_dir.join("state.redb")
}

/// The operator's socket inside a data folder.
#[must_use]
pub fn control_socket(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

/// Makes the data folder when it is missing, readable by its owner alone.
pub fn prepare_data_dir(path: &Path) -> Result<(), Failure> {
    let refuse = |reason: String| Failure::DataDir { path: path.to_owned(), reason };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| refuse(error.to_string()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use openphone_client::DEFAULT_BASE_URL;

    use super::*;
    use crate::args::{Cli, Command};

    #[test]
    fn upstream_urls() {
        for good in [DEFAULT_BASE_URL, "http://127.0.0.1:8788", "https://proxy.example.com/quo"] {
            assert!(upstream(good).is_ok(), "{good}");
        }
        for (bad, expected) in [
            ("http://api.quo.com", "must be https"),
            ("https://key@api.quo.com", "without user name"),
            ("https://api.quo.com?x=1", "without user name"),
            ("api.quo.com", "not a URL"),
        ] {
            let failure = upstream(bad).expect_err(bad);
            assert!(failure.to_string().contains(expected), "{bad}: {failure}");
            assert_eq!(failure.code(), 2);
        }
    }

    #[test]
    fn an_unspecified_address_needs_a_public_url() {
        let cli = Cli::parse_from(["mcp-server", "serve", "--listen", "0.0.0.0:8787"]);
        let Command::Serve(args) = cli.command else { unreachable!("`serve` was typed") };
        let settings = Settings::resolve(&args).unwrap();
        assert!(settings.public_url(settings.listen).is_err());
        let bound = "127.0.0.1:4242".parse().unwrap();
        assert_eq!(settings.public_url(bound).unwrap().as_str(), "http://127.0.0.1:4242");
    }
}
