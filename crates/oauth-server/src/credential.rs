//! The embedder's side of consent: checking what the user typed in, and what the user may choose.

use std::time::Duration;

use async_trait::async_trait;
use sealing::SecretString;
use serde::{Deserialize, Serialize};

use crate::consent_choice::ConsentChoice;
use crate::consent_summary::Clause;

/// Checks credentials with the service that they belong to.
///
/// Called when a user approves or checks at the consent page, and at most every five minutes per credential when
/// a client refreshes.
#[async_trait]
pub trait CredentialVerifier: Send + Sync + 'static {
    /// Asks the service whether the credential works. Must answer within about five seconds, by
    /// [`CredentialError::TimedOut`] if need be: a browser or a client is waiting.
    ///
    /// # Errors
    /// See [`CredentialError`]. Only [`CredentialError::Wrong`] ever costs a login.
    async fn verify(&self, credential: &SecretString) -> Result<Account, CredentialError>;

    /// Says in one plain sentence what a connection with these scopes will be able to do, in clauses that hold or not as
    /// the owner chooses: shown beside the choices. The choices are those of the account. Nothing by default.
    fn summarize(&self, scopes: &[String], choices: &[ConsentChoice]) -> Vec<Clause> {
        let _ = (scopes, choices);
        Vec::new()
    }

    /// Says what the owner chose at consent, a sentence for each limit, for the page of connected apps: what
    /// [`Grant::embedder_data`](crate::Grant::embedder_data) means is the embedder's to know. Nothing by default.
    fn describe(&self, embedder_data: &[u8]) -> Vec<String> {
        let _ = embedder_data;
        Vec::new()
    }
}

/// Whose credential it is, and what its owner may choose at consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// What its owner recognizes it by, such as the name of the workspace. Shown on the consent page only.
    pub label: String,
    /// What the owner may choose, in the order shown.
    pub choices: Vec<ConsentChoice>,
}

impl Account {
    /// An account without choices.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), choices: Vec::new() }
    }

    /// Sets the choices.
    #[must_use]
    pub fn choices(mut self, choices: Vec<ConsentChoice>) -> Self {
        self.choices = choices;
        self
    }
}

/// Why a credential was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The service says that it is not one of its credentials (HTTP 401).
    #[error("the credential is not known")]
    Wrong,
    /// The credential is known but may not do what is needed (HTTP 402 or 403).
    #[error("the credential lacks permission")]
    Forbidden,
    /// The service asks to come back later (HTTP 429). The credential may be fine.
    #[error("the service limits the rate of checks")]
    RateLimited {
        /// When to come back, if the service said so.
        retry_after: Option<Duration>,
    },
    /// The service cannot be reached or fails (HTTP 5xx). The credential may be fine.
    #[error("the service is unavailable")]
    Unavailable,
    /// The service did not answer in time. The credential may be fine.
    #[error("the service did not answer in time")]
    TimedOut,
}
