//! What `tools/list` should give, from the catalogue's declarations.

use mcp_tools::{Catalog, ToolSpec, Toolsets};

/// Every toolset, as a URL names them.
pub(crate) const ALL: &str = "messaging,calls,contacts,notes,conversations,tasks,workspace";

/// Names of the tools that `chosen` picks, in the catalogue's order.
pub(crate) fn tools(chosen: impl Fn(&ToolSpec) -> bool) -> Vec<String> {
    let catalog = Catalog::new().unwrap();
    catalog.specs().filter(|spec| chosen(spec)).map(|spec| spec.name.to_owned()).collect()
}

/// Names of the tools of these toolsets.
pub(crate) fn tools_of(toolsets: &str, read_only: bool) -> Vec<String> {
    let toolsets = Toolsets::parse(toolsets).unwrap();
    tools(|spec| toolsets.contains(spec.toolset) && (!read_only || reads(spec)))
}

/// Whether a connection that only reads is offered the tool: a preview of what it may not send is of no use.
pub(crate) fn reads(spec: &ToolSpec) -> bool {
    spec.annotations.read_only && !spec.prepares_texts
}

/// The whole catalogue.
pub(crate) fn all() -> Vec<String> {
    tools(|_| true)
}
