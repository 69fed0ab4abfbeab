//! How a [`Caller`] travels: its grant sealed once more, the endpoint, and what the URL left of the catalogue.
//!
//! The instance that holds the stream works with the poster's own grant, and looks at it again: what has expired or was
//! revoked there is worth nothing there. A narrowing that cannot be read is no narrowing, so the message is refused.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use mcp_protocol::transport::relay::Receipt;
use mcp_tools::{Toolset, Toolsets};
use oauth_server::{AuthorizationServer, Refusal};
use openphone_client::PhoneNumberId;
use serde::{Deserialize, Serialize};

use super::PrincipalCodec;
use crate::adapters::mcp::Caller;
use crate::routes::Narrowing;

/// Takes callers from one instance to another.
#[derive(Clone, Debug)]
pub struct CallerCodec {
    oauth: Arc<AuthorizationServer>,
}

impl CallerCodec {
    /// Grants are sealed and opened by this server.
    #[must_use]
    pub fn new(oauth: Arc<AuthorizationServer>) -> Self {
        Self { oauth }
    }
}

#[derive(Serialize, Deserialize)]
struct Travelling {
    grant: String,
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
            grant: self.oauth.seal_grant(&caller.grant)?,
            endpoint: caller.endpoint.to_string(),
            narrowing: Narrowed::new(&caller.narrowing),
            request_id: caller.request_id.to_string(),
        };
        postcard::to_stdvec(&travelling).ok()
    }

    async fn decode(&self, bytes: &[u8]) -> Result<Caller, Receipt> {
        let Travelling { grant, endpoint, narrowing, request_id } =
            postcard::from_bytes(bytes).map_err(|_| unreadable())?;
        let narrowing = narrowing.read().ok_or_else(unreadable)?;
        match self.oauth.open_grant(&grant, &endpoint).await {
            Ok(grant) => Ok(Caller {
                grant: Arc::new(grant),
                endpoint: endpoint.into(),
                narrowing,
                request_id: request_id.into(),
            }),
            Err(Refusal::Unavailable) => Err(Receipt::Unreachable),
            // The client opens another stream, and hears there what is wrong with its token.
            Err(_) => Err(Receipt::UnknownStream),
        }
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
