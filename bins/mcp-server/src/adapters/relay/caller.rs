//! How a [`Caller`] travels: its credential sealed once more, the endpoint, and what the URL left of the catalogue.
//!
//! The instance that holds the stream works with the poster's own credential, and looks at it again: what has expired or was
//! revoked there is worth nothing there, and neither is a way in that is not open there. The operator's key does not travel
//! at all, because each instance has it. A narrowing that cannot be read is no narrowing, so the message is refused.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use mcp_protocol::transport::relay::Receipt;
use mcp_tools::{Toolset, Toolsets};
use oauth_server::{CheckTrouble, Refusal};
use openphone_client::PhoneNumberId;
use sealing::{Purpose, Sealer, SecretString};
use serde::{Deserialize, Serialize};

use super::PrincipalCodec;
use crate::adapters::callers::Callers;
use crate::adapters::callers::identity::{Identity, Way};
use crate::adapters::callers::operator::Operator;
use crate::adapters::mcp::Caller;
use crate::routes::Narrowing;
use crate::telemetry::line::Telemetry;

/// A key that was shown in a header, on its way to another instance. No endpoint takes it.
const RELAYED_KEY: Purpose = Purpose::new("opqrk", "relayed-key");

/// Takes callers from one instance to another.
#[derive(Clone, Debug)]
pub struct CallerCodec {
    callers: Arc<Callers>,
    sealer: Sealer,
    telemetry: Arc<Telemetry>,
}

impl CallerCodec {
    /// Credentials are sealed with `sealer`, and looked at where they arrive by `callers`.
    #[must_use]
    pub fn new(callers: Arc<Callers>, sealer: Sealer, telemetry: Arc<Telemetry>) -> Self {
        Self { callers, sealer, telemetry }
    }

    fn pack(&self, identity: &Identity) -> Option<Packed> {
        match identity {
            Identity::Grant(grant) => self.callers.oauth().seal_grant(grant).map(Packed::Grant),
            Identity::Key(holder) => Some(match holder.way {
                Way::Operator => Packed::Operator { fingerprint: *holder.fingerprint.as_bytes() },
                Way::Header => Packed::Key {
                    sealed: self.sealer.seal(RELAYED_KEY, holder.credential.expose().as_bytes()),
                    known_at_ms: holder.known_at_ms,
                    expires_at: holder.expires_at?,
                },
            }),
        }
    }

    async fn unpack(&self, packed: Packed, endpoint: &str) -> Result<Identity, Receipt> {
        // The client opens another stream, and hears there what is wrong with its credential.
        let worthless = Receipt::UnknownStream;
        match packed {
            Packed::Grant(sealed) => match self.callers.oauth().open_grant(&sealed, endpoint).await {
                Ok(grant) => Ok(Identity::Grant(Arc::new(grant))),
                Err(Refusal::Unavailable) => Err(Receipt::Unreachable),
                Err(_) => Err(worthless),
            },
            Packed::Key { sealed, known_at_ms, expires_at } => {
                let Some(keys) = self.callers.header_keys() else { return Err(worthless) };
                let key = self.sealer.open(RELAYED_KEY, &sealed).map_err(|_| unreadable())?;
                let key = std::str::from_utf8(&key).map_err(|_| unreadable())?.to_owned();
                match keys.readmit(SecretString::new(key), known_at_ms, expires_at).await {
                    Ok(holder) => Ok(Identity::Key(Arc::new(holder))),
                    Err(CheckTrouble::StoreDown) => Err(Receipt::Unreachable),
                    Err(_) => Err(worthless),
                }
            }
            Packed::Operator { fingerprint } => {
                let holder = self.callers.operator().map(Operator::holder).ok_or(worthless)?;
                if *holder.fingerprint.as_bytes() == fingerprint {
                    Ok(Identity::Key(holder))
                } else {
                    Err(worthless)
                }
            }
        }
    }
}

/// [`Identity`] as it travels.
#[derive(Serialize, Deserialize)]
enum Packed {
    /// Sealed by the authorization server.
    Grant(String),
    /// A key from a header, sealed.
    Key { sealed: String, known_at_ms: u64, expires_at: u64 },
    /// The operator's key, if the other instance has the same one.
    Operator { fingerprint: [u8; 16] },
}

