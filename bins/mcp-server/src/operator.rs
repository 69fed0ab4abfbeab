//! What an operator asks of a deployment from the command line: which keys are needed, which apps are connected, and to
//! end connections.
//!
//! The embedded store is one process's alone, so a command cannot read it beside a running server: it asks the server,
//! over a Unix socket in the data folder. Where no server runs, or several share a store, the command opens the store
//! itself ([`reach`]). Either way the same [`Desk`] carries it out.
//!
//! **The protocol** is between this binary and itself, and may change with every release. The socket is `control.sock`,
//! mode 0600, in a folder that is its owner's alone; the server also asks the system whose process the other end is. One
//! connection is one exchange: a line of JSON each way, a [`Request`] of at most 16 KiB and a [`Reply`], within 10 s.
//! Neither ever holds a key, a credential or a token.
//!
//! ```text
//! → {"op":"key_needs","kids":["k2","k1"]}
//! ← {"reply":"key_needs","needs":[{"kid":"k2","need":"until","at":1797728400},{"kid":"k1","need":"nobody"}]}
//! → {"op":"revoke","credential":"<32 hex digits>","family":"<32 hex digits>"}
//! ← {"reply":"revoked","was_there":true}
//! ```

mod desk;
pub mod live_keys;
pub mod reach;
pub mod socket;

use std::path::PathBuf;

use oauth_server::{Connection, KeyNeed};
use serde::{Deserialize, Serialize};

pub use self::desk::Desk;

/// Connections that one reply holds at most.
pub const MOST: usize = 10_000;

/// What is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// What the server is.
    About,
    /// For how long keys of the ring are needed.
    KeyNeeds {
        /// Their ids.
        kids: Vec<String>,
    },
    /// Read the key file again.
    ReloadKeys,
    /// Copy the state into a new file. The answer may take as long as an exchange.
    BackUp {
        /// The file, from the root.
        path: PathBuf,
    },
    /// The connections, the newest first.
    Connections {
        /// Of this credential alone, by its fingerprint: all of them. Otherwise the newest of all.
        credential: Option<String>,
    },
    /// End one connection.
    Revoke {
        /// Fingerprint of the credential that it was made with.
        credential: String,
        /// Its id.
        family: String,
    },
    /// End every connection of a credential.
    RevokeCredential {
        /// The credential's fingerprint.
        credential: String,
    },
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// To [`Request::About`].
    About {
        /// Whether other instances may share its store.
        shared: bool,
    },
    /// To [`Request::KeyNeeds`], in the order asked.
    KeyNeeds {
        /// One for each key.
        needs: Vec<Need>,
    },
    /// To [`Request::ReloadKeys`].
    Reloaded {
        /// The ring as it is now, the active key first.
        kids: Vec<String>,
    },
    /// To [`Request::BackUp`].
    BackedUp,
    /// To [`Request::Connections`].
    Connections {
        /// At most [`MOST`].
        connections: Vec<Record>,
    },
    /// To [`Request::Revoke`] and [`Request::RevokeCredential`].
    Revoked {
        /// Whether a connection was listed that this ends.
        was_there: bool,
    },
    /// It was not done.
    Failed {
        /// Why, in a sentence.
        reason: String,
    },
}

/// A key of the ring and for how long it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The key.
    pub kid: String,
    /// How long.
    #[serde(flatten)]
    pub need: NeedUntil,
}

/// [`KeyNeed`] on its way. Times are seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "need", rename_all = "snake_case")]
pub enum NeedUntil {
    /// No live connection needs it.
    Nobody,
    /// A live connection may need it.
    Until {
        /// Until then.
        at: u64,
    },
    /// Records do not reach back far enough.
    Unknown {
        /// From then on they will; `None`: there are none.
        known_from: Option<u64>,
    },
}

impl From<KeyNeed> for NeedUntil {
    fn from(need: KeyNeed) -> Self {
        match need {
            KeyNeed::Nobody => Self::Nobody,
            KeyNeed::Until(at) => Self::Until { at },
            KeyNeed::Unknown { known_from } => Self::Unknown { known_from },
            // A kind of answer that is not known here is no leave to do anything.
            _ => Self::Unknown { known_from: None },
        }
    }
}

/// A connected app, as operators see it: nothing of what its user may read or write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Id of the connection.
    pub family: String,
    /// Fingerprint of the credential.
    pub credential: String,
    /// What the client calls itself.
    pub client: String,
    /// Where its codes were sent.
    pub host: String,
    /// The host that vouches for it, when its id is the URL of its metadata.
    pub document_host: Option<String>,
    /// The endpoint that it is for.
    pub resource: String,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// Milliseconds since the Unix epoch.
    pub approved_at_ms: u64,
    /// Milliseconds since the Unix epoch.
    pub last_used_at_ms: u64,
    /// Seconds since the Unix epoch.
    pub ends_at: u64,
}

impl Record {
    /// Whether the client is at this host: its codes were sent there, or its metadata is there.
    #[must_use]
    pub fn is_at(&self, host: &str) -> bool {
        let vouches = self.document_host.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(host));
        vouches || self.host.eq_ignore_ascii_case(host)
    }
}

impl From<Connection> for Record {
    fn from(connection: Connection) -> Self {
        Self {
            family: connection.family.to_string(),
            credential: connection.credential.to_string(),
            client: connection.client.name,
            host: connection.client.redirect_host,
            document_host: connection.client.document_host,
            resource: connection.resource,
            scopes: connection.scopes,
            approved_at_ms: connection.approved_at_ms,
            last_used_at_ms: connection.last_used_at_ms,
            ends_at: connection.ends_at,
        }
    }
}
