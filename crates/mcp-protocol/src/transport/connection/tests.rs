//! A client that does not read holds up its own connection, and that only for a while.

use std::fmt::Write as _;

use serde_json::Value;
use tokio::time::Instant;

use super::*;
use crate::capabilities::Capabilities;
use crate::info::ServerInfo;
use crate::input::{ElicitForm, Interrupt};
use crate::jsonrpc::{self, Incoming};
use crate::runtime::Runtime;
use crate::tool::{CallTool, CallToolResult};

/// Asks before it does anything, and has resources to follow.
struct Asking(ServerInfo);

impl Server for Asking {
    type Principal = ();

    fn info(&self) -> &ServerInfo {
        &self.0
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_tools().with_resources().with_resource_subscriptions()
    }

    async fn call_tool(&self, cx: &RequestContext<()>, _: CallTool) -> Result<CallToolResult, Interrupt> {
        Ok(CallToolResult::text(format!("{:?}", cx.ask("sure", ElicitForm::new("Sure?"))?)))
    }
}

/// A connection of HTTP+SSE, and the queue of what it says.
fn connection(queue: usize) -> (Arc<Connection<Asking>>, queue::Receiver) {
    let runtime = Runtime::new(Arc::new(Asking(ServerInfo::new("asking", "1"))));
    let (out, said) = queue::channel(queue);
    let version = ProtocolVersion::V2024_11_05;
    let timeout = Duration::from_secs(60);
    (Connection::new(runtime.core, Dialect::Legacy, version, Box::default(), out, timeout), said)
}

fn receive(connection: &Arc<Connection<Asking>>, message: &str) {
    let body = Bytes::copy_from_slice(message.as_bytes());
    let Ok(Incoming::Single(message)) = jsonrpc::parse(&body) else { panic!("no message") };
    let sender = Sender { principal: (), user_agent: None };
    assert!(connection.receive(message, &body, sender).is_ok());
}

async fn read(said: &mut queue::Receiver) -> Value {
    serde_json::from_slice(&said.recv().await.unwrap()).unwrap()
}

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}}}}"#;

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_waited_for_once() {
    let (connection, mut said) = connection(1);
    for id in 0..5 {
        let mut message = String::new();
        write!(
            message,
            r#"{{"jsonrpc":"2.0","id":{id},"method":"resources/subscribe","params":{{"uri":"test://{id}"}}}}"#
        )
        .unwrap();
        receive(&connection, &message);
        assert_eq!(read(&mut said).await["id"], id);
    }
    let began = Instant::now();
    connection.announce(&Heard::Lagged).await;
    assert_eq!(began.elapsed(), feed::SLOW_READER);
    connection.stuck().await;
    connection.announce(&Heard::Lagged).await;
    assert_eq!(began.elapsed(), feed::SLOW_READER);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_cannot_be_put_is_given_up() {
    let (connection, mut said) = connection(1);
    receive(&connection, INITIALIZE);
    assert_eq!(read(&mut said).await["id"], 0);
    let call = |id: u32| {
        receive(
            &connection,
            &format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"x"}}}}"#),
        );
    };
    // The first question takes the only place.
    call(1);
    call(2);
    tokio::time::sleep(Duration::from_secs(299)).await;
    assert_eq!(connection.session().in_flight.len(), 2);
    tokio::time::sleep(Duration::from_secs(2) + feed::SLOW_READER).await;
    assert_eq!(connection.session().in_flight.len(), 0);
    assert_eq!(read(&mut said).await["method"], "elicitation/create");
}
