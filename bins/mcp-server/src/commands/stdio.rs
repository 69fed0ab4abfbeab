//! `mcp-server stdio`: the same tools for one person, over standard input and output of a process that their client starts.
//!
//! Standard output belongs to the protocol; logs go to standard error. It ends when the client closes its side, or on a
//! signal, and not before each text that was begun has an outcome.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mcp_protocol::stdio::{self, StdioOptions};
use mcp_protocol::{Runtime, Seal};
use mcp_tools::server::INSTRUCTIONS;
use mcp_tools::{Catalog, Limits, Services};
use sealing::{FileKeySource, Keys, OsEntropy, Sealer};
use state_store::embedded::{EmbeddedStore, OpenError};
use state_store::{Clock, Store, SystemClock};
use tokio::io::BufReader;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::adapters::local::{LocalAccess, LocalServer};
use crate::adapters::mcp;
use crate::app;
use crate::args::{LogFormat, StdioArgs};
use crate::commands::{keys, serve};
use crate::config;
use crate::config::layers::Variables;
use crate::config::stdio::{StateFolder, StdioSettings};
use crate::edge::shutdown;
use crate::exit::Failure;
use crate::{hardening, telemetry};

/// What confirmations are bound to, in place of a public URL.
const ISSUER: &str = "stdio:openphone-mcp";
/// Time for answers once a signal has come. Clients that stop their servers by force wait about as long.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// What the model is told besides, where another process remembers what was sent.
const CANNOT_TEXT: &str = " This server cannot text: another copy of it, of another program or window, has the list of what \
    was sent, without which a text could go out twice. To text from here, close that one, or start this one with a \
    --data-dir of its own.";

/// Serves standard input to its end.
pub fn run(args: &StdioArgs, variables: &Variables) -> Result<(), Failure> {
    let settings = StdioSettings::resolve(args, variables)?;
    telemetry::install(&args.log, LogFormat::Auto)?;
    hardening::forbid_dumps();
    if std::io::stdin().is_terminal() {
        let hint = "This speaks MCP on standard input and output: a client starts it. Ctrl-D ends it.\n";
        let _ = std::io::stderr().lock().write_all(hint.as_bytes());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start the runtime: {error}")))?;
    let outcome = runtime.block_on(serve_stdio(settings));
    // A read of standard input cannot be called off: it would hold up the end until the client closes its side.
    runtime.shutdown_background();
    outcome
}

async fn serve_stdio(settings: StdioSettings) -> Result<(), Failure> {
    let stop = shutdown::on_signal(Duration::ZERO)?.stopping().clone();
    let sandbox = if settings.sandbox { Some(serve::start_sandbox().await?) } else { None };
    let upstream = match &sandbox {
        None => settings.upstream.clone(),
        Some(sandbox) => Url::parse(&sandbox.base_url())
            .map_err(|error| Failure::Other(format!("the sandbox's address is no URL: {error}")))?,
    };
    let local = LocalParts::new(&settings)?.server(&settings, &upstream)?;
    let served = speak(&local, stop).await;
    local.server.drain().await;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    if let Some(file) = local.file {
        app::close_file(file).await;
    }
    served
}

/// Answers until the client is gone or the process is told to stop.
async fn speak(local: &Served, stop: CancellationToken) -> Result<(), Failure> {
    let runtime =
        Runtime::builder(Arc::clone(&local.server)).seal(local.seal.clone()).shutdown(stop.clone()).build();
    let (input, output) = (BufReader::new(tokio::io::stdin()), tokio::io::stdout());
    let serving = stdio::serve_runtime(&runtime, (), input, output, StdioOptions::default());
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        served = serving => match served {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::Other(format!("standard input or output broke: {error}")))
            }
            // A client that does not read to the end has what it wanted.
            _ => Ok(()),
        },
        () = late => Ok(()),
    }
}

/// What a server is made of: its keys and its memory.
struct LocalParts {
    keys: Keys,
    store: Arc<dyn Store>,
    /// The same, where it is this process that has it open.
    file: Option<Arc<EmbeddedStore>>,
    /// Another process remembers what was sent.
    elsewhere: bool,
}

/// The server, with what its runtime needs.
struct Served {
    server: Arc<LocalServer>,
    seal: Seal,
    /// To be closed.
    file: Option<Arc<EmbeddedStore>>,
}

impl LocalParts {
    fn new(settings: &StdioSettings) -> Result<Self, Failure> {
        match &settings.state {
            StateFolder::None => Ok(Self {
                keys: Keys::generate(&OsEntropy),
                store: in_memory(),
                file: None,
                elsewhere: false,
            }),
            StateFolder::Own(folder) => Self::in_folder(folder, false),
            StateFolder::Shared(folder) => Self::in_folder(folder, true),
        }
    }

    /// `shared`: it is no mistake when another process has the folder's state open. That one alone may text.
    fn in_folder(folder: &Path, shared: bool) -> Result<Self, Failure> {
        config::prepare_data_dir(folder)?;
        let path = config::key_file(folder);
        let keys = FileKeySource::new(&path).load_or_create(&OsEntropy);
        let keys = keys.map_err(|error| keys::refusal(&path, &error))?;
        match EmbeddedStore::open(config::state_file(folder), clock()) {
            Ok(store) => {
                let file = Arc::new(store);
                Ok(Self {
                    keys,
                    store: Arc::clone(&file) as Arc<dyn Store>,
                    file: Some(file),
                    elsewhere: false,
                })
            }
            Err(OpenError::Locked { .. }) if shared => {
                tracing::warn!(
                    folder = %folder.display(),
                    "another copy of this server has this folder's list of what was sent: this one does not text"
                );
                Ok(Self { keys, store: in_memory(), file: None, elsewhere: true })
            }
            Err(error) => Err(Failure::DataDir { path: folder.to_owned(), reason: error.to_string() }),
        }
    }

    fn server(self, settings: &StdioSettings, upstream: &Url) -> Result<Served, Failure> {
        let Self { keys, store, file, elsewhere } = self;
        let catalog = Catalog::new().map_err(|error| Failure::Other(error.to_string()))?;
        let catalog = app::offer_chatgpt(catalog, &settings.chatgpt_tools)?;
        let openphone = app::openphone(app::http_client()?, upstream, &Arc::default())?;
        // The same name as over HTTP, so that a folder means the same to both.
        let fingerprint = keys.fingerprint.fingerprint("credential", settings.key.expose().as_bytes());
        let sealer = Sealer::new(keys.ring, ISSUER, Arc::new(OsEntropy));
        let mut limits: Limits = settings.limits.clone();
        let mut info = mcp::info(None);
        if elsewhere {
            limits.no_texting = true;
            info = info.with_instructions(format!("{INSTRUCTIONS}{CANNOT_TEXT}"));
        }
        let services =
            Services::new(store, clock(), Arc::new(OsEntropy), keys.fingerprint, sealer.clone(), limits);
        let access = LocalAccess::new(settings.toolsets, openphone, settings.key.clone(), fingerprint);
        let time = clock();
        Ok(Served {
            server: Arc::new(LocalServer::new(info, catalog, services, access)),
            seal: Seal::new(sealer, move || time.unix_seconds()),
            file,
        })
    }
}

fn in_memory() -> Arc<dyn Store> {
    Arc::new(EmbeddedStore::in_memory(clock()))
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
