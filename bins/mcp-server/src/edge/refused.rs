//! Requests that are turned away before they are worked on: why, what the answer says, and who counts it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use mcp_protocol::{ErrorCode, ResponseBody, RpcError};
use serde_json::json;

use crate::edge::limits::Rate;

/// What is left of an allowance, and the allowance (draft-ietf-httpapi-ratelimit-headers-10).
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What a request is for, the first to be kept up when there is more than the server can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Signing in and staying signed in: whoever loses that comes back with more requests.
    OAuth,
    /// MCP requests and the tools that only read.
    Reads,
    /// Tools that change something.
    Sends,
    /// Tools that read transcripts: the longest calls with the largest answers.
    Transcripts,
    /// Pages for people.
    Pages,
}

impl Class {
    /// Its name in logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OAuth => "oauth",
            Self::Reads => "reads",
            Self::Sends => "sends",
            Self::Transcripts => "transcripts",
            Self::Pages => "pages",
        }
    }
}

/// Why somebody was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Too many requests from one address by somebody who has not signed in.
    Address,
    /// Too many of one connection of an app's.
    Grant,
    /// Too many with one API key, whichever connection they came through.
    Key,
    /// Too many of a workspace that the operator has named the keys of.
    Workspace,
    /// Too many altogether.
    Global,
    /// More than the server can do at this moment.
    Overload(Class),
    /// Too many connections, of one address or in all.
    Connections,
}

impl Refused {
    /// Its name in logs, metrics and the headers of the answer.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Grant => "grant",
            Self::Key => "key",
            Self::Workspace => "workspace",
            Self::Global => "global",
            Self::Overload(_) => "overload",
            Self::Connections => "connections",
        }
    }

    /// The class that was shed; empty where it was no matter of load.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Overload(class) => class.name(),
            _ => "",
        }
    }
}

/// Told of each refusal, to count it. It must not wait: it is called in the middle of a request.
#[derive(Clone, Default)]
pub struct Refusals(Option<Arc<dyn Fn(Refused) + Send + Sync>>);

impl Refusals {
    /// Calls this.
    #[must_use]
    pub fn to(count: impl Fn(Refused) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(count)))
    }

    /// One more.
    pub fn count(&self, refused: Refused) {
        if let Some(count) = &self.0 {
            count(refused);
        }
    }
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Refusals").field(&self.0.is_some()).finish()
    }
}

/// A refusal with what its answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub refused: Refused,
    /// When the same request may pass.
    pub retry_after: Duration,
    /// The allowance that was used up, where it was one.
    pub rate: Option<Rate>,
}

/// In whose form a refusal is said: each kind of client reads its own only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON-RPC error without an id: the body was not read. A client of 2026-07-28 takes any other body for that of a server
    /// of an older revision.
    Mcp,
    /// OAuth's error object (RFC 6749 section 5.2), which everybody else can show.
    OAuth,
}

impl Refusal {
    /// 503 without an allowance.
    #[must_use]
    pub const fn overload(class: Class, retry_after: Duration) -> Self {
        Self { refused: Refused::Overload(class), retry_after, rate: None }
    }

    /// 429, or 503 where nobody did too much.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.refused {
            Refused::Overload(_) | Refused::Global => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// Whole seconds, rounded up, of which there is at least one.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        u64::try_from(self.retry_after.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
    }

    /// What happened and what to do, for whoever reads it: a person, or a model.
    #[must_use]
    pub fn sentence(&self) -> String {
        let what = match self.refused {
            Refused::Address => "Too many requests from this address without a valid sign-in",
            Refused::Grant => "This connection makes too many requests",
            Refused::Key => "The connections of this API key make too many requests together",
            Refused::Workspace => "This workspace has used up its allowance of requests",
            Refused::Global | Refused::Overload(_) => "The server has more to do than it can",
            Refused::Connections => "Too many connections from this address",
        };
        format!("{what}. Nothing was done: send the same request again in {} s.", self.seconds())
    }

    /// The same as an error of an MCP call.
    #[must_use]
    pub fn rpc_error(&self) -> RpcError {
        // The status says it to whoever reads statuses, the code to whoever reads bodies. It is outside the ranges that
        // JSON-RPC and MCP reserve.
        let error = RpcError::new(ErrorCode(i32::from(self.status().as_u16())), self.sentence())
            .with_data(json!({ "reason": self.refused.name(), "retryAfterSeconds": self.seconds() }))
            .with_http_status(self.status());
        self.headers().into_iter().fold(error, |error, (name, value)| error.with_http_header(name, value))
    }

    /// The answer to a request whose body was not read.
    #[must_use]
    pub fn answer(&self, form: Form) -> Response<ResponseBody> {
        let status = self.status();
        let body = match form {
            Form::Mcp => json!({
                "jsonrpc": "2.0",
                "id": null,
                "error": {
                    "code": status.as_u16(),
                    "message": self.sentence(),
                    "data": { "reason": self.refused.name(), "retryAfterSeconds": self.seconds() },
                },
            }),
            Form::OAuth => {
                json!({ "error": "temporarily_unavailable", "error_description": self.sentence() })
            }
        };
        let mut response = Response::new(ResponseBody::full(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers());
        response
    }

    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = vec![(RETRY_AFTER, HeaderValue::from(self.seconds()))];
        if let Some(rate) = self.rate {
            let name = self.refused.name();
            let (quota, window) = (rate.burst(), rate.window().as_millis().div_ceil(1000).max(1));
            let policy = format!("\"{name}\";q={quota};w={window}");
            let left = format!("\"{name}\";r=0;t={}", self.seconds());
            headers.extend(HeaderValue::try_from(policy).map(|value| (RATE_LIMIT_POLICY, value)));
            headers.extend(HeaderValue::try_from(left).map(|value| (RATE_LIMIT, value)));
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn body(response: Response<ResponseBody>) -> serde_json::Value {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn an_allowance_is_described() {
        let refusal = Refusal {
            refused: Refused::Grant,
            retry_after: Duration::from_millis(2_001),
            rate: Some("20/s:200".parse().unwrap()),
        };
        let response = refusal.answer(Form::Mcp);
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "3");
        assert_eq!(response.headers()["ratelimit-policy"], "\"grant\";q=200;w=10");
        assert_eq!(response.headers()["ratelimit"], "\"grant\";r=0;t=3");
        assert!(!response.headers().contains_key("www-authenticate"), "nobody is to sign in anew");
        let body = body(response).await;
        assert_eq!(body["id"], serde_json::Value::Null);
        assert_eq!(body["error"]["code"], 429);
        assert_eq!(body["error"]["data"]["retryAfterSeconds"], 3);
        assert!(body["error"]["message"].as_str().unwrap().contains("Nothing was done"), "{body}");
    }

    #[tokio::test]
    async fn overload_is_nobodys_fault() {
        for (form, field) in [(Form::Mcp, "error"), (Form::OAuth, "error_description")] {
            let response = Refusal::overload(Class::OAuth, Duration::ZERO).answer(form);
            assert_eq!(response.status(), 503);
            assert_eq!(response.headers()["retry-after"], "1");
            assert!(!response.headers().contains_key("ratelimit"));
            assert!(body(response).await[field].to_string().contains("more to do than it can"));
        }
        let error = Refusal::overload(Class::Sends, Duration::from_secs(2)).rpc_error();
        let (status, headers) = error.http().unwrap();
        assert_eq!((status.as_u16(), &headers["retry-after"]), (503, &HeaderValue::from(2)));
    }
}
