//! `mcp-server serve`: builds everything, says where it is, serves until told to stop.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openphone_client::DEFAULT_BASE_URL;
use openphone_sandbox::{RunningSandbox, Sandbox};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::app::App;
use crate::args::ServeArgs;
use crate::config::{self, PublicUrl, Settings};
use crate::edge::{admin, listener, open_files, service_manager, shutdown};
use crate::exit::Failure;
use crate::hardening;
use crate::operator::Desk;
use crate::operator::socket::ControlSocket;
use crate::telemetry;

/// Least time for what outlives its request: texts that are on their way, records, leave of the other instances.
const LAST_WORK: Duration = Duration::from_secs(5);

/// Runs the server to its end. `file`: where some of the settings came from.
pub fn run(args: &ServeArgs, file: Option<&Path>) -> Result<(), Failure> {
    let settings = Settings::resolve(args)?;
    telemetry::install(&args.log, args.telemetry.log_format)?;
    if let Some(file) = file {
        tracing::info!(file = %file.display(), "settings were read from a file, too");
    }
    settings.overlooked.log();
    hardening::forbid_dumps();
    open_files::allow(settings.edge.connections.most);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start the runtime: {error}")))?;
    let ended = runtime.block_on(serve(settings));
    if ended.is_err() {
        // Nothing that still runs is waited for.
        runtime.shutdown_background();
    }
    ended
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let phases = shutdown::on_signal(settings.ending.drain_delay)?;
    let stop = phases.stopping().clone();
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|source| Failure::Listen { address: settings.listen, source })?;
    let bound =
        listener.local_addr().map_err(|source| Failure::Listen { address: settings.listen, source })?;
    let public_url = settings.public_url(bound)?;
    config::prepare_data_dir(&settings.data_dir)?;

    let sandbox = if settings.sandbox { Some(start_sandbox().await?) } else { None };
    let upstream = match &sandbox {
        None => settings.upstream.clone(),
        Some(sandbox) => Url::parse(&sandbox.base_url())
            .map_err(|error| Failure::Other(format!("the sandbox's address is no URL: {error}")))?,
    };
    let app = Arc::new(App::build(&settings, &public_url, &upstream, phases.clone()).await?);

    let (reloaded, tls) = (Arc::clone(&app), settings.tls.clone());
    shutdown::on_hangup(stop.clone(), move || {
        if let Some(Err(error)) = tls.as_ref().map(|tls| tls.reload()) {
            tracing::error!(%error, "the server goes on with the certificate that it has");
        }
        reloaded.reload();
    })?;
    let operator = listen_to_operator(&settings, app.desk(), stop.clone()).await;

    if let Some(address) = settings.admin_listen {
        let listener =
            TcpListener::bind(address).await.map_err(|source| Failure::Listen { address, source })?;
        let bound = listener.local_addr().map_err(|source| Failure::Listen { address, source })?;
        tracing::info!(address = %bound, "listening for operators");
        // To the very end: whoever asks for readiness is to hear that there is none.
        tokio::spawn(admin::serve(listener, app.admin(), CancellationToken::new()));
    }

    tracing::info!(address = %bound, public_url = public_url.as_str(), "listening");
    settings.credentials.say();
    announce(&public_url, &settings);
    service_manager::ready();
    let ended = finish(listener, &app, &settings, stop);
    tokio::select! {
        () = ended => {}
        () = phases.at_once().cancelled() => {
            return Err(Failure::Other("ended at once by a second signal: open requests were cut off".to_owned()));
        }
    }
    if let Some(operator) = operator {
        // It ends with `stop`, and takes its file away.
        let _ = operator.await;
    }
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    app.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Serves until it is time to stop, then until what was begun is done.
async fn finish(listener: TcpListener, app: &Arc<App>, settings: &Settings, stop: CancellationToken) {
    let time = settings.ending.timeout;
    let stopping = async {
        stop.cancelled().await;
        Instant::now()
    };
    let ((), since) = tokio::join!(listener::serve(listener, Arc::clone(app), stop.clone(), time), stopping);
    // A text outlives the request that its caller gave up.
    let left = time.saturating_sub(since.elapsed()).max(LAST_WORK);
    if timeout(left, app.drain()).await.is_err() {
        tracing::warn!(
            "stopped with texts under way: their outcome is looked up at their sender's next call"
        );
    }
}

/// Opens the socket that commands use. A server that cannot do that serves all the same.
async fn listen_to_operator(
    settings: &Settings,
    desk: Desk,
    stop: CancellationToken,
) -> Option<JoinHandle<()>> {
    match ControlSocket::bind(&config::control_socket(&settings.data_dir)).await {
        Ok(Some(socket)) => Some(tokio::spawn(socket.serve(desk, stop))),
        Ok(None) => {
            tracing::info!("another instance answers the operator's commands in this data folder");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "the operator's commands cannot reach this server");
            None
        }
    }
}

/// Where the state is, and how to stop.
fn whereabouts(settings: &Settings) -> String {
    let folder = settings.data_dir.display();
    match settings.store {
        None => format!("  State is in {folder}. Ctrl-C stops the server."),
        Some(_) => format!("  Keys are in {folder}, state is in the shared store. Ctrl-C stops the server."),
    }
}

pub(super) async fn start_sandbox() -> Result<RunningSandbox, Failure> {
    Sandbox::start()
        .await
        .map_err(|error| Failure::Other(format!("cannot start the sandbox's own listener: {error}")))
}

/// Tells the person at the terminal what to do next.
fn announce(public_url: &PublicUrl, settings: &Settings) {
    let mcp = public_url.join(crate::routes::MCP);
    let mut lines = vec![
        String::new(),
        "  OpenPhone MCP server".to_owned(),
        String::new(),
        format!("  Open      {}/", public_url.as_str()),
        format!("  MCP       {mcp}"),
    ];
    if !settings.sandbox && settings.upstream.as_str().trim_end_matches('/') != DEFAULT_BASE_URL {
        lines.push(format!("  Upstream  {}", settings.upstream));
    }
    if settings.sandbox {
        lines.extend([
            "  API key   sandbox-key-workspace-alpha (a plumbing company)".to_owned(),
            "            sandbox-key-workspace-bravo (a dental practice)".to_owned(),
            String::new(),
            "  This is a sandbox: a simulated workspace, and no text leaves this machine.".to_owned(),
        ]);
    }
    lines.extend([
        String::new(),
        "  Add it to a client, for example:".to_owned(),
        String::new(),
        format!("      claude mcp add --transport http openphone {mcp}"),
        String::new(),
        whereabouts(settings),
        String::new(),
    ]);
    let mut out = std::io::stdout().lock();
    for line in lines {
        // A closed standard output is no reason to stop serving.
        if writeln!(out, "{line}").is_err() {
            return;
        }
    }
}
