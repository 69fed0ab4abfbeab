//! Carries out what an operator asks, on the deployment's own authorization server.

use std::sync::Arc;

use oauth_server::{AuthorizationServer, Id};
use sealing::{Fingerprint, Kid};
use state_store::embedded::EmbeddedStore;

use super::live_keys::LiveKeys;
use super::{MOST, Need, Record, Reply, Request};
use crate::exit::in_full;

/// Where requests are carried out.
#[derive(Clone, Debug)]
pub struct Desk {
    oauth: Arc<AuthorizationServer>,
    /// The keys of a running server; a command that opens the store itself has none.
    keys: Option<Arc<LiveKeys>>,
    shared: bool,
    /// The store, where it is this process's own file.
    file: Option<Arc<EmbeddedStore>>,
}

impl Desk {
    /// The desk of a running server. `shared`: other instances may use its store, too.
    #[must_use]
    pub fn of_server(
        oauth: Arc<AuthorizationServer>,
        keys: Arc<LiveKeys>,
        shared: bool,
        file: Option<Arc<EmbeddedStore>>,
    ) -> Self {
        Self { oauth, keys: Some(keys), shared, file }
    }

    /// A desk over a store, without a server.
    #[must_use]
    pub fn of_store(oauth: Arc<AuthorizationServer>, shared: bool) -> Self {
        Self { oauth, keys: None, shared, file: None }
    }

    /// Carries out a request.
    pub async fn answer(&self, request: Request) -> Reply {
        self.carry_out(request).await.unwrap_or_else(|reason| Reply::Failed { reason })
    }

    async fn carry_out(&self, request: Request) -> Result<Reply, String> {
        match request {
            Request::About => Ok(Reply::About { shared: self.shared }),
            Request::KeyNeeds { kids } => self.key_needs(kids).await,
            Request::ReloadKeys => {
                let keys = self.keys.as_ref().ok_or("no server is running")?;
                let kids = keys.reload().map_err(|error| error.to_string())?;
                Ok(Reply::Reloaded { kids: kids.iter().map(ToString::to_string).collect() })
            }
            Request::BackUp { path } => {
                let file =
                    self.file.clone().ok_or("the state is in a store that instances share: back that up")?;
                let copied = tokio::task::spawn_blocking(move || file.back_up(path)).await;
                copied.map_err(|error| error.to_string())?.map_err(|error| in_full(&error))?;
                tracing::info!("the operator took a copy of the state");
                Ok(Reply::BackedUp)
            }
            Request::Connections { credential } => {
                let found = match credential {
                    Some(credential) => self.oauth.connections(fingerprint(&credential)?).await,
                    None => self.oauth.recent_connections(MOST).await,
                };
                let connections = found.map_err(|error| in_full(&error))?;
                Ok(Reply::Connections {
                    connections: connections.into_iter().take(MOST).map(Record::from).collect(),
                })
            }
            Request::Revoke { credential, family } => {
                let credential = fingerprint(&credential)?;
                let family = Id::parse(&family).ok_or("a connection's id is 32 hexadecimal digits")?;
                let was_there = self
                    .oauth
                    .revoke_connection(credential, family)
                    .await
                    .map_err(|error| in_full(&error))?;
                if was_there {
                    tracing::info!(%family, %credential, "the operator ended a connection");
                }
                Ok(Reply::Revoked { was_there })
            }
            Request::RevokeCredential { credential } => {
                let credential = fingerprint(&credential)?;
                let ended = self.oauth.revoke_connections(credential).await;
                let was_there = ended.map_err(|error| in_full(&error))?;
                if !was_there {
                    // Not listed, after the loss of the store perhaps, is not the same as not there.
                    let ended = self.oauth.revoke_credential(credential).await;
                    ended.map_err(|error| in_full(&error))?;
                }
                tracing::info!(%credential, "the operator ended all connections of a credential");
                Ok(Reply::Revoked { was_there })
            }
        }
    }

    async fn key_needs(&self, kids: Vec<String>) -> Result<Reply, String> {
        let mut needs = Vec::with_capacity(kids.len());
        for kid in kids {
            let parsed = Kid::parse(&kid).map_err(|error| error.to_string())?;
            let need = self.oauth.key_needed_until(&parsed).await.map_err(|error| in_full(&error))?;
            needs.push(Need { kid, need: need.into() });
        }
        Ok(Reply::KeyNeeds { needs })
    }
}

fn fingerprint(text: &str) -> Result<Fingerprint, String> {
    // `from_str_radix` takes a sign, too.
    let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u128::from_str_radix(text, 16).ok().filter(|_| digits);
    let number = number.ok_or("a credential's fingerprint is 32 hexadecimal digits")?;
    Ok(Fingerprint::from_bytes(number.to_be_bytes()))
}
