//! The envelope of a modern request: what `params._meta` must say (2026-07-28, `v26.meta.required`).
//!
//! [`crate::era`] only sees that there is a claim; here it is held to it. Nothing is remembered from earlier
//! requests (`v26.stateless`).

use std::sync::Arc;

use crate::capabilities::ClientCapabilities;
use crate::era::Claim;
use crate::error::RpcError;
use crate::info::Implementation;
use crate::jsonrpc::text;
use crate::object::Object;
use crate::params::RequestMeta;
use crate::version::ProtocolVersion;

/// A request's envelope, complete and of a revision that we serve.
#[derive(Debug)]
pub(crate) struct ModernEnvelope {
    pub(crate) version: ProtocolVersion,
    pub(crate) client_info: Option<Arc<Implementation>>,
    pub(crate) client_capabilities: Arc<ClientCapabilities>,
}

/// What the envelope claims, without judging the version.
pub(crate) fn claim(meta: &RequestMeta<'_>) -> Claim {
    match meta.protocol_version {
        None => Claim::None,
        Some(version) => match (text(version), meta.client_capabilities) {
            (Some(_), Some(capabilities)) if capabilities.get().starts_with('{') => Claim::Envelope,
            _ => Claim::Malformed,
        },
    }
}

/// Reads the envelope. `agrees` compares the version with what the transport's head says, before it is known whether
/// we serve it (`v26.hdr.pv.match`).
///
/// # Errors
/// -32602 for a member that is missing or malformed, what `agrees` says, -32022 for a version that is not served.
pub(crate) fn read(
    meta: &RequestMeta<'_>,
    agrees: impl FnOnce(&str) -> Result<(), RpcError>,
) -> Result<ModernEnvelope, RpcError> {
    let claimed = meta.protocol_version.ok_or_else(|| lacks("protocolVersion"))?;
    let claimed = text(claimed).ok_or_else(|| {
        RpcError::invalid_params("_meta io.modelcontextprotocol/protocolVersion must be a string")
    })?;
    agrees(&claimed)?;
    let version = ProtocolVersion::from_name(&claimed)
        .filter(|version| version.is_modern())
        .ok_or_else(|| RpcError::unsupported_version(&claimed))?;
    let capabilities = meta.client_capabilities.ok_or_else(|| lacks("clientCapabilities"))?;
    let capabilities: ClientCapabilities = serde_json::from_str(capabilities.get()).map_err(|_| {
        RpcError::invalid_params("_meta io.modelcontextprotocol/clientCapabilities must be an object")
    })?;
    // Optional, and only ever shown: what cannot be read is left out.
    let client_info = meta.client_info.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let client_info = client_info.map(|Object(info)| Arc::new(info));
    Ok(ModernEnvelope { version, client_info, client_capabilities: Arc::new(capabilities) })
}

fn lacks(member: &str) -> RpcError {
    RpcError::invalid_params(format!("_meta lacks io.modelcontextprotocol/{member}"))
}
