//! One request as data: which operation, which ids, which query, which body. [`crate::transport`] sends it.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use crate::endpoint::Operation;
use crate::error::{Error, ErrorKind};
use crate::id::{ActorId, CallId, ContactId, MessageId, PhoneNumberId, UserId};
use crate::page::Cursor;
use crate::phone::{E164, Party};
use crate::redacted::Redacted;

/// A request, not yet bound to a host or key. Without `Debug`: it holds numbers and texts.
pub(crate) struct Request {
    pub(crate) operation: &'static Operation,
    segments: Vec<String>,
    query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Bytes>,
}

impl Request {
    pub(crate) fn new(operation: &'static Operation) -> Self {
        Self { operation, segments: Vec::new(), query: Vec::new(), body: None }
    }

    /// The id for the next `{}` of the route.
    pub(crate) fn segment(mut self, id: &impl AsRef<str>) -> Self {
        self.segments.push(id.as_ref().to_owned());
        self
    }

    /// A filter, if it is set.
    pub(crate) fn query(mut self, name: &'static str, value: Option<impl QueryValue>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_query())));
        self
    }

    /// The dated surface's way to give several values: one parameter, separated by commas.
    pub(crate) fn query_set<V: QueryValue>(mut self, name: &'static str, values: &[V]) -> Self {
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(QueryValue::to_query).collect();
            self.query.push((name, values.join(",")));
        }
        self
    }

    /// v1's way to give several values: the parameter again for each, without brackets.
    pub(crate) fn query_each<V: QueryValue>(mut self, name: &'static str, values: &[V]) -> Self {
        self.query.extend(values.iter().map(|value| (name, value.to_query())));
        self
    }

    /// Page size, brought within what the operation allows, and position. The size is always sent: v1's
    /// schema requires it, and the largest page costs the fewest requests.
    pub(crate) fn page(mut self, limit: Option<u16>, after: Option<&Cursor>) -> Self {
        let (size, position) = self.operation.surface.paging();
        let max = self.operation.max_page;
        let limit = limit.unwrap_or(max).clamp(1, max.max(1));
        self.query.push((size, limit.to_string()));
        self.query.extend(after.map(|cursor| (position, cursor.as_str().to_owned())));
        self
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body).map_err(|error| {
            Error::new(ErrorKind::InvalidRequest).in_operation(self.operation).caused_by(error)
        })?;
        self.body = Some(body.into());
        Ok(self)
    }

    /// Refuses ids that cannot stand in a path: empty, `.` and `..` are instructions there, not names (RFC 3986
    /// section 5.2.4). What a caller wrote was checked when it was parsed; this is for what the API gave.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.segments.iter().any(|segment| segment.bytes().all(|byte| byte == b'.')) {
            return Err(Error::new(ErrorKind::InvalidRequest).because("an id cannot stand in an address"));
        }
        Ok(())
    }

    /// The whole address. Form encoding turns `+` into `%2B`: a literal `+` in a query reads as a space.
    pub(crate) fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            let mut ids = self.segments.iter();
            path.pop_if_empty();
            for part in self.operation.route.split('/').filter(|part| !part.is_empty()) {
                path.push(if part == "{}" { ids.next().map_or("", String::as_str) } else { part });
            }
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

/// What can stand in a query.
pub(crate) trait QueryValue {
    fn to_query(&self) -> String;
}

impl<V: QueryValue + ?Sized> QueryValue for &V {
    fn to_query(&self) -> String {
        (**self).to_query()
    }
}

impl QueryValue for str {
    fn to_query(&self) -> String {
        self.to_owned()
    }
}

impl QueryValue for String {
    fn to_query(&self) -> String {
        self.clone()
    }
}

impl<V: QueryValue> QueryValue for Redacted<V> {
    fn to_query(&self) -> String {
        (**self).to_query()
    }
}

impl QueryValue for bool {
    fn to_query(&self) -> String {
        self.to_string()
    }
}

impl QueryValue for Timestamp {
    fn to_query(&self) -> String {
        self.to_string()
    }
}

macro_rules! query_value {
    ($($name:ty),+ $(,)?) => {
        $(impl QueryValue for $name {
            fn to_query(&self) -> String {
                self.as_str().to_owned()
            }
        })+
    };
}

query_value!(
    PhoneNumberId,
    UserId,
    ActorId,
    MessageId,
    CallId,
    ContactId,
    E164,
    Party,
    crate::open_enum::Direction,
    crate::messages::MessageStatus,
    crate::calls::CallStatus,
    crate::contacts::PropertyKind,
    crate::conversations::ConversationSort,
    crate::conversations::InboxFilter,
    crate::webhooks::DeliveryStatus,
    crate::webhooks::EventKind,
);
