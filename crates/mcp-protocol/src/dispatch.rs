//! From a method and its parameters to a written answer: the one place that knows every method.
//!
//! Two steps, so that nothing borrowed from the body outlives it: [`Command::parse`] decides whether the method
//! exists, is declared and well-formed (all that can still choose an HTTP status), and [`Core::run`] does the work.

use std::future::{Future as _, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::sleep_until;

use crate::capabilities::Capabilities;
use crate::context::RequestContext;
use crate::error::{ErrorCode, RpcError};
use crate::info::ServerInfo;
use crate::input::Interrupt;
use crate::jsonrpc::{Envelope, RequestId, write_error, write_result};
use crate::observer::{Ending, Observation, ObservedRequest};
use crate::payload::Payload;
use crate::runtime::Shared;
use crate::server::Server;
use crate::version::ProtocolVersion;
use crate::wire::{At, ResultBody};

mod command;
mod interrupt;
mod lifecycle;

pub(crate) use command::{Command, Initialize};
use interrupt::Next;

/// How long beyond its deadline a handler may go on before it is stopped: time to answer with what it has.
const GRACE: Duration = Duration::from_secs(5);

/// What hears of a request, if anything does.
type Observed = Option<Box<dyn Observation>>;

/// A server, with what every answer needs of it made once.
pub(crate) struct Core<S: Server> {
    pub(crate) server: Arc<S>,
    pub(crate) capabilities: Capabilities,
    /// The `Implementation` object that modern results carry: name and version, which is what the schema requires.
    identity: Box<RawValue>,
    /// The whole one, which goes with `server/discover`.
    description: Box<RawValue>,
    pub(crate) shared: Shared<S::Principal>,
}

impl<S: Server> Core<S> {
    pub(crate) fn new(server: Arc<S>, shared: Shared<S::Principal>) -> Self {
        // Strings all through: serialising them cannot fail.
        let raw = |info: &ServerInfo| {
            to_raw_value(&At(info, ProtocolVersion::LATEST)).unwrap_or_else(|_| RawValue::NULL.to_owned())
        };
        let info = server.info();
        let description = raw(info);
        let identity = raw(&ServerInfo::new(info.name.clone(), info.version.clone()));
        Self { capabilities: server.capabilities(), identity, description, shared, server }
    }

    /// The server's `Implementation` object, as modern results carry it.
    pub(crate) fn identity(&self) -> &RawValue {
        &self.identity
    }

    /// Does the work and writes the answer, and lets the observer know. `params` are the command's own, unread.
    pub(crate) async fn run(
        &self,
        cx: RequestContext<S::Principal>,
        id: RequestId,
        command: Command,
        params: Bytes,
    ) -> Answer {
        let mut observation = self.shared.observer.as_ref().and_then(|observer| {
            let (method, name) = (command.method(), command.name());
            observer.begin(&ObservedRequest { method, name, id: &id, context: &cx })
        });
        let (answer, ending) = self.answer(cx, id, command, params, &mut observation).await;
        if let Some(observation) = observation {
            observation.end(ending);
        }
        answer
    }

    /// Does the work and writes the answer. `params` are the command's own, unread, for a handler that is interrupted. A
    /// panic of the server's is answered as an internal error: it must not end the other requests of the connection.
    async fn answer(
        &self,
        mut cx: RequestContext<S::Principal>,
        id: RequestId,
        mut command: Command,
        params: Bytes,
        observation: &mut Observed,
    ) -> (Answer, Ending) {
        let version = cx.protocol_version();
        let method = command.interruptible();
        loop {
            let failed = |error: &RpcError| {
                (Answer::error(Some(&id), error, version), Ending::Error(error.code_for(version)))
            };
            let run = AssertUnwindSafe(self.in_time(&cx, &id, command, observation)).catch_unwind().await;
            let interrupt = match run {
                Ok(Ok(body)) => return (Answer::ok(body), Ending::Result),
                Ok(Err(interrupt)) => interrupt,
                Err(_) => {
                    tracing::error!("a request handler panicked");
                    return failed(&internal());
                }
            };
            let asks = matches!(interrupt, Interrupt::InputRequired(_));
            if let Some(observation) = observation.as_mut().filter(|_| asks) {
                observation.asked();
            }
            let ending = if asks { Ending::Asked } else { Ending::Result };
            match Box::pin(self.interrupted(cx, &id, method, &params, interrupt)).await {
                Ok(Next::Answer(body)) => return (Answer::ok(body), ending),
                Ok(Next::RunAgain(again)) => (cx, command) = *again,
                Err(error) => return failed(&error),
            }
        }
    }

    /// One run of the work, which is stopped when it goes far beyond its deadline.
    async fn in_time(
        &self,
        cx: &RequestContext<S::Principal>,
        id: &RequestId,
        command: Command,
        observation: &mut Observed,
    ) -> Result<Payload, Interrupt> {
        let mut work = pin!(self.result(cx, id, command, observation));
        let mut alarm = pin!(None);
        let finished = poll_fn(|context| {
            if let Poll::Ready(result) = work.as_mut().poll(context) {
                return Poll::Ready(Some(result));
            }
            // Most work is done at once and needs no timer.
            let Some(deadline) = cx.deadline() else { return Poll::Pending };
            if alarm.is_none() {
                alarm.set(Some(sleep_until(deadline + GRACE)));
            }
            match alarm.as_mut().as_pin_mut() {
                Some(alarm) => alarm.poll(context).map(|()| None),
                None => Poll::Pending,
            }
        });
        finished.await.unwrap_or_else(|| {
            tracing::warn!("a request was stopped: it went beyond its deadline");
            cx.cancellation().cancel();
            Err(RpcError::internal("The request took too long and was stopped").into())
        })
    }

    /// What a handler needs room for, its own future does: a list, which is what clients ask for most, is made without.
    async fn result(
        &self,
        cx: &RequestContext<S::Principal>,
        id: &RequestId,
        command: Command,
        observation: &mut Observed,
    ) -> Result<Payload, Interrupt> {
        let (server, version) = (&*self.server, cx.protocol_version());
        Ok(match command {
            Command::Initialize(request) => self.write(id, &self.initialize(&request), version),
            Command::Discover => {
                write(id, &self.discover(), Envelope { version, server_info: &self.description })
            }
            Command::Ping | Command::SetLevel(_) | Command::Unsubscribe(_) => {
                self.write(id, &lifecycle::Empty, version)
            }
            Command::ListTools(cursor) => {
                self.write(id, &server.list_tools(cx, cursor.as_deref()).await?, version)
            }
            Command::CallTool(call) => {
                let result = Box::pin(server.call_tool(cx, call)).await?;
                if let Some(observation) = observation {
                    observation.tool_result(&result);
                }
                self.write(id, &result, version)
            }
            Command::ListResources(cursor) => {
                self.write(id, &Box::pin(server.list_resources(cx, cursor.as_deref())).await?, version)
            }
            Command::ListResourceTemplates(cursor) => self.write(
                id,
                &Box::pin(server.list_resource_templates(cx, cursor.as_deref())).await?,
                version,
            ),
            Command::ReadResource(uri) => {
                self.write(id, &Box::pin(server.read_resource(cx, &uri)).await?, version)
            }
            Command::ListPrompts(cursor) => {
                self.write(id, &Box::pin(server.list_prompts(cx, cursor.as_deref())).await?, version)
            }
            Command::GetPrompt(prompt) => {
                self.write(id, &Box::pin(server.get_prompt(cx, prompt)).await?, version)
            }
            Command::Complete(request) => {
                self.write(id, &Box::pin(server.complete(cx, request)).await?, version)
            }
            Command::Subscribe(uri) => {
                Box::pin(server.subscribe_resource(cx, &uri)).await?;
                self.write(id, &lifecycle::Empty, version)
            }
            // A transport without streams of its own has nothing to listen to.
            Command::Listen(_) => Err(RpcError::method_not_found("subscriptions/listen")),
            Command::GetTask(task) => self.write(id, &Box::pin(server.get_task(cx, &task)).await?, version),
            Command::UpdateTask(task, answers) => {
                Box::pin(server.update_task(cx, &task, answers)).await?;
                self.write(id, &lifecycle::Empty, version)
            }
            Command::CancelTask(task) => {
                Box::pin(server.cancel_task(cx, &task)).await?;
                self.write(id, &lifecycle::Empty, version)
            }
        }?)
    }

    fn write<R: ResultBody>(
        &self,
        id: &RequestId,
        result: &R,
        version: ProtocolVersion,
    ) -> Result<Payload, RpcError> {
        write(id, result, Envelope { version, server_info: &self.identity })
    }
}

fn write<R: ResultBody>(id: &RequestId, result: &R, envelope: Envelope<'_>) -> Result<Payload, RpcError> {
    write_result(id, result, envelope).map_err(|error| {
        tracing::error!(%error, "a result could not be serialised");
        internal()
    })
}

fn internal() -> RpcError {
    RpcError::internal("Internal error")
}

/// A written answer, and the HTTP status that it has where a status can still be chosen.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Payload,
    pub(crate) status: StatusCode,
    pub(crate) headers: Option<Box<HeaderMap>>,
    /// Whether it is a result.
    pub(crate) is_result: bool,
}

impl Answer {
    fn ok(body: Payload) -> Self {
        Self { body, status: StatusCode::OK, headers: None, is_result: true }
    }

    /// A failure, with the status of section 7.3: the error's own, else what its code has in this era.
    pub(crate) fn error(id: Option<&RequestId>, error: &RpcError, version: ProtocolVersion) -> Self {
        let (status, headers) = match error.http() {
            Some((status, headers)) => (status, Some(Box::new(headers.clone()))),
            None => (status_of(error.code_for(version), version), None),
        };
        Self { body: write_error(id, error, version).into(), status, headers, is_result: false }
    }

    /// Nothing: a legacy request that was cancelled is not answered.
    pub(crate) fn nothing() -> Self {
        Self { body: Bytes::new().into(), status: StatusCode::ACCEPTED, headers: None, is_result: false }
    }

    /// The same with a header more.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.get_or_insert_default().insert(name, value);
        self
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