#[derive(Serialize, Deserialize)]
struct Travelling {
    identity: Packed,
    endpoint: String,
    narrowing: Narrowed,
    request_id: String,
}

/// [`Narrowing`] as it travels.
#[derive(Serialize, Deserialize)]
struct Narrowed {
    read_only: bool,
    /// Names, separated by commas.
    toolsets: String,
    inboxes: Option<Vec<String>>,
}

#[async_trait]
impl PrincipalCodec for CallerCodec {
    type Principal = Caller;

    fn encode(&self, caller: &Caller) -> Option<Vec<u8>> {
        let travelling = Travelling {
            identity: self.pack(&caller.identity)?,
            endpoint: caller.endpoint.to_string(),
            narrowing: Narrowed::new(&caller.narrowing),
            request_id: caller.request_id.to_string(),
        };
        postcard::to_stdvec(&travelling).ok()
    }

    async fn decode(&self, bytes: &[u8]) -> Result<Caller, Receipt> {
        let Travelling { identity, endpoint, narrowing, request_id } =
            postcard::from_bytes(bytes).map_err(|_| unreadable())?;
        let narrowing = narrowing.read().ok_or_else(unreadable)?;
        let identity = self.unpack(identity, &endpoint).await?;
        let record = self.telemetry.relayed(request_id.into());
        let request_id = Arc::clone(&record.id);
        Ok(Caller { identity, endpoint: endpoint.into(), narrowing, request_id, record })
    }
}

impl Narrowed {
    fn new(narrowing: &Narrowing) -> Self {
        let toolsets = Toolset::ALL.into_iter().filter(|toolset| narrowing.toolsets.contains(*toolset));
        let inboxes = narrowing.inboxes.as_ref();
        Self {
            read_only: narrowing.read_only,
            toolsets: toolsets.map(Toolset::name).collect::<Vec<_>>().join(","),
            inboxes: inboxes.map(|inboxes| inboxes.iter().map(ToString::to_string).collect()),
        }
    }

    /// `None` when it names something that is not known here.
    fn read(&self) -> Option<Narrowing> {
        let parse = |inboxes: &Vec<String>| -> Option<BTreeSet<_>> {
            inboxes.iter().map(|inbox| PhoneNumberId::parse(inbox).ok()).collect()
        };
        Some(Narrowing {
            read_only: self.read_only,
            toolsets: Toolsets::parse(&self.toolsets).ok()?,
            inboxes: match &self.inboxes {
                Some(inboxes) => Some(parse(inboxes)?),
                None => None,
            },
        })
    }
}

/// Sealed by one of us, but not by one like us: another version is being rolled out.
fn unreadable() -> Receipt {
    tracing::warn!("a caller from another instance cannot be read: does it run another version?");
    Receipt::Unreachable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrowing_survives_the_journey() {
        for (path, query) in [
            ("messaging,calls", "readonly=true&inbox=PNone"),
            ("messaging", ""),
            ("calls", "toolsets=messaging"),
            ("calls", "inbox=PNone&inbox=PNtwo"),
        ] {
            let narrowing = Narrowing::of_path(path).unwrap().and_query(query).unwrap();
            let bytes = postcard::to_stdvec(&Narrowed::new(&narrowing)).unwrap();
            let arrived: Narrowed = postcard::from_bytes(&bytes).unwrap();
            assert_eq!(arrived.read(), Some(narrowing), "{path} {query}");
        }
        assert_eq!(Narrowed::new(&Narrowing::default()).read(), Some(Narrowing::default()));
    }

    #[test]
    fn what_is_not_understood_is_no_narrowing() {
        let narrowed = |toolsets: &str, inboxes: Option<&str>| {
            let inboxes = inboxes.map(|inbox| vec![inbox.to_owned()]);
            Narrowed { read_only: false, toolsets: toolsets.to_owned(), inboxes }.read()
        };
        assert!(narrowed("messaging", Some("PNone")).is_some());
        assert_eq!(narrowed("messaging,later", None), None);
        assert_eq!(narrowed("messaging", Some("+14155550101")), None);
    }
}
