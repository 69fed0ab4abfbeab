//! Opening a conversation of rmcp's client with the desk: over a socket or a pipe, in each of the client's modes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderValue, Method, Request};
use hyper::body::Incoming;
use mcp_protocol::stdio::{self, StdioOptions};
use mcp_protocol::{HttpOptions, Runtime, Seal, StreamableHttp};
use rmcp::model::{CallToolRequestParams, CallToolResult, ProtocolVersion, SubscriptionFilterBuilder};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, ClientServiceExt as _, RoleClient, RunningService,
    ServiceError, Subscription,
};
use rmcp::transport::StreamableHttpClientTransport;
use sealing::{Keys, OsEntropy, Sealer};
use serde_json::{Value, json};
use tokio::io::BufReader;
use tokio::sync::mpsc;

use super::desk::Desk;
use super::person::{Heard, Person};
use crate::sockets::listen;

/// What lies between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Streamable HTTP on loopback.
    Http,
    /// The same, but `Accept` names JSON first, so that an answer before which nothing was said is JSON. rmcp names
    /// events first, and then at times forgets the schemas of a list: when the stream has ended by the time that its
    /// worker looks, the worker hands the list on without reading it (3.11, `drain_queued_stream_messages`).
    HttpJson,
    /// Lines through an in-memory pipe, as over stdio.
    Pipe,
}

/// How the client opens the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Initialize,
    Discover,
    Auto,
}

impl Mode {
    /// Whether the conversation is one of 2026-07-28: `Auto` finds that we speak it.
    pub(super) fn is_modern(self) -> bool {
        self != Self::Initialize
    }

    fn lifecycle(self) -> ClientLifecycleMode {
        let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
        match self {
            Self::Initialize => ClientLifecycleMode::Initialize,
            Self::Discover => ClientLifecycleMode::Discover { preferred_versions },
            Self::Auto => ClientLifecycleMode::Auto { preferred_versions, legacy_version: None },
        }
    }
}

/// Every way in every mode.
pub(super) const ALL: [(Way, Mode); 6] = [
    (Way::Http, Mode::Initialize),
    (Way::Http, Mode::Discover),
    (Way::Http, Mode::Auto),
    (Way::Pipe, Mode::Initialize),
    (Way::Pipe, Mode::Discover),
    (Way::Pipe, Mode::Auto),
];

pub(super) struct Conversation {
    pub(super) client: RunningService<RoleClient, Person>,
    pub(super) desk: Arc<Desk>,
    pub(super) runtime: Runtime<Desk>,
    pub(super) hears: mpsc::UnboundedReceiver<Heard>,
    /// What was asked for over HTTP.
    asked: Arc<Mutex<Vec<http::request::Parts>>>,
}

/// Opens a conversation with a person who accepts everything.
pub(super) async fn open(way: Way, mode: Mode) -> Conversation {
    open_with(way, mode.lifecycle(), |_| ()).await.unwrap()
}

/// Opens a conversation with a person that is set up first.
pub(super) async fn open_with(
    way: Way,
    lifecycle: ClientLifecycleMode,
    set_up: impl FnOnce(&mut Person),
) -> Result<Conversation, ClientInitializeError> {
    let desk = Arc::new(Desk::new());
    let sealer = Sealer::new(Keys::generate(&OsEntropy).ring, "desk", Arc::new(OsEntropy));
    let runtime = Runtime::builder(Arc::clone(&desk))
        .notifier(desk.notifier.clone())
        .seal(Seal::new(sealer, || 1_785_000_000))
        .build();
    let (mut person, hears) = Person::new();
    set_up(&mut person);
    let asked: Arc<Mutex<Vec<_>>> = Arc::default();
    let client = match way {
        Way::Http | Way::HttpJson => {
            let (requests, desk) = (Arc::clone(&asked), Arc::clone(&desk));
            let look = move |request: &mut Request<Incoming>| {
                requests.lock().unwrap().push(head(request));
                if request.headers().contains_key("last-event-id") {
                    desk.resumed.notify_one();
                }
                if way == Way::HttpJson {
                    let json_first = HeaderValue::from_static("application/json, text/event-stream");
                    request.headers_mut().insert(ACCEPT, json_first);
                }
            };
            let address = listen(StreamableHttp::with_runtime(&runtime, HttpOptions::new()), look).await;
            let transport = StreamableHttpClientTransport::from_uri(format!("http://{address}/mcp"));
            person.serve_with_lifecycle(transport, lifecycle).await?
        }
        Way::Pipe => {
            let (near, far) = tokio::io::duplex(1 << 16);
            let runtime = runtime.clone();
            tokio::spawn(async move {
                let (reader, writer) = tokio::io::split(far);
                let (reader, options) = (BufReader::new(reader), StdioOptions::default());
                stdio::serve_runtime(&runtime, "alice", reader, writer, options).await
            });
            person.serve_with_lifecycle(near, lifecycle).await?
        }
    };
    Ok(Conversation { client, desk, runtime, hears, asked })
}

fn head(request: &Request<Incoming>) -> http::request::Parts {
    let mut head = Request::new(()).into_parts().0;
    head.method = request.method().clone();
    head.headers = request.headers().clone();
    head
}

impl Conversation {
    /// Calls a tool, answering what it asks.
    pub(super) async fn call(
        &self,
        tool: &'static str,
        arguments: Value,
    ) -> Result<CallToolResult, ServiceError> {
        soon(self.client.call_tool(request(tool, arguments))).await
    }

    /// Opens a subscription.
    pub(super) async fn listen(&self, filter: SubscriptionFilterBuilder) -> Subscription {
        soon(self.client.listen(filter.build())).await.unwrap()
    }

    /// The text of a tool's answer that has one.
    pub(super) async fn text(&self, tool: &'static str) -> String {
        let result = self.call(tool, json!({})).await.unwrap();
        result.content[0].as_text().unwrap().text.clone()
    }

    /// The values of a header in the requests of this method, in order.
    pub(super) fn headers(&self, method: &Method, name: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let of_method = asked.iter().filter(|head| head.method == method);
        of_method.filter_map(|head| Some(head.headers.get(name)?.to_str().unwrap().to_owned())).collect()
    }

    /// What the person hears next.
    pub(super) async fn heard(&mut self) -> Heard {
        soon(self.hears.recv()).await.unwrap()
    }

    /// What the person has heard up to now.
    pub(super) fn all_heard(&mut self) -> Vec<Heard> {
        std::iter::from_fn(|| self.hears.try_recv().ok()).collect()
    }
}

pub(super) fn request(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

/// Waits for what must happen. The limit is no expectation: it turns a test that would hang into one that fails.
pub(super) async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), event).await.unwrap()
}

/// Waits until the condition holds, of which nobody tells.
pub(super) async fn until(condition: impl Fn() -> bool) {
    soon(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
