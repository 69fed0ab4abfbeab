//! A proxy in front of the simulator that puts one text in the place of every text that outsiders wrote.
//!
//! So whatever a tool reads, and however it reads it, it meets that text: in messages, transcripts, summaries,
//! voicemails, names, companies, notes and tasks.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

/// Members whose strings outsiders write, at any depth of an answer.
const WRITTEN: [&str; 14] = [
    "text",
    "content",
    "title",
    "description",
    "firstName",
    "lastName",
    "company",
    "summary",
    "nextSteps",
    "transcript",
    "identifier",
    "body",
    "note",
    "role",
];

/// What the proxy puts in, and where it asks.
pub(crate) struct Front {
    text: Mutex<String>,
    upstream: Mutex<String>,
    http: reqwest::Client,
}

impl Front {
    pub(crate) fn new(text: &str) -> Arc<Self> {
        let http = openphone_client::recommended_http_client("front").expect("an HTTP client");
        Arc::new(Self { text: Mutex::new(text.to_owned()), upstream: Mutex::default(), http })
    }

    /// Starts it before the simulator at `upstream`, and says where it is.
    pub(crate) async fn listen(self: Arc<Self>, upstream: String) -> String {
        *self.upstream.lock().unwrap_or_else(PoisonError::into_inner) =
            upstream.trim_end_matches('/').to_owned();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback(pass).with_state(self);
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }
}

async fn pass(State(front): State<Arc<Front>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let upstream = front.upstream.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let body = to_bytes(body, 1 << 20).await.expect("a body");
    let mut headers = parts.headers.clone();
    for hop in [header::HOST, header::CONTENT_LENGTH, header::ACCEPT_ENCODING] {
        headers.remove(hop);
    }
    let sent = front
        .http
        .request(parts.method, format!("{upstream}{path}"))
        .headers(headers)
        .body(body)
        .send()
        .await;
    let Ok(answer) = sent else { return StatusCode::BAD_GATEWAY.into_response() };
    let status = answer.status();
    let kept: HeaderMap = answer
        .headers()
        .iter()
        .filter(|(name, _)| **name == header::CONTENT_TYPE)
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    let bytes = answer.bytes().await.unwrap_or_default();
    let text = front.text.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let bytes = match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut json) if status.is_success() => {
            taint(&mut json, &text, false);
            json.to_string().into_bytes()
        }
        _ => bytes.to_vec(),
    };
    (status, kept, Body::from(bytes)).into_response()
}

fn taint(value: &mut Value, text: &str, written: bool) {
    match value {
        Value::String(string) if written => text.clone_into(string),
        Value::Array(items) => items.iter_mut().for_each(|item| taint(item, text, written)),
        Value::Object(fields) => {
            for (name, field) in fields {
                // A user's role in the workspace is a word of the API's own.
                let own_word = name == "role" && matches!(field.as_str(), Some("owner" | "admin" | "member"));
                let here =
                    WRITTEN.contains(&name.as_str()) && !own_word && (field.is_string() || field.is_array());
                taint(field, text, here);
            }
        }
        _ => {}
    }
}
