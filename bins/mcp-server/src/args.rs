//! The command line, as typed. [`crate::config`] turns it into settings that are known to work.

mod completions;
mod config;
mod credentials;
mod deployment;
mod doctor;
mod edge;
mod health;
mod operator;
mod policy;
mod profile;
mod shutdown;
mod state;
mod stdio;
mod telemetry;
mod tls;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use sealing::SecretString;

pub use self::completions::{CompletionsArgs, Shell};
pub use self::config::{ConfigArgs, ConfigCommand};
pub use self::credentials::{CredentialArgs, OperatorKeyArgs};
pub use self::deployment::{ConfigFileArgs, Deployment, KeyArgs, SharedStoreArgs};
pub use self::doctor::DoctorArgs;
pub use self::edge::EdgeArgs;
pub use self::health::HealthArgs;
pub use self::operator::{GrantsArgs, GrantsCommand, KeysArgs, KeysCommand, RevokeArgs, RotateArgs};
pub use self::policy::PolicyArgs;
pub use self::profile::{Profile, ProfileArgs, Relaxation};
pub use self::shutdown::ShutdownArgs;
pub use self::state::{StateArgs, StateCommand, StatePlace};
pub use self::stdio::StdioArgs;
pub use self::telemetry::{LogFormat, Share, TelemetryArgs};
pub use self::tls::TlsArgs;

use crate::edge::client_address::ProxyHeader;

/// Lets AI clients text, read calls and messages and manage contacts in an OpenPhone workspace.
#[derive(Debug, Parser)]
#[command(name = "mcp-server", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(Box<ServeArgs>),
    /// See what the settings are and where each came from, and check them
    Config(ConfigArgs),
    /// Serve one client over standard input and output, with your own key
    Stdio(Box<StdioArgs>),
    /// Make, rotate, list and retire the keys that seal tokens
    Keys(KeysArgs),
    /// See which apps are connected, and disconnect them
    Grants(GrantsArgs),
    /// Copy the state of a server that keeps it in a file, and put a copy back
    State(StateArgs),
    /// Run the simulated OpenPhone API alone, for programs that call OpenPhone themselves
    Sandbox(SandboxArgs),
    /// Look at a deployment from outside, as clients meet it, and name what is wrong
    Doctor(DoctorArgs),
    /// Ask a running server whether it is well; exit code 0 when it is
    Health(HealthArgs),
    /// Write a shell's completions of this command line
    Completions(CompletionsArgs),
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where more of these options are set.
    #[command(flatten)]
    pub config: ConfigFileArgs,

    /// Serve a simulated OpenPhone workspace: no account needed, no text leaves this machine
    #[arg(long)]
    pub sandbox: bool,

    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,

    /// Folder for the key ring and the state; made when missing
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data_dir: PathBuf,

    /// The key ring, where it is elsewhere.
    #[command(flatten)]
    pub keys: KeyArgs,

    /// The store, where it is shared.
    #[command(flatten)]
    pub store: SharedStoreArgs,

    /// Replicas of the Redis that must have a text's record before the text is sent, so that the loss of one server texts
    /// nobody twice; while fewer have it, nothing is sent
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub store_replicas: u32,

    /// Where the OpenPhone API is, such as the address of `mcp-server sandbox`, or of a proxy of your own
    /// [default: `https://api.quo.com`]
    #[arg(long, value_name = "URL")]
    pub upstream_url: Option<String>,

    /// Address under which clients reach the server, such as `https://mcp.example.com`; with a path, such as
    /// `https://example.com/openphone`, everything is below it. It is the OAuth issuer
    /// [default: the address listened on, with http:// or, with a certificate, https://]
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,

    /// Where clients register themselves, below the public URL
    #[arg(long, value_name = "PATH", default_value = "/register")]
    pub registration_path: String,

    /// Networks of the proxies in front of the server, such as `10.0.0.0/8,192.0.2.7/32`: what they say of a client's address
    /// counts, and nobody else's word does. Without it, limits by address do not work behind a proxy
    #[arg(long, value_name = "CIDR,…", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,

    /// The header in which they say it
    #[arg(long, value_name = "HEADER", value_enum, default_value_t)]
    pub proxy_header: ProxyHeader,

    /// Address for operators alone: `/metrics` for Prometheus, `/readyz`. Port 0 takes any free one [default: none]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub admin_listen: Option<SocketAddr>,

    /// Fetch no metadata documents: clients whose id is a URL then register themselves, or cannot connect
    #[arg(long)]
    pub no_client_documents: bool,

    /// Clients that you have set up: a JSON file with a list of `{"client_id", "client_name", "redirect_uris",
    /// "client_secret"}` (the last one only for clients that keep a secret)
    #[arg(long, value_name = "FILE")]
    pub clients: Option<PathBuf>,

    /// What to log, in the syntax of tracing's EnvFilter, such as `info` or `oauth_server=debug`
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log: String,

    /// How careful to be.
    #[command(flatten)]
    pub profile: ProfileArgs,

    /// Credentials besides OAuth.
    #[command(flatten)]
    pub credentials: CredentialArgs,

    /// Logs and traces.
    #[command(flatten, next_help_heading = "Logs and traces")]
    pub telemetry: TelemetryArgs,

    /// The end.
    #[command(flatten)]
    pub shutdown: ShutdownArgs,

    /// Upper bounds.
    #[command(flatten)]
    pub policy: PolicyArgs,

    /// What the server takes.
    #[command(flatten)]
    pub edge: EdgeArgs,

    /// Certificate and key.
    #[command(flatten)]
    pub tls: TlsArgs,
}

