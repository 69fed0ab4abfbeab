//! Calls over HTTP+SSE: POSTed beside a stream that is open all the time, and answered over it.

use serde_json::Value;

use crate::calls::Call;
use crate::legacy::Progress;
use crate::streams::{self, Stream};
use crate::tally::Ending;
use crate::wire::{self, accepted, cancelled, says};
use crate::{Failure, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Echo,
    Count,
    Confirm,
    Cancel,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Echo => "HTTP+SSE, answered at once",
            Self::Count => "HTTP+SSE, with progress",
            Self::Confirm => "HTTP+SSE, asked over the stream",
            Self::Cancel => "HTTP+SSE, cancelled",
        }
    }
}

pub(crate) async fn make(world: &World, kind: Kind, call: &Call) -> Result<Ending, Failure> {
    let Call { id, text, number } = call;
    let asks = |stream: &Stream| kind != Kind::Confirm || stream.revision >= "2025-06-18";
    let stream = world.streams.pick(streams::Kind::HttpSse, *number, asks)?;
    let mut waiting = stream.wait_for(*number);
    let (tool, progress) = match kind {
        Kind::Echo => ("echo", false),
        Kind::Count => ("count", true),
        Kind::Confirm => ("confirm", false),
        Kind::Cancel => ("hold", true),
    };
    stream.post(world, &stream.client().call(id, tool, text, progress)).await?;
    match kind {
        Kind::Echo => says(&waiting.next().await?, id, text)?,
        Kind::Count => {
            let mut progress = Progress::default();
            for _ in 0..3 {
                progress.step(&waiting.next().await?, id)?;
            }
            says(&waiting.next().await?, id, text)?;
            progress.complete()?;
        }
        Kind::Confirm => {
            let question: Value = waiting.next().await?;
            if !wire::is(&question, "elicitation/create") {
                return Err(format!("not the question: {question}").into());
            }
            stream.post(world, &accepted(&question["id"], &format!("loudly {number}"))).await?;
            says(&waiting.next().await?, id, &format!("{text}, loudly {number}"))?;
        }
        Kind::Cancel => {
            let first = waiting.next().await?;
            Progress::default().step(&first, id)?;
            stream.post(world, &cancelled(id)).await?;
            // An answer now would be one that nobody waits for, which the stream's reader says.
            return Ok(Ending::GivenUp);
        }
    }
    Ok(Ending::Answered)
}
