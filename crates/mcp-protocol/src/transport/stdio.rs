//! stdio: one JSON-RPC message a line, in and out, both eras.
//!
//! [`serve`] takes any reader and writer, so that tests need no process. Nothing else may write to the writer; logs
//! belong on standard error. Spec: <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio>.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use super::connection::{Busy, Connection, Dialect, Sender};
use super::queue;
use crate::error::RpcError;
use crate::jsonrpc::{self, Incoming, Malformed, Message, RequestId, write_error};
use crate::notifier::Listener;
use crate::principal::Principal as _;
use crate::runtime::Runtime;
use crate::server::Server;
use crate::version::ProtocolVersion;

/// Limits of the transport.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StdioOptions {
    /// The longest line accepted, in bytes. A longer one is answered with an error and ends the conversation.
    pub max_line: usize,
    /// From arrival to [`RequestContext::deadline`](crate::RequestContext::deadline).
    pub call_timeout: Duration,
}

impl Default for StdioOptions {
    /// 1 MiB, 60 s.
    fn default() -> Self {
        Self { max_line: 1 << 20, call_timeout: Duration::from_secs(60) }
    }
}

/// Serves one client until `reader` ends, then waits for what is under way and returns.
///
/// # Errors
/// Those of the reader and the writer.
pub async fn serve<S: Server>(
    server: Arc<S>,
    principal: S::Principal,
    reader: impl AsyncBufRead + Unpin,
    writer: impl AsyncWrite + Unpin,
    options: StdioOptions,
) -> io::Result<()> {
    serve_runtime(&Runtime::new(server), principal, reader, writer, options).await
}

/// The same for a runtime, which has a notifier.
///
/// # Errors
/// Those of the reader and the writer.
pub async fn serve_runtime<S: Server>(
    runtime: &Runtime<S>,
    principal: S::Principal,
    reader: impl AsyncBufRead + Unpin,
    writer: impl AsyncWrite + Unpin,
    options: StdioOptions,
) -> io::Result<()> {
    let (out, messages) = queue::channel(64);
    let core = Arc::clone(&runtime.core);
    let (assumed, owner) = (ProtocolVersion::V2025_03_26, principal.owner().into());
    let listener = core.shared.notifier.listen();
    let shutdown = core.shared.shutdown.clone();
    let connection = Connection::new(core, Dialect::Both, assumed, owner, out.clone(), options.call_timeout);
    let telling = tell(Arc::clone(&connection), listener, shutdown);
    let reading = async move {
        let asking = Arc::clone(&connection);
        let read = tokio::select! {
            read = read(connection, out, principal, reader, options.max_line) => read,
            () = telling => Ok(()),
        };
        asking.silent();
        read
    };
    // Requests under way keep the connection, and with it `out`: the writer ends after the last answer.
    tokio::try_join!(reading, write(messages, writer))?;
    Ok(())
}

/// Tells the client of changes, until the server shuts down.
async fn tell<S: Server>(
    connection: Arc<Connection<S>>,
    mut listener: Listener,
    shutdown: CancellationToken,
) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return connection.close_subscriptions().await,
            heard = listener.next() => connection.announce(&heard).await,
        }
    }
}

async fn read<S: Server>(
    connection: Arc<Connection<S>>,
    out: queue::Sender,
    principal: S::Principal,
    mut reader: impl AsyncBufRead + Unpin,
    max_line: usize,
) -> io::Result<()> {
    let limit = u64::try_from(max_line).unwrap_or(u64::MAX).saturating_add(1);
    loop {
        let mut line = Vec::new();
        (&mut reader).take(limit).read_until(b'\n', &mut line).await?;
        if line.is_empty() {
            return Ok(());
        }
        let whole = line.strip_suffix(b"\n").unwrap_or(&line);
        if whole.len() > max_line {
            // What follows is the middle of a message: there is no telling where the next one starts.
            let error = RpcError::invalid_request(format!("The line is longer than {max_line} bytes"));
            answer(&out, None, &error).await;
            return Ok(());
        }
        if whole.trim_ascii().is_empty() {
            continue;
        }
        let whole = whole.len();
        let line = Bytes::from(line).slice(..whole);
        let sender = Sender { principal: principal.clone(), user_agent: None };
        match jsonrpc::parse(&line) {
            Ok(Incoming::Single(message)) => {
                let id = if let Message::Request { id, .. } = &message { Some(id.clone()) } else { None };
                if let Err(Busy) = connection.receive(message, &line, sender) {
                    let error =
                        RpcError::internal("Too many requests are under way; retry when one was answered");
                    answer(&out, id.as_ref(), &error).await;
                }
            }
            Ok(Incoming::Batch(_)) => {
                answer(&out, None, &RpcError::invalid_request("Batches exist only over HTTP")).await;
            }
            Err(Malformed { id, error }) => answer(&out, id.as_ref(), &error).await,
        }
    }
}

async fn answer(out: &queue::Sender, id: Option<&RequestId>, error: &RpcError) {
    // Fails when the writer failed, which ends the conversation by itself.
    let _ = out.send(write_error(id, error, ProtocolVersion::LATEST)).await;
}

async fn write(mut messages: queue::Receiver, mut writer: impl AsyncWrite + Unpin) -> io::Result<()> {
    while let Some(message) = messages.recv().await {
        writer.write_all(&message).await?;
        writer.write_all(b"\n").await?;
        if messages.is_empty() {
            writer.flush().await?;
        }
    }
    writer.flush().await
}