/// Options of `sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8788")]
    pub listen: SocketAddr,

    /// Requests that one key may make in a second, as the real API counts them
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_second: u32,

    /// The moment before which all seeded dates lie, such as `2026-11-20T18:30:00Z`: with it they are the same in
    /// every run [default: now]
    #[arg(long, value_name = "TIMESTAMP")]
    pub now: Option<Timestamp>,

    /// How long a text takes to its delivery, such as `300ms` or `2s`; an answer then takes longer or shorter too
    #[arg(long, value_name = "DURATION", default_value = "900ms", value_parser = duration)]
    pub delivery_time: Duration,

    /// How long an answered call takes from the first ring to its end; its recording, transcript and summary then
    /// take longer or shorter too
    #[arg(long, value_name = "DURATION", default_value = "7s", value_parser = duration)]
    pub call_time: Duration,

    /// How long after a webhook's first failed attempt the second is made; the waits after that are 60 to 7200
    /// times as long
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub first_webhook_retry: Duration,

    /// How much later than it could each answer comes, as over a network, such as `50ms`
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub latency: Duration,

    /// Workspaces that are remembered; of more than these, the one unused for longest is forgotten with what was changed in it
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub workspaces: u32,

    /// Answer 401 to this key, as after its deletion in the app; can be given more than once
    #[arg(long, value_name = "KEY")]
    pub revoked_key: Vec<String>,

    /// Take v1's parameters as its document says: `maxResults` is required, and an unknown parameter is a 400
    #[arg(long)]
    pub strict_v1: bool,

    /// What an update of a v1 contact does to names that it leaves out; nobody has described it
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = ContactUpdate::KeepsNames)]
    pub v1_contact_update: ContactUpdate,

    /// The form of the body of a 429; nobody has seen one
    /// [default: wrapped on v1, flat on the dated surface]
    #[arg(long, value_name = "FORM", value_enum)]
    pub rate_limit_error: Option<ErrorForm>,

    /// What to log, in the syntax of tracing's EnvFilter, such as `info` or `openphone_sandbox=debug`
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log: String,
}

/// What an update of a v1 contact does to names that it leaves out.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ContactUpdate {
    /// First name, last name, company and role stay
    KeepsNames,
    /// They are cleared
    ClearsNames,
}

/// The two forms of an error's body.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ErrorForm {
    /// `{"message": …, "title": …}`, as most errors
    Flat,
    /// `{"error": {"message": …, "key": …}}`, as the gateway before v1 answers
    Wrapped,
}

/// Taken as it is, and never shown: clap would print a value that it refuses.
fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::new(text.to_owned()))
}

/// A span of time as people write it: `300ms`, `2s`, `1m 30s`.
fn duration(text: &str) -> Result<Duration, String> {
    let span: SignedDuration = text.parse().map_err(|_| "write a number and a unit, such as 300ms or 2s")?;
    Duration::try_from(span).map_err(|_| "a span of time cannot be negative".to_owned())
}
