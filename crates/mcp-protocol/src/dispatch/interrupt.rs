//! When a handler has no result yet: it asks the client, or hands out a task.
//!
//! On 2026-07-28 the question is the answer, with a sealed state when the next run needs to know something; the client
//! calls again. On the legacy revisions the question goes over the call's stream, and the handler runs again here.

use std::sync::Arc;

use bytes::Bytes;
use serde::ser::SerializeMap;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Command, Core};
use crate::capabilities::TASKS;
use crate::context::RequestContext;
use crate::error::RpcError;
use crate::input::{InputRequest, InputRequired, Interrupt, MOST_ROUNDS, Rounds};
use crate::jsonrpc::RequestId;
use crate::params::Params;
use crate::payload::Payload;
use crate::principal::Principal as _;
use crate::seal::CallDigest;
use crate::server::Server;
use crate::task::{CreatedTask, Requests};
use crate::version::{Era, ProtocolVersion};
use crate::wire::{At, ResultBody, entry};

/// What follows an interrupt.
pub(super) enum Next<P> {
    /// This answer.
    Answer(Payload),
    /// Another run.
    RunAgain(Box<(RequestContext<P>, Command)>),
}

impl<S: Server> Core<S> {
    /// What earlier rounds of this call brought: the client's answers, and the state that we gave it.
    ///
    /// # Errors
    /// -32602 for answers that are no object, and for a state that is not ours, not this caller's, of another call, or
    /// too old.
    pub(crate) fn rounds(
        &self,
        principal: &S::Principal,
        method: &str,
        params: &Params<'_>,
    ) -> Result<Option<Arc<Rounds>>, RpcError> {
        let mut answers = params.input_responses()?;
        let known = match params.request_state()? {
            None => Rounds::default(),
            Some(text) => {
                let digest = digest(method, params)?;
                let seal = self.shared.seal.as_ref();
                let known = seal.and_then(|seal| seal.open_state(&principal.owner(), &digest, &text));
                let known = known.ok_or_else(|| {
                    RpcError::invalid_params(
                        "`requestState` is not valid for this call, or too old: call again without it",
                    )
                })?;
                // An answer that was given once stays as it is: what follows was asked because of it.
                answers.retain(|key, _| known.asked.contains(key));
                known
            }
        };
        if known.is_empty() && answers.is_empty() {
            return Ok(None);
        }
        let state = known.state.clone();
        Ok(Some(Arc::new(known.next(answers, state))))
    }

    /// Deals with an interrupt of a run.
    pub(super) async fn interrupted(
        &self,
        cx: RequestContext<S::Principal>,
        id: &RequestId,
        method: Option<&'static str>,
        params: &Bytes,
        interrupt: Interrupt,
    ) -> Result<Next<S::Principal>, RpcError> {
        let version = cx.protocol_version();
        let required = match (interrupt, method) {
            (Interrupt::Error(error), _) => return Err(error),
            (Interrupt::Task(task), Some("tools/call")) if cx.wants_tasks() => {
                return self.write(id, &CreatedTask(&task), version).map(Next::Answer);
            }
            // A tool that only works as a task, for a client that did not declare them.
            (Interrupt::Task(_), _) => return Err(RpcError::missing_extension(TASKS)),
            (Interrupt::InputRequired(required), Some(method)) => (*required, method),
            (Interrupt::InputRequired(_), None) => return Err(forbidden()),
        };
        let (required, method) = required;
        if version.is_modern() {
            self.ask_by_answer(&cx, id, method, params, required).map(Next::Answer)
        } else {
            self.ask_by_request(cx, method, params, required).await
        }
    }

    /// 2026-07-28: the questions are the answer.
    fn ask_by_answer(
        &self,
        cx: &RequestContext<S::Principal>,
        id: &RequestId,
        method: &'static str,
        params: &Bytes,
        required: InputRequired,
    ) -> Result<Payload, RpcError> {
        let InputRequired { requests, state } = required;
        // v26.mrtr.caps, also for questions that were not put through `RequestContext::ask`.
        if let Some(impossible) = requests.values().find(|request| !cx.can_ask(request)) {
            return Err(RpcError::missing_client_capability(&impossible.required_capabilities()));
        }
        let earlier = cx.rounds().cloned().unwrap_or_default();
        if earlier.count >= MOST_ROUNDS {
            return Err(endless());
        }
        let rounds = Rounds { state, asked: requests.keys().cloned().collect(), ..earlier };
        let state = if rounds.is_empty() { None } else { Some(self.seal(cx, method, params, &rounds)?) };
        // v26.mrtr.atleast
        if requests.is_empty() && state.is_none() {
            return Err(forbidden());
        }
        let version = cx.protocol_version();
        self.write(id, &InputRequiredResult { requests: &requests, state, version }, version)
    }

