//! The `check` helper: requests as text, answers as text.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use mcp_protocol::{HttpOptions, ResponseBody, StreamableHttp};

use crate::fixture::Fixture;

/// A whole modern envelope, for `$M` in a request's text.
pub(crate) const ENVELOPE: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

/// An endpoint over the fixture with default options.
pub(crate) fn endpoint() -> StreamableHttp<Fixture> {
    StreamableHttp::new(Arc::new(Fixture::default()), HttpOptions::new())
}

/// Reads a request: a line `METHOD target`, headers, an empty line, a body. `Host`, `Content-Type` and `Accept` are
/// added unless they are there; a header with the value `-` is left out.
pub(crate) fn request(text: &str) -> Request<Full<Bytes>> {
    let text = text.replace("$M", ENVELOPE);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::builder().method(method.parse::<Method>().unwrap()).uri(target);
    let mut given: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim_start().to_owned()))
        .collect();
    for (name, value) in [
        ("host", "localhost"),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ] {
        if !given.iter().any(|(given, _)| given == name) {
            given.push((name.to_owned(), value.to_owned()));
        }
    }
    for (name, value) in given.iter().filter(|(_, value)| value != "-") {
        request = request.header(name, value);
    }
    request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()
}

/// The whole answer as text: status, headers in order, body.
pub(crate) async fn render(response: Response<ResponseBody>) -> String {
    let mut text = format!("{}\n", response.status().as_u16());
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    for header in headers {
        writeln!(text, "{header}").unwrap();
    }
    let body = response.into_body().collect().await.unwrap().to_bytes();
    if !body.is_empty() {
        writeln!(text, "\n{}", std::str::from_utf8(&body).unwrap().trim_end()).unwrap();
    }
    text
}

/// Sends each request to a fresh endpoint and puts both sides of each exchange into one text.
async fn transcript(cases: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, sent) in cases {
        let answer = render(endpoint().handle(request(sent), "alice").await).await;
        writeln!(text, "=== {name}").unwrap();
        for line in sent.lines().filter(|line| !line.is_empty()) {
            writeln!(text, "> {line}").unwrap();
        }
        writeln!(text, "{answer}").unwrap();
    }
    text
}

/// Sends each request and compares the exchanges with the snapshot of this name.
pub(crate) async fn check(name: &str, cases: &[(&str, &str)]) {
    let transcript = transcript(cases).await;
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, transcript);
    });
}

/// The JSON bodies of an answer: the one of a JSON answer, or each event's.
pub(crate) fn messages(rendered: &str) -> Vec<serde_json::Value> {
    let body = rendered.split_once("\n\n").map_or("", |(_, body)| body);
    if rendered.contains("text/event-stream") {
        let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
        return data.map(|data| serde_json::from_str(data).unwrap()).collect();
    }
    if body.is_empty() { Vec::new() } else { vec![serde_json::from_str(body).unwrap()] }
}
