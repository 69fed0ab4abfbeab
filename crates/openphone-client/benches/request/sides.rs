//! The two sides: an operation with this crate, and the same exchange as a program without it would write it.
//! Both use one `reqwest` client, and so one connection.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use openphone_client::messages::{ListMessages, SendMessage};
use openphone_client::{
    ApiKey, E164, MessageId, OpenPhone, PhoneNumberId, RateLimiter, Refusal, TurnFor, Workspace,
    recommended_http_client,
};
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION};
use sealing::SecretString;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use url::Url;

use crate::Failure;

const KEY: &str = "benchmark-key-0123456789abcdef";
const MESSAGE: &str = "AC00000000";
const INBOX: &str = "PN1a2b3c4d";
const RECIPIENT: &str = "+14155550101";
const TEXT: &str = "Your table for four is ready. Please come to the front desk within ten minutes.";
const VERSION: (&str, &str) = ("quo-api-version", "2026-03-30");
/// The crate's own, which the other side sets as well.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Case {
    Get,
    List,
    Send,
}

impl Case {
    pub(crate) const ALL: [Self; 3] = [Self::Get, Self::List, Self::Send];

    /// Its name in the figures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get one message",
            Self::List => "list 50 messages",
            Self::Send => "send one text",
        }
    }
}

/// Both sides, ready to go.
pub(crate) struct Sides {
    workspace: Workspace,
    message: MessageId,
    list: ListMessages,
    text: SendMessage,
    http: reqwest::Client,
    base: String,
}

impl Sides {
    /// Both talk to `base`.
    pub(crate) fn new(base: &Url) -> Result<Self, Failure> {
        let http = recommended_http_client("openphone-client-benchmark")?;
        let openphone = OpenPhone::builder(http.clone()).base_url(base.clone());
        let openphone = openphone.rate_limiter(Arc::new(Unlimited)).build()?;
        let inbox = PhoneNumberId::parse(INBOX)?;
        Ok(Self {
            workspace: openphone.with_key(ApiKey::new(&SecretString::new(KEY.to_owned()))?),
            message: MessageId::parse(MESSAGE)?,
            list: ListMessages::new().phone_number_id(inbox.clone()),
            text: SendMessage::new(inbox, E164::parse(RECIPIENT)?, TEXT),
            http,
            base: base.as_str().trim_end_matches('/').to_owned(),
        })
    }

    /// With this crate.
    pub(crate) async fn client(&self, case: Case) -> Result<(), Failure> {
        let messages = self.workspace.messages();
        match case {
            Case::Get => made(messages.get(&self.message).await?),
            Case::List => made(messages.list(&self.list).await?),
            Case::Send => made(messages.send(&self.text).await?),
        }
        Ok(())
    }

    /// By hand.
    pub(crate) async fn bare(&self, case: Case) -> Result<(), Failure> {
        let base = &self.base;
        match case {
            Case::Get => {
                let request = self.request(Method::GET, &format!("{base}/messages/{MESSAGE}"));
                made(read::<PlainMessage>(request.header(VERSION.0, VERSION.1)).await?);
            }
            Case::List => {
                let request = self.request(Method::GET, &format!("{base}/messages"));
                let request = request.query(&[("phoneNumberId", INBOX), ("limit", "50")]);
                made(read::<Vec<PlainMessage>>(request.header(VERSION.0, VERSION.1)).await?);
            }
            Case::Send => {
                let body = SendBody { content: TEXT, from: INBOX, to: &[RECIPIENT] };
                let request = self.request(Method::POST, &format!("{base}/v1/messages"));
                made(read::<PlainMessage>(request.json(&body)).await?);
            }
        }
        Ok(())
    }

    fn request(&self, method: Method, url: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, url).timeout(TIMEOUT);
        request.header(AUTHORIZATION, KEY).header(ACCEPT, "application/json")
    }
}

async fn read<T: for<'de> Deserialize<'de>>(
    request: reqwest::RequestBuilder,
) -> reqwest::Result<Envelope<T>> {
    request.send().await?.error_for_status()?.json().await
}

/// The value is made and given up again, as a caller would.
pub(crate) fn made<T>(value: T) {
    drop(black_box(value));
}

#[derive(Serialize)]
struct SendBody<'a> {
    content: &'a str,
    from: &'a str,
    to: &'a [&'a str],
}

/// What an answer is wrapped in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, and not looked at")]
pub(crate) struct Envelope<T> {
    data: T,
    next_cursor: Option<String>,
}

/// The fields of a message, nothing checked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "decoded, and not looked at")]
pub(crate) struct PlainMessage {
    id: String,
    from: String,
    to: Vec<String>,
    text: Option<String>,
    conversation_id: Option<String>,
    direction: String,
    status: String,
    phone_number_id: Option<String>,
    user_id: Option<String>,
    media: Vec<PlainMedia>,
    created_at: String,
    updated_at: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoded, and not looked at")]
struct PlainMedia {
    url: String,
    #[serde(rename = "type")]
    media_type: Option<String>,
}

/// Lets everything through, so that pacing is not what is measured; [`crate::pacing`] measures it apart.
struct Unlimited;

impl RateLimiter for Unlimited {
    fn acquire<'a>(&'a self, _: TurnFor<'a>, _: Instant) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn back_off(&self, _: &str, _: Instant) {}
}
