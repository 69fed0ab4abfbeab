//! `landing` by itself: rendering its pages, which the server does when it starts.

use landing::{Landing, LandingContent};
use mcp_server::adapters::tool_cards::{picture, tool_cards, toolsets};
use mcp_tools::Catalog;

use crate::Failure;
use crate::counter::Counter;
use crate::login::ISSUER;

pub(crate) fn count(counter: &Counter) -> Result<(), Failure> {
    if !counter.wants("pages/") {
        return Ok(());
    }
    let catalog = Catalog::new().map_err(|error| error.to_string())?;
    let mut content = LandingContent::new(ISSUER, format!("{ISSUER}/mcp"), "0.1.0");
    content.tools = tool_cards(&catalog)?;
    content.toolsets = toolsets();
    content.picture = picture();
    counter.count_long("pages/render", async || Ok(Landing::new(content.clone()).map(drop)?))
}
