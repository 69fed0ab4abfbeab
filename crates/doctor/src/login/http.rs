//! The `oauth2` crate's way to the network: through the prober, which keeps the last exchange for the report.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::check::Stop;
use crate::exchange::Exchange;
use crate::probe::{Ask, Prober};

/// An HTTP client for one request.
#[derive(Debug)]
pub(super) struct Http<'a> {
    prober: &'a Prober,
    last: Mutex<Option<Result<Exchange, Stop>>>,
}

/// There was no answer; [`Http::fault`] says why.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub(super) struct NoAnswer;

impl<'a> Http<'a> {
    /// One that asks through this prober.
    pub(super) fn new(prober: &'a Prober) -> Self {
        Self { prober, last: Mutex::default() }
    }

    /// The exchange that was made.
    pub(super) fn last(&self) -> Result<Exchange, Stop> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        last.unwrap_or_else(|| Err(Stop::Skip("no request was made".to_owned())))
    }

    /// What the crate's error looks like on the wire. Error answers hold no token, so that they may be shown.
    pub(super) fn fault(&self, error: &dyn std::error::Error) -> Stop {
        match self.last() {
            Ok(answer) if answer.status.is_success() => answer
                .fault(format!("HTTP {}", answer.status), format!("tokens that a client can read ({error})")),
            Ok(answer) => answer.fault(format!("HTTP {}, {}", answer.status, answer.text()), "tokens"),
            Err(stop) => stop,
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let ask = Ask::of(request).map_err(|_| NoAnswer)?.told("as the oauth2 crate asks");
        let answer = self.prober.ask(ask).await;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer.clone());
        let answer = answer.map_err(|_| NoAnswer)?;
        let mut response = HttpResponse::new(answer.body.to_vec());
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Http<'_> {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
