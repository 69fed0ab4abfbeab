//! Calls of the revisions with `initialize` over Streamable HTTP: without a session, and in one that holds a stream.

use http::StatusCode;
use serde_json::{Value, json};

use crate::calls::Call;
use crate::connection::Reply;
use crate::streams::{self, Stream};
use crate::tally::Ending;
use crate::wire::{self, Client, LEGACY, accepted, cancelled, says};
use crate::{Failure, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Echo,
    Count,
    /// Three messages in an array (2025-03-26).
    Batch,
    SessionEcho,
    SessionPing,
    SessionWait,
    SessionCount,
    /// Asks over the call's stream; the answer is POSTed over another connection.
    SessionConfirm,
    /// The connection breaks after the first event, and the client reads on over another.
    SessionResume,
    /// `notifications/cancelled` over another connection.
    SessionCancel,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Echo => "legacy, answered at once",
            Self::Count => "legacy, with progress",
            Self::Batch => "legacy, a batch",
            Self::SessionEcho => "session, answered at once",
            Self::SessionPing => "session, ping",
            Self::SessionWait => "session, answered after 50 ms",
            Self::SessionCount => "session, with progress",
            Self::SessionConfirm => "session, asked over another connection",
            Self::SessionResume => "session, broken off and resumed",
            Self::SessionCancel => "session, cancelled",
        }
    }
}

pub(crate) async fn make(world: &World, kind: Kind, call: &Call) -> Result<Ending, Failure> {
    let Call { id, text, number } = call;
    let user = format!("caller-{}", number % 500);
    let revision = LEGACY[usize::try_from(number % 3)?];
    let alone = Client { user: &user, revision, session: None };
    match kind {
        Kind::Echo => {
            let answer = ask(world, &alone, &alone.call(id, "echo", text, false)).await?;
            says(&answer, id, text)?;
        }
        Kind::Count => {
            let reply = world.connections.send(alone.post(&alone.call(id, "count", text, true))?).await?;
            streamed(reply, call, None).await?;
        }
        Kind::Batch => batch(world, Client { revision: LEGACY[0], ..alone }, call).await?,
        _ => return in_session(world, kind, call).await,
    }
    Ok(Ending::Answered)
}

async fn in_session(world: &World, kind: Kind, call: &Call) -> Result<Ending, Failure> {
    let Call { id, text, number } = call;
    // Questions to the person came with 2025-06-18.
    let fits = |stream: &Stream| kind != Kind::SessionConfirm || stream.revision != LEGACY[0];
    let stream = world.streams.pick(streams::Kind::Session, *number, fits)?;
    let client = stream.client();
    let send = |tool, progress| client.post(&client.call(id, tool, text, progress));
    match kind {
        Kind::SessionPing => {
            let answer = ask(world, &client, &client.request(id, "ping", json!({}))).await?;
            if wire::result(&answer, id)? != &json!({}) {
                return Err(format!("not the answer to ping: {answer}").into());
            }
        }
        Kind::SessionWait => {
            says(&ask(world, &client, &client.call(id, "wait", text, false)).await?, id, text)?;
        }
        Kind::SessionCount => {
            streamed(world.connections.send(send("count", true)?).await?, call, None).await?;
        }
        Kind::SessionConfirm => {
            let reply = world.connections.send(send("confirm", false)?).await?;
            streamed(reply, call, Some((world, &client))).await?;
        }
        Kind::SessionResume => resume(world, &client, call).await?,
        Kind::SessionCancel => {
            cancel(world, &client, call).await?;
            return Ok(Ending::GivenUp);
        }
        _ => says(&ask(world, &client, &client.call(id, "echo", text, false)).await?, id, text)?,
    }
    Ok(Ending::Answered)
}

/// An answer that is JSON.
async fn ask(world: &World, client: &Client<'_>, request: &Value) -> Result<Value, Failure> {
    let reply = world.connections.send(client.post(request)?).await?;
    Ok(serde_json::from_slice(&reply.whole().await?)?)
}

async fn batch(world: &World, client: Client<'_>, call: &Call) -> Result<(), Failure> {
    let Call { id, text, number } = call;
    let (ping, wait) = (Value::from(format!("ping-{number}")), Value::from(format!("wait-{number}")));
    let requests = [
        client.call(id, "echo", text, false),
        client.request(&ping, "ping", json!({})),
        client.call(&wait, "wait", text, false),
    ];
    let answer = ask(world, &client, &json!(requests)).await?;
    let answers = answer.as_array().filter(|answers| answers.len() == requests.len());
    let answers = answers.ok_or_else(|| format!("not three answers: {answer}"))?;
    let to = |id: &Value| answers.iter().find(|answer| answer.get("id") == Some(id)).unwrap_or(&Value::Null);
    says(to(id), id, text)?;
    says(to(&wait), &wait, text)?;
    wire::result(to(&ping), &ping).map(drop)
}

