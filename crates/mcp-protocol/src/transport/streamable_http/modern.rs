//! Requests of the modern era: everything they need is in them (2026-07-28).

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use tokio_util::sync::CancellationToken;

use super::{Accepts, Decided, IncomingCall, Inner, bad_request, user_agent};
use crate::context::{LogSink, Progress, RequestContext};
use crate::dispatch::{Answer, Command};
use crate::envelope;
use crate::error::RpcError;
use crate::headers::{PROTOCOL_VERSION, check_call, check_params, differs, mismatch, single};
use crate::jsonrpc::RequestId;
use crate::params::Params;
use crate::server::Server;
use crate::transport::exchange::{Exchange, Notifications, OnDisconnect};
use crate::version::{Era, ProtocolVersion};

/// Notifications have no envelope to check, but a version that we do not serve is refused all the same.
pub(super) fn notification<P>(call: &IncomingCall<'_, P>) -> Result<(), Answer> {
    let refuse = |error: &RpcError| Err(bad_request(None, error));
    if let Err(error) = &call.params {
        return refuse(error);
    }
    match single(&call.head.headers, &PROTOCOL_VERSION) {
        Err(error) => refuse(&error),
        Ok(Some(version)) if !ProtocolVersion::from_name(version).is_some_and(ProtocolVersion::is_modern) => {
            refuse(&RpcError::unsupported_version(version))
        }
        Ok(_) => Ok(()),
    }
}

impl<S: Server> Inner<S> {
    /// Checks a request and begins its call.
    pub(super) async fn modern(
        &self,
        id: RequestId,
        call: IncomingCall<'_, S::Principal>,
    ) -> Result<Decided, Answer> {
        let IncomingCall { head, method, params, raw, principal } = call;
        let headers = &head.headers;
        let refuse = |error: RpcError| bad_request(Some(&id), &error);
        let params = params.map_err(refuse)?;
        let envelope = envelope::read(&params.meta, |claimed| match single(headers, &PROTOCOL_VERSION)? {
            Some(header) if header == claimed => Ok(()),
            Some(header) => Err(differs(&PROTOCOL_VERSION, header, claimed)),
            None => Err(mismatch(&PROTOCOL_VERSION, "is missing")),
        })
        .map_err(refuse)?;
        check_call(headers, method, named(method, &params).as_deref()).map_err(refuse)?;
        let in_band = |error: RpcError| Answer::error(Some(&id), &error, envelope.version);
        let command =
            Command::parse(method, &params, Era::Modern, &self.core.capabilities).map_err(in_band)?;
        command.permitted(&envelope.client_capabilities).map_err(in_band)?;
        let rounds = match command.interruptible() {
            Some(method) => self.core.rounds(&principal, method, &params).map_err(in_band)?,
            None => None,
        };
        let log_level = params.meta.log_level().map_err(in_band)?.filter(|_| self.core.capabilities.logging);

        let accepts = Accepts::read(headers);
        let mut notifications = Notifications::new(self.options.queue);
        let speaks = accepts.events && command.can_notify();
        let progress = params.meta.progress_token().filter(|_| speaks);
        let progress = progress.map(|token| Progress::new(notifications.outbox(), token));
        let log = log_level.filter(|_| speaks).map(|level| LogSink::new(notifications.outbox(), level));

        let cancellation = CancellationToken::new();
        let cx = RequestContext::new(principal, envelope.version)
            .with_client(envelope.client_info, envelope.client_capabilities)
            .with_user_agent(user_agent(headers))
            .with_trace(params.meta.trace())
            .with_timeout(self.options.call_timeout)
            .with_cancellation(cancellation.clone())
            .with_rounds(rounds)
            .with_outbox(progress.unwrap_or_default(), log.unwrap_or_default());
        if let Command::Listen(filter) = command {
            if !accepts.events {
                let error =
                    RpcError::invalid_request("A subscription is answered with text/event-stream: accept it");
                return Err(in_band(error).with_status(StatusCode::NOT_ACCEPTABLE));
            }
            return Ok(Decided::Response(self.listen(id, filter, cx).await));
        }
        let core = Arc::clone(&self.core);
        let mirrored = param_headers(headers);
        Ok(Decided::Exchange(Exchange {
            call: Box::pin(async move {
                if let Command::CallTool(call) = &command {
                    let checked = match core.server.param_headers(&cx, &call.name).await {
                        Ok(declared) => check_params(&declared, &mirrored, &call.arguments),
                        Err(error) => Err(error),
                    };
                    if let Err(error) = checked {
                        return Answer::error(Some(&id), &error, cx.protocol_version());
                    }
                }
                core.run(cx, id, command, raw).await
            }),
            notifications: notifications.into_receiver(),
            on_disconnect: OnDisconnect::Cancel(cancellation),
            keep_alive: self.options.keep_alive,
            prefers_events: accepts.prefers_events,
            log: None,
        }))
    }
}

/// What `Mcp-Name` must say for this method; nothing when the method has no name, or the body lacks it, which the
/// method's own check answers.
fn named<'a>(method: &str, params: &Params<'a>) -> Option<std::borrow::Cow<'a, str>> {
    match method {
        "tools/call" | "prompts/get" => params.name(),
        "resources/read" => params.uri(),
        "tasks/get" | "tasks/update" | "tasks/cancel" => params.task_id(),
        _ => None,
    }
}

/// The headers that mirror arguments: the only ones that the call needs later. Mostly there are none.
fn param_headers(headers: &HeaderMap) -> HeaderMap {
    let mut mirrored = HeaderMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| name.as_str().starts_with("mcp-param-")) {
        mirrored.append(name.clone(), value.clone());
    }
    mirrored
}
