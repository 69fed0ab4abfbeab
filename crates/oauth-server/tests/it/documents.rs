//! Hosts of metadata documents that answer as told, and count how often they are asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use oauth_server::{DocumentSource, FetchError, FetchedDocument};
use serde_json::{Value, json};
use url::Url;

pub(crate) const APP: &str = "https://app.example.com/oauth/client.json";
/// Claude's, as it is published.
pub(crate) const CLAUDE_DOCUMENT: &str = "https://claude.ai/oauth/mcp-oauth-client-metadata";

#[derive(Debug, Default)]
pub(crate) struct FakeHosts {
    answers: Mutex<HashMap<String, Result<FetchedDocument, FetchError>>>,
    fetches: AtomicUsize,
}

impl FakeHosts {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn serve(&self, url: &str, body: &impl ToString) {
        self.serve_for(url, body, None);
    }

    pub(crate) fn serve_for(&self, url: &str, body: &impl ToString, fresh_for: Option<Duration>) {
        let document = FetchedDocument { body: Bytes::from(body.to_string()), fresh_for };
        self.answers.lock().unwrap().insert(url.to_owned(), Ok(document));
    }

    pub(crate) fn fail(&self, url: &str, error: FetchError) {
        self.answers.lock().unwrap().insert(url.to_owned(), Err(error));
    }

    pub(crate) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl DocumentSource for FakeHosts {
    async fn fetch(&self, url: &Url, limit: usize) -> Result<FetchedDocument, FetchError> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.lock().unwrap().get(url.as_str()).cloned();
        let document = answer.unwrap_or(Err(FetchError::Unreachable))?;
        if document.body.len() > limit { Err(FetchError::TooLong) } else { Ok(document) }
    }
}

/// The document of a public client with these redirect URIs.
pub(crate) fn document(client_id: &str, redirect_uris: &[&str]) -> Value {
    json!({
        "client_id": client_id,
        "client_name": "App",
        "redirect_uris": redirect_uris,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}
