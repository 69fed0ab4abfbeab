//! How a conversation opens: `initialize` of the legacy era, `server/discover` of the modern one; and what a subscription
//! admits.

use std::borrow::Cow;
use std::time::Duration;

use serde::ser::SerializeMap;

use super::{Core, Initialize};
use crate::capabilities::Capabilities;
use crate::context::RequestContext;
use crate::info::ServerInfo;
use crate::server::Server;
use crate::subscription::{Filter, Interests};
use crate::version::{Era, ProtocolVersion};
use crate::wire::{At, CacheHint, ResultBody, entry};

/// `{}`.
pub(super) struct Empty;

impl ResultBody for Empty {
    fn write_members<M: SerializeMap>(
        &self,
        _version: ProtocolVersion,
        _map: &mut M,
    ) -> Result<(), M::Error> {
        Ok(())
    }
}

/// The answer of `initialize`.
pub(super) struct Initialized<'a> {
    negotiated: ProtocolVersion,
    capabilities: &'a Capabilities,
    info: &'a ServerInfo,
}

/// The answer of `server/discover`.
pub(super) struct Discovered<'a> {
    capabilities: &'a Capabilities,
    instructions: Option<&'a Cow<'static, str>>,
}

impl Initialize {
    /// The revision that the conversation goes on in: the one asked for, else our latest that has `initialize`
    /// (`init.same`, `init.other`, `dual.initialize`).
    pub(crate) fn negotiate(&self) -> ProtocolVersion {
        ProtocolVersion::from_name(&self.protocol_version)
            .filter(|version| version.era() == Era::Legacy)
            .unwrap_or(ProtocolVersion::LATEST_LEGACY)
    }
}

impl<S: Server> Core<S> {
    pub(super) fn initialize(&self, request: &Initialize) -> Initialized<'_> {
        let (capabilities, info) = (&self.capabilities, self.server.info());
        Initialized { negotiated: request.negotiate(), capabilities, info }
    }

    pub(super) fn discover(&self) -> Discovered<'_> {
        Discovered {
            capabilities: &self.capabilities,
            instructions: self.server.info().instructions.as_ref(),
        }
    }
}

impl<S: Server> Core<S> {
    /// What of a subscription's filter this caller may hear of. What it may not is left out, as what does not exist is.
    pub(crate) async fn admitted(&self, cx: &RequestContext<S::Principal>, mut filter: Filter) -> Interests {
        let mut interests = Interests::honoured(&mut filter, &self.capabilities);
        if self.capabilities.resource_subscriptions {
            for uri in &filter.resource_subscriptions {
                if self.server.subscribe_resource(cx, uri).await.is_ok() {
                    // Without room it is left out as well: the acknowledgement says what is followed.
                    let _ = interests.resources.insert(uri);
                }
            }
        }
        for task in std::mem::take(&mut interests.tasks) {
            // task.sec
            if self.server.get_task(cx, &task).await.is_ok() {
                interests.tasks.insert(task);
            }
        }
        interests
    }
}

impl ResultBody for Initialized<'_> {
    /// Written for the revision that was negotiated, whatever the request's header said.
    fn write_members<M: SerializeMap>(&self, _version: ProtocolVersion, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("protocolVersion", &self.negotiated)?;
        map.serialize_entry("capabilities", &At(self.capabilities, self.negotiated))?;
        map.serialize_entry("serverInfo", &At(self.info, self.negotiated))?;
        entry(map, "instructions", self.info.instructions.as_ref())
    }
}

impl ResultBody for Discovered<'_> {
    fn write_members<M: SerializeMap>(&self, version: ProtocolVersion, map: &mut M) -> Result<(), M::Error> {
        // Only revisions that the modern path serves: the legacy ones are what `initialize` is for.
        map.serialize_entry("supportedVersions", &ProtocolVersion::MODERN)?;
        map.serialize_entry("capabilities", &At(self.capabilities, version))?;
        entry(map, "instructions", self.instructions)
    }

    /// The same for every caller, and constant while the server lives.
    fn cache(&self) -> Option<CacheHint> {
        Some(CacheHint::public(Duration::from_secs(300)))
    }
}
