//! How OpenPhone is doing, for `/status.json`: what its client has seen.

use landing::{StatusSource, UpstreamStatus};
use openphone_client::{OpenPhone, UpstreamState};

/// What is behind the server.
#[derive(Debug)]
pub enum Upstream {
    /// OpenPhone, through this client.
    OpenPhone(OpenPhone),
    /// The sandbox, in this process.
    Simulated,
}

impl StatusSource for Upstream {
    fn upstream(&self) -> UpstreamStatus {
        match self {
            Self::Simulated => UpstreamStatus::Simulated,
            Self::OpenPhone(client) => match client.upstream_state() {
                UpstreamState::Up => UpstreamStatus::Up,
                UpstreamState::Down => UpstreamStatus::Down,
                _ => UpstreamStatus::Unknown,
            },
        }
    }
}
