//! The three error shapes: flat v1 (`code`, `status`), flat dated (neither), and the gateway's wrapped form,
//! which v1 answers to a missing or wrong key and to too many requests.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::answer::json_response;
use crate::Operation;
use crate::faults::Refusal;
use crate::options::ErrorForm;

const DOCS: &str = "https://quo.com/docs";
/// The domain whose errors have a code on the dated surface too.
const WEBHOOKS: u16 = 3;
/// The domain of sending texts.
const MESSAGES: Option<u16> = Some(2);
/// The domain of tasks.
const TASKS: Option<u16> = Some(6);

/// A refusal, before it is put in the shape of a surface.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    title: &'static str,
    message: Cow<'static, str>,
    /// Third and fourth digit of a v1 code: which error of the domain with this status.
    number: u16,
    /// First two digits of a v1 code, when the error is always of one domain; else the operation's.
    domain: Option<u16>,
    /// v1 has one on errors with a name of their own.
    description: Option<&'static str>,
    fields: Vec<FieldError>,
    /// Key of the wrapped form, for errors that the gateway before v1 answers.
    gateway_key: Option<&'static str>,
    /// Where it is told; else the gateway answers on v1.
    form: Option<ErrorForm>,
    retry_after: Option<u32>,
}

/// What is wrong with one parameter or field.
#[derive(Clone, Debug)]
pub(crate) struct FieldError {
    pub(crate) path: String,
    pub(crate) message: String,
    pub(crate) schema: Value,
    pub(crate) value: Option<Value>,
}

/// What was found wrong with a request so far. A body can be wrong in more places than anybody reads: past
/// [`MOST_FIELDS`](Self::MOST_FIELDS) the rest is left out.
#[derive(Debug, Default)]
pub(super) struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    const MOST_FIELDS: usize = 50;

    pub(super) fn push(&mut self, wrong: FieldError) {
        if self.0.len() < Self::MOST_FIELDS {
            self.0.push(wrong);
        }
    }

    /// Refuses when there is anything.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.0)) }
    }
}

impl Extend<FieldError> for FieldErrors {
    fn extend<T: IntoIterator<Item = FieldError>>(&mut self, wrong: T) {
        let room = Self::MOST_FIELDS.saturating_sub(self.0.len());
        self.0.extend(wrong.into_iter().take(room));
    }
}

impl IntoIterator for FieldErrors {
    type Item = FieldError;
    type IntoIter = std::vec::IntoIter<FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl ApiError {
    fn new(status: StatusCode, title: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            title,
            message: message.into(),
            number: 0,
            domain: None,
            description: None,
            fields: Vec::new(),
            gateway_key: None,
            form: None,
            retry_after: None,
        }
    }

    fn named(status: StatusCode, number: u16, title: &'static str, description: &'static str) -> Self {
        Self { number, description: Some(description), ..Self::new(status, title, description) }
    }

