//! `/metrics` of the real process: that what happened is counted under the right labels, that Prometheus' own tool finds
//! nothing wrong with it, and that labels are words of the code's whatever clients write.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::path::{CONTACT, first_inbox};
use crate::support::log::leaks;
use crate::support::login::{ALPHA, LoginRequest, client};
use crate::support::mcp::LEGACY;
use crate::support::metrics::{get, metrics, value};
use crate::support::tools::skipped;
use crate::support::{Login, Mcp, TestServer};

#[tokio::test]
async fn what_happens_is_counted() {
    let server = TestServer::start_with(&["--admin-listen", "127.0.0.1:0"]);
    let login =
        LoginRequest { redirect_uri: "https://claude.ai/api/mcp/auth_callback", ..LoginRequest::new(ALPHA) };
    let login = login.run(&server).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;
    let text = json!({ "from": inbox, "to": CONTACT, "content": "canary-metrics-5f1a" });
    server.keep_secret("canary-metrics-5f1a");
    for _ in 0..2 {
        mcp.call("send-message", text.clone()).await;
    }
    mcp.call("send-bulk-messages", json!({ "from": inbox })).await;
    mcp.call("list-contacts", json!({ "maxResults": 1 })).await;
    let unknown = json!({ "name": "canary-metrics-5f1a", "arguments": {} });
    assert_eq!(mcp.request("tools/call", unknown).await.body["error"]["code"], -32602);
    let legacy = Mcp::new(&server, &login.access_token).version(LEGACY);
    legacy.tools().await;
    client().get(format!("{}/canary-metrics-5f1a", server.url)).send().await.unwrap();
    server.logs("\"target\":\"audit\"").await;

    let text = metrics(&server).await;
    let counted = |series: &str, expected: f64| {
        let found = value(&text, series);
        assert!((found - expected).abs() < f64::EPSILON, "{series} is {found}, not {expected}:\n{text}");
    };
    let took = |tool: &str, error: &str| {
        format!(
            "mcp_server_operation_duration_seconds_count{{method=\"tools/call\",tool=\"{tool}\",era=\"modern\",error_type=\"{error}\"}}"
        )
    };
    counted(&took("send-message", ""), 2.0);
    counted(&took("bulk-messages", "tool_error"), 1.0);
    counted(&took("unknown", "-32602"), 1.0);
    counted(
        "mcp_server_operation_duration_seconds_count{method=\"tools/list\",tool=\"\",era=\"legacy\",error_type=\"\"}",
        1.0,
    );
    counted("mcp_server_own_duration_seconds_count{method=\"tools/list\"}", 1.0);
    counted("mcp_requests_total{client_family=\"claude\",era=\"legacy\",outcome=\"ok\"}", 1.0);
    counted("tool_alias_used_total{tool=\"bulk-messages\",alias=\"send-bulk-messages\"}", 1.0);
    counted("tool_errors_total{tool=\"bulk-messages\",kind=\"invalid_arguments\"}", 1.0);
    counted("tool_truncated_total{tool=\"list-contacts\",client_family=\"claude\"}", 1.0);
    counted("texts_total{outcome=\"done\",ledger=\"new\"}", 1.0);
    counted("texts_total{outcome=\"done\",ledger=\"duplicate\"}", 1.0);
    counted("tool_writes_total{tool=\"send-message\",outcome=\"done\"}", 2.0);
    counted("quo_upstream_requests_total{operation=\"send_message\",outcome=\"ok\"}", 1.0);
    counted("quo_upstream_request_duration_seconds_count{operation=\"send_message\"}", 1.0);
    counted("quo_upstream_breaker_open", 0.0);
    counted("http_requests_total{route=\"other\",method=\"GET\",status=\"4xx\"}", 1.0);
    counted("http_requests_total{route=\"/register\",method=\"POST\",status=\"2xx\"}", 1.0);
    for step in ["registered", "consent_shown", "consent_given", "connected"] {
        counted(
            &format!(
                "oauth_funnel_total{{step=\"{step}\",client_family=\"claude\",registration=\"dynamic\"}}"
            ),
            1.0,
        );
    }
    counted("mcp_server_ready", 1.0);
    assert!(value(&text, "tool_result_tokens_sum{tool=\"list-contacts\"}") > 10.0);
    assert!(value(&text, "store_operations_total{operation=\"insert_if_absent\",outcome=\"ok\"}") > 0.0);
    assert!(value(&text, "process_resident_memory_bytes") > 1e6);
    assert!(value(&text, "process_open_fds") > 3.0);
    assert!(value(&text, "process_start_time_seconds") > 1.7e9);
    let found = leaks(&text, &server.secrets());
    assert!(found.is_empty(), "{found:?}");
    check(&text);
}

#[tokio::test]
async fn connections_that_end_and_tokens_that_come_twice_are_counted() {
    let server = TestServer::start_with(&["--admin-listen", "127.0.0.1:0"]);
    let login = Login::with_key(&server, ALPHA).await;
    login.refresh(&server).await;
    let fields = [("client_id", login.client_id.as_str()), ("token", &login.refresh_token)];
    client().post(format!("{}/revoke", server.url)).form(&fields).send().await.unwrap();
    let text = metrics(&server).await;
    let ended =
        "grant_revoked_total{reason=\"revoked_by_client\",client_family=\"other\",age_bucket=\"hour\"} 1";
    for line in [ended, "token_refresh_total{outcome=\"ok\"} 1", "replay_detected_total{kind=\"code\"} 0"] {
        assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
    }
    assert_eq!(get(&format!("{}/nothing", server.admin())).await.0, 404);
}

/// Prometheus' own opinion of the text.
fn check(text: &str) {
    let tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut tool) = tool else { return skipped("promtool is missing; `cargo xtask test` installs it") };
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}\n{text}");
}
