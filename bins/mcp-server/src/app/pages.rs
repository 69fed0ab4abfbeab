//! What the landing page is told of this deployment.

use std::error::Error;
use std::sync::Arc;

use landing::{Landing, LandingContent, Sandbox, SandboxKey, SignIn};
use mcp_protocol::ProtocolVersion;
use mcp_tools::Catalog;

use crate::adapters::callers::API_KEY;
use crate::adapters::status::Upstream;
use crate::adapters::tool_cards;
use crate::config::PublicUrl;
use crate::config::credentials::{Credentials, WhoMayCall};
use crate::exit::Failure;
use crate::routes;

/// The landing page, its twins and the address builder.
pub(super) fn landing(
    public_url: &PublicUrl,
    catalog: &Catalog,
    credentials: &Credentials,
    behind: Upstream,
) -> Result<Landing, Failure> {
    let other = |error: &dyn Error| Failure::Other(format!("cannot make the landing page: {error}"));
    let mut content =
        LandingContent::new(public_url.as_str(), public_url.join(routes::MCP), env!("CARGO_PKG_VERSION"));
    content.sse_url = Some(public_url.join(routes::SSE));
    content.tools = tool_cards::tool_cards(catalog).map_err(|error| other(&error))?;
    content.toolsets = tool_cards::toolsets();
    content.protocol_versions =
        ProtocolVersion::ALL.iter().rev().map(|version| version.as_str().to_owned()).collect();
    content.narrowing = true;
    content.picture = tool_cards::picture();
    content.sign_in = match credentials.single_tenant.as_ref().map(|single| &single.who) {
        None => SignIn::Needed,
        Some(WhoMayCall::Bearer(_)) => SignIn::OrToken,
        Some(WhoMayCall::Everybody) => SignIn::NotNeeded,
    };
    content.key_header = credentials.header_keys.then(|| API_KEY.as_str().to_owned());
    if matches!(behind, Upstream::Simulated) {
        content.sandbox = Some(Sandbox::new(vec![
            SandboxKey::new("sandbox-key-workspace-alpha", "A plumbing company"),
            SandboxKey::new(
                "sandbox-key-workspace-bravo",
                "A dental practice, to see that two workspaces never meet",
            ),
        ]));
    }
    content.status = Some(Arc::new(behind));
    Landing::new(content).map_err(|error| other(&error))
}