/// Reads a stream of one call to its end: three steps of progress, or a question that is answered, then the answer.
pub(crate) async fn streamed(
    mut reply: Reply<'_>,
    call: &Call,
    asked: Option<(&World, &Client<'_>)>,
) -> Result<(), Failure> {
    let Call { id, text, number } = call;
    if reply.status() != StatusCode::OK || !reply.is_stream() {
        let head = reply.status();
        let body = reply.whole().await?;
        return Err(format!("not a stream: {head} {}", String::from_utf8_lossy(&body)).into());
    }
    let mut progress = Progress::default();
    let mut answered = 0;
    loop {
        let event = reply.event().await?.ok_or("a stream ended before its answer")?;
        if event.data.is_empty() {
            continue;
        }
        let message = event.message()?;
        if wire::is(&message, "notifications/progress") {
            progress.step(&message, id)?;
        } else if let (Some((world, client)), true) = (asked, wire::is(&message, "elicitation/create")) {
            let answer = accepted(&message["id"], &format!("loudly {number}"));
            told(world, client, &answer).await?;
            answered += 1;
        } else {
            match asked {
                Some(_) if answered == 1 => says(&message, id, &format!("{text}, loudly {number}"))?,
                Some(_) => return Err(format!("asked {answered} times: {message}").into()),
                None => {
                    says(&message, id, text)?;
                    progress.complete()?;
                }
            }
            return reply.end().await;
        }
    }
}

/// POSTs a notification or an answer, which is accepted.
async fn told(world: &World, client: &Client<'_>, message: &Value) -> Result<(), Failure> {
    let reply = world.connections.send(client.post(message)?).await?;
    let status = reply.status();
    let body = reply.whole().await?;
    match status {
        StatusCode::ACCEPTED => Ok(()),
        _ => Err(format!("a message was answered {status}: {}", String::from_utf8_lossy(&body)).into()),
    }
}

async fn resume(world: &World, client: &Client<'_>, call: &Call) -> Result<(), Failure> {
    let Call { id, text, .. } = call;
    let request = client.post(&client.call(id, "count", text, true))?;
    let mut broken = world.connections.hold(request).await?.stream()?;
    let mut progress = Progress::default();
    let last = loop {
        let event = broken.event().await?.ok_or("a stream ended before its answer")?;
        let id_of_event = event.id.clone().ok_or("an event that cannot be resumed from")?;
        if event.data.is_empty() {
            continue;
        }
        progress.step(&event.message()?, id)?;
        break id_of_event;
    };
    drop(broken);
    let mut rest = world.connections.hold(client.get(Some(&last))?).await?.stream()?;
    loop {
        let event = rest.event().await?.ok_or("a resumed stream ended before its answer")?;
        if event.data.is_empty() {
            continue;
        }
        let message = event.message()?;
        if wire::is(&message, "notifications/progress") {
            progress.step(&message, id)?;
            continue;
        }
        says(&message, id, text)?;
        progress.complete()?;
        return match rest.event().await? {
            None => Ok(()),
            Some(event) => Err(format!("more came after the answer: {event:?}").into()),
        };
    }
}

async fn cancel(world: &World, client: &Client<'_>, call: &Call) -> Result<(), Failure> {
    let Call { id, text, .. } = call;
    let mut reply = world.connections.send(client.post(&client.call(id, "hold", text, true))?).await?;
    loop {
        let event = reply.event().await?.ok_or("`hold` ended by itself")?;
        if event.data.is_empty() {
            continue;
        }
        let message = event.message()?;
        if !wire::is(&message, "notifications/progress") {
            return Err(format!("not the progress of `hold`: {message}").into());
        }
        break;
    }
    told(world, client, &cancelled(id)).await?;
    // cancel.legacy: the stream ends without an answer.
    reply.end().await
}

/// The steps of `count`: one, two, three, each once.
#[derive(Default)]
pub(crate) struct Progress(u64);

impl Progress {
    pub(crate) fn step(&mut self, message: &Value, id: &Value) -> Result<(), Failure> {
        let params = &message["params"];
        self.0 += 1;
        if params["progressToken"] == *id
            && params["progress"].as_f64() == Some(f64::from(u32::try_from(self.0)?))
        {
            return Ok(());
        }
        Err(format!("not step {} of {id}: {message}", self.0).into())
    }

    pub(crate) fn complete(&self) -> Result<(), Failure> {
        if self.0 == 3 { Ok(()) } else { Err(format!("{} steps of three were reported", self.0).into()) }
    }
}
