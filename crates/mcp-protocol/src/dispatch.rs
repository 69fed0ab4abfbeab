//! From a method and its parameters to a written answer: the one place that knows every method.
//!
//! Two steps, so that nothing borrowed from the body outlives it: [`Command::parse`] decides whether the method
//! exists, is declared and well-formed (all that can still choose an HTTP status), and [`Core::run`] does the work.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, StatusCode};
use serde_json::value::{RawValue, to_raw_value};

use crate::capabilities::Capabilities;
use crate::context::RequestContext;
use crate::error::{ErrorCode, RpcError};
use crate::jsonrpc::{Envelope, RequestId, write_error, write_result};
use crate::server::{Server, ServerInfo};
use crate::version::ProtocolVersion;
use crate::wire::{At, ResultBody};

mod command;
mod lifecycle;

pub(crate) use command::{Command, Initialize};

/// A server, with what every answer needs of it made once.
pub(crate) struct Core<S> {
    pub(crate) server: Arc<S>,
    pub(crate) capabilities: Capabilities,
    /// The `Implementation` object that modern results carry: name and version, which is what the schema requires.
    identity: Box<RawValue>,
    /// The whole one, which goes with `server/discover`.
    description: Box<RawValue>,
}

impl<S: Server> Core<S> {
    pub(crate) fn new(server: Arc<S>) -> Self {
        // Strings all through: serialising them cannot fail.
        let raw = |info: &ServerInfo| {
            to_raw_value(&At(info, ProtocolVersion::LATEST)).unwrap_or_else(|_| RawValue::NULL.to_owned())
        };
        let info = server.info();
        let description = raw(info);
        let identity = raw(&ServerInfo::new(info.name.clone(), info.version.clone()));
        Self { capabilities: server.capabilities(), identity, description, server }
    }

    /// Does the work and writes the answer. A panic of the server's is answered as an internal error: it must not
    /// end the other requests of the connection.
    pub(crate) async fn run(
        &self,
        cx: RequestContext<S::Principal>,
        id: RequestId,
        command: Command,
    ) -> Answer {
        let version = cx.protocol_version();
        match AssertUnwindSafe(self.result(&cx, &id, command)).catch_unwind().await {
            Ok(Ok(body)) => Answer::ok(body),
            Ok(Err(error)) => Answer::error(Some(&id), &error, version),
            Err(_) => {
                tracing::error!("a request handler panicked");
                Answer::error(Some(&id), &RpcError::internal("Internal error"), version)
            }
        }
    }

    async fn result(
        &self,
        cx: &RequestContext<S::Principal>,
        id: &RequestId,
        command: Command,
    ) -> Result<Vec<u8>, RpcError> {
        let (server, version) = (&*self.server, cx.protocol_version());
        match command {
            Command::Initialize(request) => self.write(id, &self.initialize(&request), version),
            Command::Discover => {
                write(id, &self.discover(), Envelope { version, server_info: &self.description })
            }
            Command::Ping | Command::SetLevel(_) => self.write(id, &lifecycle::Empty, version),
            Command::ListTools(cursor) => {
                self.write(id, &server.list_tools(cx, cursor.as_deref()).await?, version)
            }
            Command::CallTool(call) => self.write(id, &server.call_tool(cx, call).await?, version),
            Command::ListResources(cursor) => {
                self.write(id, &server.list_resources(cx, cursor.as_deref()).await?, version)
            }
            Command::ListResourceTemplates(cursor) => {
                self.write(id, &server.list_resource_templates(cx, cursor.as_deref()).await?, version)
            }
            Command::ReadResource(uri) => self.write(id, &server.read_resource(cx, &uri).await?, version),
            Command::ListPrompts(cursor) => {
                self.write(id, &server.list_prompts(cx, cursor.as_deref()).await?, version)
            }
            Command::GetPrompt(prompt) => self.write(id, &server.get_prompt(cx, prompt).await?, version),
            Command::Complete(request) => self.write(id, &server.complete(cx, request).await?, version),
        }
    }

    fn write<R: ResultBody>(
        &self,
        id: &RequestId,
        result: &R,
        version: ProtocolVersion,
    ) -> Result<Vec<u8>, RpcError> {
        write(id, result, Envelope { version, server_info: &self.identity })
    }
}

fn write<R: ResultBody>(id: &RequestId, result: &R, envelope: Envelope<'_>) -> Result<Vec<u8>, RpcError> {
    write_result(id, result, envelope).map_err(|error| {
        tracing::error!(%error, "a result could not be serialised");
        RpcError::internal("Internal error")
    })
}

/// A written answer, and the HTTP status that it has where a status can still be chosen.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    pub(crate) status: StatusCode,
    pub(crate) headers: Option<Box<HeaderMap>>,
}

impl Answer {
    fn ok(body: Vec<u8>) -> Self {
        Self { body: body.into(), status: StatusCode::OK, headers: None }
    }

    /// A failure, with the status of section 7.3: the error's own, else what its code has in this era.
    pub(crate) fn error(id: Option<&RequestId>, error: &RpcError, version: ProtocolVersion) -> Self {
        let (status, headers) = match error.http() {
            Some((status, headers)) => (status, Some(Box::new(headers.clone()))),
            None => (status_of(error.code, version), None),
        };
        Self { body: write_error(id, error, version).into(), status, headers }
    }

    /// The same with another status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

fn status_of(code: ErrorCode, version: ProtocolVersion) -> StatusCode {
    match code {
        ErrorCode::PARSE_ERROR | ErrorCode::INVALID_REQUEST => StatusCode::BAD_REQUEST,
        ErrorCode::METHOD_NOT_FOUND if version.is_modern() => StatusCode::NOT_FOUND,
        ErrorCode::HEADER_MISMATCH
        | ErrorCode::MISSING_CLIENT_CAPABILITY
        | ErrorCode::UNSUPPORTED_VERSION => StatusCode::BAD_REQUEST,
        // In band: the request was understood and answered.
        _ => StatusCode::OK,
    }
}