    /// 400 with one entry per wrong field.
    pub(crate) fn invalid(fields: Vec<FieldError>) -> Self {
        Self { fields, ..Self::bad_request("The input was invalid") }
    }

    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Bad Request", message)
    }

    pub(super) fn version(operation: Operation) -> Self {
        let message = "Unsupported or missing Quo-Api-Version header. Supported versions: 2026-03-30";
        if operation.domain() == WEBHOOKS {
            return Self { message: message.into(), ..Self::invalid_version() };
        }
        Self::bad_request(message)
    }

    pub(crate) fn invalid_version() -> Self {
        Self::named(StatusCode::BAD_REQUEST, 5, "Invalid Version", "Invalid Version")
    }

    pub(crate) fn missing_key() -> Self {
        let error = Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Missing authorization header");
        Self { gateway_key: Some("Unauthorized"), ..error }
    }

    pub(crate) fn wrong_key() -> Self {
        let error = Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized");
        Self { gateway_key: Some("Unauthorized"), ..error }
    }

    pub(crate) fn too_many_requests(retry_after: Option<u32>) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", "Too many requests");
        Self { gateway_key: Some("TooManyRequests"), retry_after, ..error }
    }

    /// The same, in the given form on both surfaces.
    pub(crate) fn in_form(self, form: Option<ErrorForm>) -> Self {
        Self { form, ..self }
    }

    /// A body that nobody reads to its end.
    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large", "The body is too large")
    }

    pub(crate) fn not_found(what: impl fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found", format!("{what} not found"))
    }

    /// The same in the words that the dated surface has for contacts and what hangs on them.
    pub(crate) fn absent(what: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found", format!("The {what} was not found"))
    }

    pub(crate) fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    pub(crate) fn conflict(message: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, "Conflict", message)
    }

    pub(crate) fn unprocessable(message: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Unprocessable Entity", message)
    }

    /// The acting user is not a member of the number. Messages number it 02, the other domains 01.
    pub(crate) fn not_phone_number_user(operation: Operation) -> Self {
        let number = if operation.domain() == 2 { 2 } else { 1 };
        Self::named(StatusCode::FORBIDDEN, number, "Not Phone Number User", "Not Phone Number User")
    }

    pub(crate) fn too_many_participants() -> Self {
        Self::named(StatusCode::BAD_REQUEST, 1, "Too Many Participants", "Too Many Participants")
    }

    pub(crate) fn invalid_custom_field() -> Self {
        Self::named(StatusCode::BAD_REQUEST, 1, "Invalid Custom Field Item", "Invalid Custom Field Item")
    }

    pub(crate) fn a2p_not_approved() -> Self {
        let error = Self::named(
            StatusCode::BAD_REQUEST,
            6,
            "A2P Registration Not Approved",
            "A2P Registration Not Approved",
        );
        Self { message: "The organization is not approved for A2P".into(), domain: MESSAGES, ..error }
    }

    pub(crate) fn subscription_expired() -> Self {
        let description = "Your subscription has expired";
        Self {
            domain: MESSAGES,
            ..Self::named(StatusCode::PAYMENT_REQUIRED, 1, "Subscription Expired", description)
        }
    }

    /// As many tasks are open as may be. Only v1 has a status of its own for it.
    pub(crate) fn open_tasks_limit(v1: bool) -> Self {
        let name = "Open Tasks Limit Reached";
        if v1 {
            Self { domain: TASKS, ..Self::named(StatusCode::PAYMENT_REQUIRED, 0, name, name) }
        } else {
            Self::forbidden(name)
        }
    }

    pub(crate) fn daily_cap_reached() -> Self {
        let name = "A2P 10DLC Daily Message Cap Reached";
        Self { domain: MESSAGES, ..Self::named(StatusCode::FORBIDDEN, 4, name, name) }
    }

    pub(crate) fn not_enough_credits() -> Self {
        let description = "The organization does not have enough prepaid credits to send the message";
        Self {
            domain: MESSAGES,
            ..Self::named(StatusCode::PAYMENT_REQUIRED, 0, "Not Enough Credits", description)
        }
    }

    pub(crate) fn payment_failed() -> Self {
        Self::new(StatusCode::PAYMENT_REQUIRED, "Payment Required", "The payment for the registration failed")
    }

    /// A setting of the inbox, not of the plan.
    pub(crate) fn international_messaging_off() -> Self {
        Self {
            domain: MESSAGES,
            ..Self::forbidden("International messaging is turned off for this phone number")
        }
    }

    pub(crate) fn opted_out() -> Self {
        Self::bad_request("Opted Out: the recipient replied STOP to this number")
    }

    pub(crate) fn refusal(refusal: Refusal, operation: Operation) -> Self {
        match refusal {
            Refusal::TooManyRequests { retry_after } => Self::too_many_requests(retry_after),
            Refusal::Unknown => {
                let message = "We have encountered an unknown error";
                Self { number: 1, ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Unknown", message) }
            }
            Refusal::PlanWithoutTranscripts => {
                Self::forbidden("Summaries and transcripts are only available on business and scale plans")
            }
            Refusal::A2pNotApproved => Self::a2p_not_approved(),
            Refusal::SubscriptionExpired => Self::subscription_expired(),
            Refusal::NotEnoughCredits => Self::not_enough_credits(),
            Refusal::DailyCapReached => Self::daily_cap_reached(),
            Refusal::InternationalMessagingOff => Self::international_messaging_off(),
            Refusal::OpenTasksLimit => Self::open_tasks_limit(operation.is_v1()),
            Refusal::RevokedKey => Self::wrong_key(),
        }
    }

    /// Puts it in the shape of the operation's surface.
    pub(crate) fn into_response(self, operation: Operation, trace: u64) -> Response<Bytes> {
        // 19 digits, as seen live; a string, because it does not fit a double.
        let trace = (1_000_000_000_000_000_000 + trace % 8_000_000_000_000_000_000).to_string();
        let v1 = operation.is_v1();
        let wrapped = self.form.map_or(v1, |form| form == ErrorForm::Wrapped);
        let body = match self.gateway_key.filter(|_| wrapped) {
            Some(key) => json!({ "error": { "message": self.message, "key": key, "trace": trace } }),
            None => self.flat(operation, v1, &trace),
        };
        let mut response = json_response(self.status, &body);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
        }
        response
    }

    fn flat(&self, operation: Operation, v1: bool, trace: &str) -> Value {
        let mut body = json!({ "message": self.message, "title": self.title, "docs": DOCS, "trace": trace });
        let domain = self.domain.unwrap_or(operation.domain());
        let mut number = self.number;
        // The dated webhook operations number their errors, and put the first wrong field in the message.
        let dated_webhook = !v1 && domain == WEBHOOKS;
        if dated_webhook && let Some(first) = self.fields.first() {
            body["message"] = format!("{}: {}", first.path, first.message).into();
            let wrong_id = first.path == "/webhookId";
            number = if wrong_id { 3 } else { 4 };
            body["title"] = if wrong_id { "Invalid Id" } else { "Invalid Input Format" }.into();
        }
        if v1 || dated_webhook {
            let status = self.status.as_u16();
            body["code"] = format!("{domain:02}{number:02}{status:03}").into();
            body["status"] = status.into();
        }
        if v1 && let Some(description) = self.description {
            body["description"] = description.into();
        }
        if !self.fields.is_empty() {
            body["errors"] = self.fields.iter().map(FieldError::view).collect();
        }
        body
    }
}

impl FieldError {
    fn view(&self) -> Value {
        let mut view = json!({ "path": self.path, "message": self.message, "schema": self.schema });
        if let Some(value) = &self.value {
            view["value"] = value.clone();
        }
        view
    }
}
