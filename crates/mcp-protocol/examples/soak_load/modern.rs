//! Calls of 2026-07-28: everything in the request, nothing between two of them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::calls::Call;
use crate::legacy::streamed;
use crate::tally::Ending;
use crate::wire::{self, Client, MODERN, says};
use crate::{Failure, World};

/// Users that call without holding a stream.
const USERS: u64 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Echo,
    Wait,
    /// With progress, which makes the answer a stream.
    Count,
    /// Asks by its answer, and is called again.
    Confirm,
    List,
    Discover,
    /// The client closes its connection, which cancels.
    Abandon,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Echo => "2026-07-28, answered at once",
            Self::Wait => "2026-07-28, answered after 50 ms",
            Self::Count => "2026-07-28, with progress",
            Self::Confirm => "2026-07-28, in two rounds",
            Self::List => "2026-07-28, tools/list",
            Self::Discover => "2026-07-28, server/discover",
            Self::Abandon => "2026-07-28, connection closed",
        }
    }
}

pub(crate) async fn make(world: &World, kind: Kind, call: &Call) -> Result<Ending, Failure> {
    let user = format!("caller-{}", call.number % USERS);
    let client = Client { user: &user, revision: MODERN, session: None };
    let Call { id, text, .. } = call;
    match kind {
        Kind::Echo => says(&ask(world, &client, client.call(id, "echo", text, false)).await?, id, text)?,
        Kind::Wait => says(&ask(world, &client, client.call(id, "wait", text, false)).await?, id, text)?,
        Kind::Count => {
            let reply = world.connections.send(client.post(&client.call(id, "count", text, true))?).await?;
            streamed(reply, call, None).await?;
        }
        Kind::Confirm => confirm(world, &client, call).await?,
        Kind::List => {
            let answer = ask(world, &client, client.request(id, "tools/list", json!({}))).await?;
            let tools = wire::result(&answer, id)?.get("tools").and_then(Value::as_array);
            if tools.map(Vec::len) != Some(7) {
                return Err(format!("not the list of tools: {answer}").into());
            }
        }
        Kind::Discover => {
            let answer = ask(world, &client, client.request(id, "server/discover", json!({}))).await?;
            if wire::result(&answer, id)?.pointer("/supportedVersions/0") != Some(&json!(MODERN)) {
                return Err(format!("not the answer to server/discover: {answer}").into());
            }
        }
        Kind::Abandon => return abandon(world, &client, call).await,
    }
    Ok(Ending::Answered)
}

/// An answer that is JSON.
async fn ask(world: &World, client: &Client<'_>, request: Value) -> Result<Value, Failure> {
    let reply = world.connections.send(client.post(&request)?).await?;
    Ok(serde_json::from_slice(&reply.whole().await?)?)
}

/// The first answer is a question, the second call brings what the person said.
async fn confirm(world: &World, client: &Client<'_>, call: &Call) -> Result<(), Failure> {
    let Call { id, text, number } = call;
    let mut request = client.call(id, "confirm", text, false);
    let answer = ask(world, client, request.clone()).await?;
    let result = wire::result(&answer, id)?;
    let asked = result.pointer("/inputRequests/how/params/message").and_then(Value::as_str);
    if result.get("resultType") != Some(&json!("input_required")) || asked != Some(text) {
        return Err(format!("not the question: {answer}").into());
    }
    let how = json!({ "action": "accept", "content": { "how": format!("loudly {number}") } });
    request["params"]["inputResponses"] = json!({ "how": how });
    if let Some(state) = result.get("requestState") {
        request["params"]["requestState"] = state.clone();
    }
    let again = Value::from(world.next_id());
    request["id"] = again.clone();
    says(&ask(world, client, request).await?, &again, &format!("{text}, loudly {number}"))
}

/// Every other time before the server has said anything.
async fn abandon(world: &World, client: &Client<'_>, call: &Call) -> Result<Ending, Failure> {
    let Call { id, text, number } = call;
    let early = number.is_multiple_of(2);
    let held = world.connections.hold(client.post(&client.call(id, "hold", text, !early))?);
    if early {
        return match tokio::time::timeout(Duration::from_millis(20), held).await {
            Ok(held) => Err(format!("`hold` answered: {:?}", held?.head).into()),
            Err(_) => Ok(Ending::GivenUp),
        };
    }
    let mut held = held.await?.stream()?;
    let first = held.event().await?.ok_or("`hold` ended by itself")?.message()?;
    if wire::is(&first, "notifications/progress") {
        return Ok(Ending::GivenUp);
    }
    Err(format!("not the progress of `hold`: {first}").into())
}