    fn seal(
        &self,
        cx: &RequestContext<S::Principal>,
        method: &'static str,
        params: &Bytes,
        rounds: &Rounds,
    ) -> Result<String, RpcError> {
        let Some(seal) = &self.shared.seal else {
            tracing::error!("a call needs a state between its rounds, but the runtime has no seal");
            return Err(super::internal());
        };
        let raw = raw(params)?;
        let digest = digest(method, &Params::parse(Some(raw))?)?;
        seal.seal_state(&cx.principal().owner(), &digest, rounds).ok_or_else(|| {
            RpcError::invalid_params("The answers up to now are too long to go on with: shorten them")
        })
    }

    /// Legacy revisions: the questions are requests over the call's stream.
    async fn ask_by_request(
        &self,
        cx: RequestContext<S::Principal>,
        method: &'static str,
        params: &Bytes,
        required: InputRequired,
    ) -> Result<Next<S::Principal>, RpcError> {
        let InputRequired { requests, state } = required;
        let version = cx.protocol_version();
        let earlier = cx.rounds().cloned().unwrap_or_default();
        if requests.is_empty() || earlier.count >= MOST_ROUNDS {
            return Err(endless());
        }
        if let Some(impossible) = requests.values().find(|request| !cx.can_ask(request)) {
            return Err(RpcError::missing_client_capability(&impossible.required_capabilities()));
        }
        let Some(reverse) = cx.reverse() else {
            // The client takes no events, so it cannot be asked during the call; 2025-11-25 has another way for pages.
            let visits: Option<Vec<Value>> =
                requests.values().map(|request| visit(request, version)).collect();
            return Err(match visits {
                Some(visits) => RpcError::url_elicitation_required(&Value::Array(visits)),
                None => RpcError::invalid_request(
                    "This call must ask the client something: accept text/event-stream and call again",
                ),
            });
        };
        let answers = reverse.ask(&requests, version).await?;
        let rounds = Arc::new(earlier.next(answers, state));
        let raw = raw(params)?;
        let command = Command::parse(method, &Params::parse(Some(raw))?, Era::Legacy, &self.capabilities)?;
        // The person's time does not count.
        let deadline = cx.renewed_deadline();
        let cx = cx.with_rounds(Some(rounds)).with_deadline(deadline);
        Ok(Next::RunAgain(Box::new((cx, command))))
    }
}

fn raw(params: &Bytes) -> Result<&RawValue, RpcError> {
    // It was read before, from the same bytes.
    serde_json::from_slice(params).map_err(|_| super::internal())
}

fn digest(method: &str, params: &Params<'_>) -> Result<CallDigest, RpcError> {
    let name = params.name().or_else(|| params.uri()).unwrap_or_default();
    let arguments: serde_json::Map<String, Value> = params.arguments("an object")?;
    Ok(CallDigest::new(method, &name, &Value::Object(arguments)))
}

fn visit(request: &InputRequest, version: ProtocolVersion) -> Option<Value> {
    match request {
        InputRequest::ElicitUrl(url) => serde_json::to_value(At(url, version)).ok(),
        _ => None,
    }
}

fn forbidden() -> RpcError {
    tracing::error!("a handler was interrupted where its method does not allow it, or asked nothing");
    super::internal()
}

fn endless() -> RpcError {
    tracing::error!("a call asked the client again and again, or waited for nothing");
    super::internal()
}

struct InputRequiredResult<'a> {
    requests: &'a std::collections::BTreeMap<String, InputRequest>,
    state: Option<String>,
    version: ProtocolVersion,
}

impl ResultBody for InputRequiredResult<'_> {
    const RESULT_TYPE: &'static str = "input_required";

    fn write_members<M: SerializeMap>(&self, _version: ProtocolVersion, map: &mut M) -> Result<(), M::Error> {
        if !self.requests.is_empty() {
            map.serialize_entry("inputRequests", &Requests(self.requests, self.version))?;
        }
        entry(map, "requestState", self.state.as_ref())
    }
}
