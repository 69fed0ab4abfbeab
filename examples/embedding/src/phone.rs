//! The MCP server inside the application: what it is made of.

mod login;
mod routes;

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use landing::{Landing, LandingContent, Risk, ToolCard};
use mcp_protocol::{
    HttpOptions, HttpSse, HttpSseOptions, ProtocolVersion, Runtime, Seal, ServerInfo, StreamableHttp,
};
use mcp_tools::server::INSTRUCTIONS;
use mcp_tools::{Catalog, Limits, Services, ToolServer, ToolSpec, Toolset};
use oauth_server::AuthorizationServer;
use openphone_client::OpenPhone;
use sealing::{Keys, OsEntropy, Sealer};
use state_store::{Clock, Store};
use tokio_util::sync::CancellationToken;

use self::login::{Grants, PlumbersKeys};
pub use self::routes::routes;
use crate::board::Board;
use crate::book_visit::BookVisit;
use crate::journal::Journal;

/// Everything of ours is below this path, but for the metadata documents of the login (`phone/routes.rs`).
pub const PREFIX: &str = "/phone";
/// The version that clients and pages are told.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the application brings.
pub(crate) struct Parts<'a> {
    pub(crate) origin: &'a str,
    pub(crate) openphone: OpenPhone,
    pub(crate) keys: Keys,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) board: Arc<Board>,
    pub(crate) stop: CancellationToken,
}

/// Everything that answers below the prefix.
pub struct Phone {
    oauth: Arc<AuthorizationServer>,
    server: Arc<ToolServer<Grants>>,
    http: StreamableHttp<ToolServer<Grants>>,
    sse: HttpSse<ToolServer<Grants>>,
    landing: Landing,
    clock: Arc<dyn Clock>,
}

impl Phone {
    pub(crate) fn new(parts: Parts<'_>) -> Result<Self, Box<dyn Error>> {
        let Parts { origin, openphone, keys, store, clock, journal, board, stop } = parts;
        let entropy = Arc::new(OsEntropy);
        let issuer = format!("{origin}{PREFIX}");
        let sealer = Sealer::new(keys.ring, &issuer, entropy.clone());

        let mut settings = login::settings(&issuer);
        settings.events = journal.clone();
        let oauth = Arc::new(AuthorizationServer::new(
            settings,
            Arc::new(PlumbersKeys::new(openphone.clone())),
            Arc::clone(&store),
            Arc::clone(&clock),
            entropy.clone(),
            sealer.clone(),
            keys.fingerprint.clone(),
        )?);

        let catalog = Catalog::new()?.with(BookVisit(board))?.with_icons_at(issuer.as_str());
        let mut content = LandingContent::new(&issuer, format!("{issuer}/mcp"), VERSION);
        content.sse_url = Some(format!("{issuer}/sse"));
        content.tools = catalog.specs().map(card).collect();
        content.toolsets =
            Toolset::ALL.map(|group| landing::Toolset::new(group.name(), group.title())).into();
        content.protocol_versions =
            ProtocolVersion::ALL.iter().rev().map(|version| version.as_str().to_owned()).collect();
        let landing = Landing::new(content)?;

        let services = Services::new(
            store,
            Arc::clone(&clock),
            entropy.clone(),
            keys.fingerprint,
            sealer.clone(),
            limits()?,
        )
        .with_audit(journal);
        let info = ServerInfo::new("board", VERSION).with_title("The board").with_instructions(INSTRUCTIONS);
        let access = Grants::new(openphone, Arc::clone(&oauth));
        let server = Arc::new(ToolServer::new(info, catalog, services, access));

        let now = Arc::clone(&clock);
        let runtime = Runtime::builder(Arc::clone(&server))
            .seal(Seal::new(sealer, move || now.unix_seconds()))
            .shutdown(stop)
            .build();
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let options = HttpOptions::new().allow_host(host).allow_origin(origin);
        let http = StreamableHttp::with_runtime(&runtime, options.clone());
        let sse = HttpSseOptions::new(format!("{PREFIX}/sse/message"), options);
        let sse = HttpSse::with_runtime(&runtime, sse, entropy);
        Ok(Self { oauth, server, http, sse, landing, clock })
    }

    /// Waits until every text that was begun has a recorded outcome. Call it last, when no request comes any more.
    pub async fn drain(&self) {
        self.server.drain().await;
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Phone").field("server", &self.server).finish_non_exhaustive()
    }
}

/// What no connection may do, whatever its user chose: a plumber texts the neighbourhood, and not all day.
fn limits() -> Result<Limits, Box<dyn Error>> {
    let mut limits = Limits::standard();
    limits.sends_per_day = Some(3);
    limits.allow_recipients = BTreeSet::from([BTreeSet::from(["US".parse()?, "CA".parse()?])]).into();
    Ok(limits)
}

/// A tool as the pages show it.
fn card(tool: &ToolSpec) -> ToolCard {
    let risk = match (tool.texts_people, tool.annotations.read_only) {
        (true, _) => Risk::SendsTexts,
        (false, true) => Risk::Reads,
        (false, false) => Risk::Writes,
    };
    ToolCard::new(tool.name, tool.title, tool.description, tool.scope.name(), risk)
        .toolset(tool.toolset.name())
        .input_schema(Arc::clone(&tool.input_schema))
}
