//! What a connection remembers, because it is the session: the client, what it hears of, and what is under way.

use std::collections::HashMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::capabilities::{Capabilities, ClientCapabilities};
use crate::context::LogLevel;
use crate::dispatch::Command;
use crate::error::RpcError;
use crate::info::Implementation;
use crate::jsonrpc::RequestId;
use crate::subscription::Interests;
use crate::version::ProtocolVersion;

/// Modern subscriptions of one connection that are open at a time.
const MOST_LISTENS: usize = 64;

pub(super) struct Session {
    pub(super) version: ProtocolVersion,
    pub(super) client_info: Option<Arc<Implementation>>,
    pub(super) client_capabilities: Arc<ClientCapabilities>,
    pub(super) log_level: LogLevel,
    pub(super) in_flight: HashMap<RequestId, CancellationToken>,
    /// What a legacy client hears of, from `notifications/initialized` on.
    pub(super) interests: Option<Interests>,
    /// What modern subscriptions hear of.
    pub(super) listens: HashMap<RequestId, Interests>,
}

impl Session {
    /// A session in which nothing was said yet; `assumed` holds until `initialize`.
    pub(super) fn new(assumed: ProtocolVersion) -> Self {
        Self {
            version: assumed,
            client_info: None,
            client_capabilities: Arc::default(),
            log_level: LogLevel::Info,
            in_flight: HashMap::new(),
            interests: None,
            listens: HashMap::new(),
        }
    }

    /// Remembers what a request says about the connection.
    pub(super) fn learn(&mut self, command: &Command) {
        match command {
            Command::Initialize(request) => {
                self.version = request.negotiate();
                self.client_info = request.client_info.clone().map(Arc::new);
                self.client_capabilities = Arc::new(request.capabilities.clone());
            }
            Command::SetLevel(level) => self.log_level = *level,
            _ => {}
        }
    }

    /// From here on the client hears of lists that change. It may have subscribed to resources before.
    pub(super) fn initialized(&mut self, declared: &Capabilities) {
        let resources = self.interests.take().unwrap_or_default().resources;
        self.interests = Some(Interests { resources, ..Interests::legacy(declared, self.version) });
    }

    /// Follows a resource, or no longer.
    ///
    /// # Errors
    /// When there is no room.
    pub(super) fn follow(&mut self, uri: &str, subscribes: bool) -> Result<(), RpcError> {
        let resources = &mut self.interests.get_or_insert_default().resources;
        if subscribes {
            return resources.insert(uri);
        }
        resources.remove(uri);
        Ok(())
    }

    /// Opens a modern subscription.
    ///
    /// # Errors
    /// When as many are open as may be.
    pub(super) fn listen(&mut self, id: RequestId, interests: Interests) -> Result<(), RpcError> {
        if self.listens.len() >= MOST_LISTENS {
            return Err(RpcError::invalid_request(format!(
                "At most {MOST_LISTENS} subscriptions can be open on a connection at a time: cancel one first"
            )));
        }
        self.listens.insert(id, interests);
        Ok(())
    }
}
