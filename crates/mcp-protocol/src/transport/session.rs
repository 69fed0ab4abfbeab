//! Sessions of the legacy revisions over Streamable HTTP: what their id holds, and what a process remembers of them.
//!
//! The id is sealed data, so any instance can read it and none has to store it: the negotiated revision and what the
//! client can do, bound to the party that opened it. A session gives no authority: every request is authenticated
//! anew. What a process remembers besides is a convenience and bounded: a log level, subscriptions, that it ended.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::relay::StreamId;
use crate::capabilities::ClientCapabilities;
use crate::context::LogLevel;
use crate::error::RpcError;
use crate::info::Implementation;
use crate::jsonrpc::RequestId;
use crate::subscription::Followed;
use crate::version::ProtocolVersion;

/// Sessions that a process remembers something of. The oldest are forgotten first.
const MOST_SESSIONS: usize = 20_000;
/// What all their subscriptions may take, in bytes: as many sessions with all that one may follow would be gigabytes.
const MOST_FOLLOWED: usize = 32 * 1024 * 1024;
/// Calls of one session that run at a time: those of a legacy client run on when it has gone.
const MOST_CALLS: usize = 64;
/// The longest client capabilities that are sealed: an id must fit into a header. What is beyond is cut to what asks.
const LONGEST_CAPABILITIES: usize = 1_024;
/// The longest client name or version that is sealed.
const LONGEST_NAME: usize = 64;

/// What a session id holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    #[serde(rename = "v")]
    version: String,
    #[serde(rename = "c")]
    pub(crate) capabilities: ClientCapabilities,
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_info: Option<Implementation>,
}

impl Session {
    pub(crate) fn new(
        version: ProtocolVersion,
        capabilities: &ClientCapabilities,
        client_info: Option<&Implementation>,
    ) -> Self {
        let fits = |text: &str| text.len() <= LONGEST_NAME;
        let client_info = client_info.filter(|info| fits(&info.name) && fits(&info.version));
        let client_info = client_info.map(|info| Implementation::new(&*info.name, &*info.version));
        let short = serde_json::to_vec(capabilities).is_ok_and(|text| text.len() <= LONGEST_CAPABILITIES);
        let capabilities = if short { capabilities.clone() } else { capabilities.essential() };
        Self { version: version.as_str().to_owned(), capabilities, client_info }
    }

    /// The negotiated revision.
    pub(crate) fn version(&self) -> ProtocolVersion {
        ProtocolVersion::from_name(&self.version).unwrap_or(ProtocolVersion::LATEST_LEGACY)
    }
}

/// Names a session within the process and on the relay: a digest of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey([u8; 16]);

impl SessionKey {
    pub(crate) fn of(id: &str) -> Self {
        let mut key = [0; 16];
        key.copy_from_slice(&Sha256::digest(id)[..16]);
        Self(key)
    }

    /// The relay's name of the session's own stream, the one that GET opens.
    pub(crate) fn stream(self) -> StreamId {
        StreamId::new(self.hex())
    }

    /// The relay's name of the stream of one of its calls.
    pub(crate) fn call(self, call: &str) -> StreamId {
        StreamId::new(format!("{}.{call}", self.hex()))
    }

