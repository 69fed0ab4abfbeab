//! What a Redis server counts, over a connection of its own.

use std::net::SocketAddr;

use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::Failure;

/// Counts up to a moment, or between two.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Counts {
    /// Commands that ran, those inside of scripts among them.
    pub(crate) commands: u64,
    /// Scripts that ran.
    pub(crate) scripts: u64,
    /// Bytes that came to it.
    pub(crate) bytes: u64,
    /// Its processor time, in seconds.
    pub(crate) processor: f64,
}

impl Counts {
    /// What has come since.
    pub(crate) fn since(self, before: &Self) -> Self {
        Self {
            commands: self.commands.saturating_sub(before.commands),
            scripts: self.scripts.saturating_sub(before.scripts),
            bytes: self.bytes.saturating_sub(before.bytes),
            processor: self.processor - before.processor,
        }
    }
}

/// A connection to it.
pub(crate) struct Redis {
    stream: BufReader<TcpStream>,
}

impl Redis {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, Failure> {
        Ok(Self { stream: BufReader::new(TcpStream::connect(address).await?) })
    }

    /// What it has counted; our own questions are left out.
    pub(crate) async fn counts(&mut self) -> Result<Counts, Failure> {
        let mut counts = Counts::default();
        for line in self.info("commandstats").await?.lines() {
            let Some((name, rest)) =
                line.strip_prefix("cmdstat_").and_then(|line| line.split_once(":calls="))
            else {
                continue;
            };
            let calls: u64 = rest.split(',').next().unwrap_or_default().parse()?;
            if name != "info" {
                counts.commands += calls;
            }
            if matches!(name, "eval" | "evalsha" | "fcall") {
                counts.scripts += calls;
            }
        }
        let stats = self.info("stats").await?;
        let bytes = stats.lines().find_map(|line| line.strip_prefix("total_net_input_bytes:"));
        counts.bytes = bytes.ok_or("no total_net_input_bytes")?.trim().parse()?;
        for line in self.info("cpu").await?.lines() {
            let time = line.strip_prefix("used_cpu_user:").or_else(|| line.strip_prefix("used_cpu_sys:"));
            if let Some(seconds) = time {
                counts.processor += seconds.trim().parse::<f64>()?;
            }
        }
        Ok(counts)
    }

    async fn info(&mut self, section: &str) -> Result<String, Failure> {
        self.stream.write_all(format!("INFO {section}\r\n").as_bytes()).await?;
        let mut head = String::new();
        self.stream.read_line(&mut head).await?;
        let length: usize = head.trim_end().strip_prefix('$').ok_or("Redis does not answer INFO")?.parse()?;
        let mut body = vec![0; length + 2];
        self.stream.read_exact(&mut body).await?;
        Ok(String::from_utf8(body)?)
    }
}
