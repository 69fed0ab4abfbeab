//! Every operation in use: its route, its surface and what may be done when it fails. This table is the one
//! place that decides which of the API's two surfaces an operation goes to; callers never see it.
//!
//! Reads go to the dated surface, which is workspace-wide and complete. v1 sends messages (the dated send is
//! too young to have a published body) and has contacts with their phones and emails inline.

use http::Method;

/// The version header of the dated surface and the version that this crate speaks. Required on every request
/// there, without a default.
pub(crate) const VERSION_HEADER: (&str, &str) = ("quo-api-version", "2026-03-30");

/// One of the API's two surfaces. They share host, keys and ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// `/v1/…`: no version header, `maxResults` and `pageToken`.
    V1,
    /// No prefix, a version header, `limit` and `after`.
    Dated,
}

impl Surface {
    /// The names of the parameters for page size and position.
    pub(crate) fn paging(self) -> (&'static str, &'static str) {
        match self {
            Self::V1 => ("maxResults", "pageToken"),
            Self::Dated => ("limit", "after"),
        }
    }
}

/// What it does to the world to write a request twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it reads, or it sets what is set already.
    Repeatable,
    /// A second text, a second contact. The API has no idempotency key on any operation.
    Once,
}

/// One operation of the API.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its name in logs and errors.
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) surface: Surface,
    /// The path with `{}` for each id. Logs show this, never the path itself.
    pub(crate) route: &'static str,
    pub(crate) effect: Effect,
    /// Items on a page at most. Over it, the API answers 400. Zero where nothing is paged.
    pub(crate) max_page: u16,
}

const fn read(name: &'static str, surface: Surface, route: &'static str) -> Operation {
    Operation { name, method: Method::GET, surface, route, effect: Effect::Repeatable, max_page: 0 }
}

const fn list(name: &'static str, surface: Surface, route: &'static str) -> Operation {
    Operation { name, method: Method::GET, surface, route, effect: Effect::Repeatable, max_page: 50 }
}

const fn create(name: &'static str, surface: Surface, route: &'static str) -> Operation {
    Operation { name, method: Method::POST, surface, route, effect: Effect::Once, max_page: 0 }
}

pub(crate) static SEND_MESSAGE: Operation = create("send_message", Surface::V1, "/v1/messages");
pub(crate) static LIST_MESSAGES: Operation = list("list_messages", Surface::Dated, "/messages");
pub(crate) static GET_MESSAGE: Operation = read("get_message", Surface::Dated, "/messages/{}");

pub(crate) static LIST_CALLS: Operation = list("list_calls", Surface::Dated, "/calls");
pub(crate) static GET_CALL: Operation = read("get_call", Surface::Dated, "/calls/{}");
pub(crate) static LIST_CALL_TRANSCRIPTS: Operation =
    list("list_call_transcripts", Surface::Dated, "/calls/{}/transcripts");
pub(crate) static LIST_CALL_RECORDINGS: Operation =
    list("list_call_recordings", Surface::Dated, "/calls/{}/recordings");

pub(crate) static CREATE_CONTACT: Operation = create("create_contact", Surface::V1, "/v1/contacts");
pub(crate) static LIST_CONTACTS: Operation = list("list_contacts", Surface::V1, "/v1/contacts");
pub(crate) static GET_CONTACT: Operation = read("get_contact", Surface::V1, "/v1/contacts/{}");

pub(crate) static LIST_CONVERSATIONS: Operation =
    list("list_conversations", Surface::Dated, "/conversations");
pub(crate) static LIST_PHONE_NUMBERS: Operation =
    list("list_phone_numbers", Surface::Dated, "/phone-numbers");
pub(crate) static LIST_USERS: Operation = list("list_users", Surface::Dated, "/users");
pub(crate) static GET_ORGANIZATION: Operation = read("get_organization", Surface::Dated, "/organization");
