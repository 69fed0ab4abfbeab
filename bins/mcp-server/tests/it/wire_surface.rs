//! What every client sees of the tools, over HTTP: each revision, each mode, each way of narrowing.
//!
//! `mcp-tools` holds what the entries say; here is which entries come, with which members, and that what a revision
//! leaves out is all that differs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::support::login::ALPHA;
use crate::support::mcp::{LEGACY, MODERN};
use crate::support::{Login, Mcp, TestServer};

const REVISIONS: [&str; 4] = [MODERN, LEGACY, "2025-06-18", "2025-03-26"];

async fn listed(mcp: Mcp) -> Vec<Value> {
    let answer = mcp.request("tools/list", serde_json::json!({})).await;
    answer.body["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer:?}")).clone()
}

/// The tools that have the same members, by these members.
fn surface(tools: &[Value]) -> String {
    let mut by_members: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for tool in tools {
        let members: Vec<&str> = tool.as_object().unwrap().keys().map(String::as_str).collect();
        by_members.entry(members.join(" ")).or_default().push(tool["name"].as_str().unwrap());
    }
    let mut text = String::new();
    for (members, names) in by_members {
        let _ = writeln!(text, "  [{members}]");
        let _ = writeln!(text, "    {}", names.join(" "));
    }
    text
}

#[tokio::test]
async fn the_whole_surface() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mut page = String::new();
    for (mode, agent) in [("full", "test/1"), ("chatgpt", "openai-mcp/1")] {
        let mcp = |version| Mcp::new(&server, &login.access_token).version(version).user_agent(agent);
        let newest = listed(mcp(MODERN)).await;
        for version in REVISIONS {
            let tools = listed(mcp(version)).await;
            assert_eq!(tools.len(), newest.len(), "{mode} {version}");
            for (tool, new) in tools.iter().zip(&newest) {
                let mut expected = new.clone();
                if version == "2025-03-26" {
                    // Before there was a title of its own.
                    expected["annotations"]["title"] = new["title"].clone();
                }
                for (name, member) in tool.as_object().unwrap() {
                    assert_eq!(*member, expected[name], "{mode} {version} {} {name}", tool["name"]);
                }
            }
            let _ = writeln!(page, "{mode}, {version}\n{}", surface(&tools));
        }
    }
    let toolsets = "messaging calls contacts notes conversations tasks workspace".split(' ');
    let paths =
        toolsets.flat_map(|toolset| [format!("/mcp/x/{toolset}"), format!("/mcp/x/{toolset}/readonly")]);
    for path in paths.chain(["/mcp/readonly".to_owned()]) {
        let tools = listed(Mcp::new(&server, &login.access_token).path(&path)).await;
        let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        let _ = writeln!(page, "{path}\n  {}\n", names.join(" "));
    }
    insta::assert_snapshot!(page);
}
