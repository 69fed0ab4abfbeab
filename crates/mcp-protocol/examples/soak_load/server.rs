//! The server seen from outside (proc(5)), and what it says of itself.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::wire::{self, Client, MODERN};
use crate::{Failure, World};

/// What the server holds at a moment.
#[derive(Debug, Serialize)]
pub(crate) struct Holdings {
    /// Bytes of memory that the system counts as its own.
    pub(crate) resident: u64,
    /// Bytes that its allocator has given out.
    pub(crate) heap: u64,
    pub(crate) descriptors: usize,
    pub(crate) open_streams: usize,
    /// Calls whose work is not done.
    pub(crate) running: u64,
    /// Processor time up to now, in seconds.
    pub(crate) processor: f64,
}

/// The process.
pub(crate) struct Server {
    folder: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    open_streams: usize,
    heap: u64,
    begun: u64,
    ended: u64,
}

impl Server {
    pub(crate) fn new(process: u32) -> Self {
        Self { folder: format!("/proc/{process}").into() }
    }

    /// Looks from outside first, so that a server that stalls is seen as it is.
    pub(crate) async fn holdings(&self, world: &World) -> Result<Holdings, Failure> {
        let status = std::fs::read_to_string(self.folder.join("status"))?;
        let resident = resident(&status).ok_or("the system does not say what the server holds")?;
        let descriptors = std::fs::read_dir(self.folder.join("fd"))?.count();
        let processor = processor(&std::fs::read_to_string(self.folder.join("stat"))?).unwrap_or_default();
        let State { open_streams, heap, begun, ended } = state(world).await?;
        let running = begun.saturating_sub(ended);
        Ok(Holdings { resident, heap, descriptors, open_streams, running, processor })
    }

    /// Waits until the server holds no more than it should, or for as long as it may take.
    pub(crate) async fn settled(
        &self,
        world: &World,
        patience: Duration,
        is_settled: impl Fn(&Holdings) -> bool,
    ) -> Result<Holdings, Failure> {
        let until = std::time::Instant::now() + patience;
        loop {
            let holdings = self.holdings(world).await?;
            if is_settled(&holdings) || std::time::Instant::now() > until {
                return Ok(holdings);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn state(world: &World) -> Result<State, Failure> {
    let client = Client { user: "watcher", revision: MODERN, session: None };
    let id = Value::from(world.next_id());
    let request = client.request(&id, "tools/call", json!({ "name": "state", "arguments": {} }));
    let answer = world.connections.send(client.post(&request)?).await?.whole().await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let text = wire::result(&answer, &id)?.pointer("/content/0/text").and_then(Value::as_str);
    Ok(serde_json::from_str(text.ok_or("no state")?)?)
}

/// `VmRSS:     12345 kB` in bytes.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// User and system time, in hundredths of a second each, after the name in parentheses.
fn processor(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let times = rest.split(' ').skip(11).take(2);
    Some(times.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0)
}