    fn hex(self) -> String {
        use std::fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// What a process remembers of the sessions that it met.
#[derive(Default)]
pub(crate) struct SessionMemory(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    sessions: HashMap<SessionKey, Remembered>,
    order: VecDeque<SessionKey>,
    /// The weight of all that they follow.
    followed: usize,
}

#[derive(Default)]
struct Remembered {
    ended: bool,
    log_level: Option<LogLevel>,
    resources: Followed,
    /// Calls under way, for `notifications/cancelled`.
    calls: HashMap<RequestId, CancellationToken>,
}

impl SessionMemory {
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is remembered of a session.
    fn change<T>(&self, key: SessionKey, change: impl FnOnce(&mut Remembered) -> T) -> T {
        let mut memory = self.lock();
        let memory = &mut *memory;
        let remembered = memory.sessions.entry(key).or_insert_with(|| {
            memory.order.push_back(key);
            Remembered::default()
        });
        let before = remembered.resources.weight();
        let changed = change(remembered);
        memory.followed = memory.followed - before + remembered.resources.weight();
        while memory.order.len() > MOST_SESSIONS || memory.followed > MOST_FOLLOWED {
            let Some(oldest) = memory.order.pop_front() else { break };
            if oldest == key {
                // What it was just told it must not forget at once; alone it is within both bounds.
                memory.order.push_back(oldest);
            } else if let Some(forgotten) = memory.sessions.remove(&oldest) {
                memory.followed -= forgotten.resources.weight();
            }
        }
        changed
    }

    fn look<T>(&self, key: SessionKey, look: impl FnOnce(&Remembered) -> T) -> Option<T> {
        self.lock().sessions.get(&key).map(look)
    }

    pub(crate) fn end(&self, key: SessionKey) {
        let calls = self.change(key, |session| {
            session.ended = true;
            session.resources = Followed::default();
            std::mem::take(&mut session.calls)
        });
        calls.into_values().for_each(|call| call.cancel());
    }

    pub(crate) fn has_ended(&self, key: SessionKey) -> bool {
        self.look(key, |session| session.ended).unwrap_or(false)
    }

    pub(crate) fn set_log_level(&self, key: SessionKey, level: LogLevel) {
        self.change(key, |session| session.log_level = Some(level));
    }

    /// The level that the session asked for here; before it did, everything from `info` on.
    pub(crate) fn log_level(&self, key: SessionKey) -> LogLevel {
        self.look(key, |session| session.log_level).flatten().unwrap_or(LogLevel::Info)
    }

    /// Adds a resource.
    ///
    /// # Errors
    /// When the session follows as many as it may.
    pub(crate) fn subscribe(&self, key: SessionKey, uri: &str) -> Result<(), RpcError> {
        self.change(key, |session| session.resources.insert(uri))
    }

    pub(crate) fn unsubscribe(&self, key: SessionKey, uri: &str) {
        self.change(key, |session| session.resources.remove(uri));
    }

    /// Whether the session follows this resource.
    pub(crate) fn follows(&self, key: SessionKey, uri: &str) -> bool {
        self.look(key, |session| session.resources.contains(uri)).unwrap_or(false)
    }

    pub(crate) fn resources(&self, key: SessionKey) -> Followed {
        self.look(key, |session| session.resources.clone()).unwrap_or_default()
    }

    /// Puts a call among those under way.
    ///
    /// # Errors
    /// When the id is taken, or too many calls are under way.
    pub(crate) fn begin(
        self: &Arc<Self>,
        key: SessionKey,
        id: &RequestId,
        token: &CancellationToken,
    ) -> Result<UnderWay, RpcError> {
        self.change(key, |session| {
            if session.calls.contains_key(id) {
                return Err(RpcError::invalid_request("A request with this id is under way in this session"));
            }
            if session.calls.len() >= MOST_CALLS {
                return Err(RpcError::internal(
                    "Too many requests of this session are under way; retry later",
                ));
            }
            session.calls.insert(id.clone(), token.clone());
            Ok(())
        })?;
        Ok(UnderWay { memory: Arc::clone(self), key, id: id.clone() })
    }

    /// Cancels a call that is under way here; false when there is none.
    pub(crate) fn cancel(&self, key: SessionKey, id: &RequestId) -> bool {
        let token = self.lock().sessions.get_mut(&key).and_then(|session| session.calls.remove(id));
        token.is_some_and(|token| {
            token.cancel();
            true
        })
    }
}

/// A call under way. Dropped, it no longer is.
pub(crate) struct UnderWay {
    memory: Arc<SessionMemory>,
    key: SessionKey,
    id: RequestId,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(session) = self.memory.lock().sessions.get_mut(&self.key) {
            session.calls.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests;
