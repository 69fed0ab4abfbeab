//! Every operation: its route, its surface and what may be done when it fails. This table is the one place that
//! decides which of the API's two surfaces an operation goes to; callers never see it.
//!
//! The dated surface is the rule: its reads are workspace-wide and complete, and new things come there. v1 has
//! what the dated one lacks: sending (the dated send is too young to have a published body), contacts with
//! their phones and emails inline, custom field definitions, who a conversation is assigned to, tasks on an
//! inbox or a call, and the webhooks of the old signature.

use http::{HeaderName, HeaderValue, Method};

use self::Surface::{Dated, V1};

/// The version header of the dated surface and the version that this crate speaks. Required on every request
/// there, without a default.
pub(crate) const VERSION_HEADER: (HeaderName, HeaderValue) =
    (HeaderName::from_static("quo-api-version"), HeaderValue::from_static("2026-03-30"));

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
    /// It reads: nothing, ever.
    Read,
    /// It sets something to what the request says, or takes it away: the second time changes nothing more.
    Set,
    /// A second text, a second contact. The API has no idempotency key on any operation.
    Once,
}

impl Effect {
    /// Whether a request may be written again that may have been carried out.
    pub(crate) fn may_repeat(self) -> bool {
        self != Self::Once
    }
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

impl Operation {
    /// The HTTP method, as a word that lives as long as the program.
    pub(crate) fn method_name(&self) -> &'static str {
        match self.method {
            Method::POST => "POST",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            _ => "GET",
        }
    }
}

const fn operation(
    name: &'static str,
    method: Method,
    effect: Effect,
    surface: Surface,
    route: &'static str,
) -> Operation {
    Operation { name, method, surface, route, effect, max_page: 0 }
}

const fn read(name: &'static str, surface: Surface, route: &'static str) -> Operation {
    operation(name, Method::GET, Effect::Read, surface, route)
}

const fn list(name: &'static str, surface: Surface, route: &'static str, max_page: u16) -> Operation {
    Operation { name, method: Method::GET, surface, route, effect: Effect::Read, max_page }
}

/// Makes something that was not there: a second time makes a second one.
const fn create(name: &'static str, surface: Surface, route: &'static str) -> Operation {
    operation(name, Method::POST, Effect::Once, surface, route)
}

/// Sets something to what the request says: a second time changes nothing more.
const fn set(name: &'static str, method: Method, surface: Surface, route: &'static str) -> Operation {
    operation(name, method, Effect::Set, surface, route)
}

const fn delete(name: &'static str, surface: Surface, route: &'static str) -> Operation {
    operation(name, Method::DELETE, Effect::Set, surface, route)
}

macro_rules! operations {
    ($($(#[$when:meta])* $id:ident = $make:ident($($argument:expr),+);)+) => {
        $($(#[$when])* pub(crate) static $id: Operation = $make($($argument),+);)+

        #[cfg(test)]
        pub(crate) static ALL: &[&Operation] = &[$($(#[$when])* &$id),+];
    };
}

operations! {
    SEND_MESSAGE = create("send_message", V1, "/v1/messages");
    LIST_MESSAGES = list("list_messages", Dated, "/messages", 50);
    GET_MESSAGE = read("get_message", Dated, "/messages/{}");
    RETRY_MESSAGE = create("retry_message", Dated, "/messages/{}/retry");

    LIST_CALLS = list("list_calls", Dated, "/calls", 50);
    GET_CALL = read("get_call", Dated, "/calls/{}");
    LIST_CALL_TRANSCRIPTS = list("list_call_transcripts", Dated, "/calls/{}/transcripts", 50);
    LIST_CALL_RECORDINGS = list("list_call_recordings", Dated, "/calls/{}/recordings", 50);

    CREATE_CONTACT = create("create_contact", V1, "/v1/contacts");
    LIST_CONTACTS = list("list_contacts", V1, "/v1/contacts", 50);
    GET_CONTACT = read("get_contact", V1, "/v1/contacts/{}");
    UPDATE_CONTACT = set("update_contact", Method::PATCH, V1, "/v1/contacts/{}");
    DELETE_CONTACT = delete("delete_contact", V1, "/v1/contacts/{}");
    LIST_CUSTOM_FIELDS = read("list_custom_fields", V1, "/v1/contact-custom-fields");

    LIST_CONTACT_NOTES = list("list_contact_notes", Dated, "/contacts/{}/notes", 50);
    CREATE_CONTACT_NOTE = create("create_contact_note", Dated, "/contacts/{}/notes");
    GET_CONTACT_NOTE = read("get_contact_note", Dated, "/contacts/{}/notes/{}");
    UPDATE_CONTACT_NOTE = set("update_contact_note", Method::PATCH, Dated, "/contacts/{}/notes/{}");
    DELETE_CONTACT_NOTE = delete("delete_contact_note", Dated, "/contacts/{}/notes/{}");

    LIST_CONTACT_PROPERTIES = list("list_contact_properties", Dated, "/contacts/{}/properties", 50);
    CREATE_CONTACT_PROPERTY = create("create_contact_property", Dated, "/contacts/{}/properties");
    GET_CONTACT_PROPERTY = read("get_contact_property", Dated, "/contacts/{}/properties/{}");
    UPDATE_CONTACT_PROPERTY = set("update_contact_property", Method::PATCH, Dated, "/contacts/{}/properties/{}");
    DELETE_CONTACT_PROPERTY = delete("delete_contact_property", Dated, "/contacts/{}/properties/{}");

    LIST_CONTACT_SHARES = list("list_contact_shares", Dated, "/contacts/{}/shares", 50);

    LIST_CONVERSATIONS = list("list_conversations", Dated, "/conversations", 50);
    LIST_RECENT_CONVERSATIONS = list("list_recent_conversations", V1, "/v1/conversations", 100);
    MARK_CONVERSATION_READ = set("mark_conversation_read", Method::POST, Dated, "/conversations/{}/mark-as-read");
    MARK_CONVERSATION_DONE = set("mark_conversation_done", Method::POST, Dated, "/conversations/{}/mark-as-done");
    MARK_CONVERSATION_OPEN = set("mark_conversation_open", Method::POST, Dated, "/conversations/{}/mark-as-open");

    LIST_PHONE_NUMBERS = list("list_phone_numbers", Dated, "/phone-numbers", 50);
    GET_PHONE_NUMBER = read("get_phone_number", Dated, "/phone-numbers/{}");
    LIST_PHONE_NUMBER_USERS = list("list_phone_number_users", Dated, "/phone-numbers/{}/users", 50);
    SEARCH_PHONE_NUMBERS = read("search_phone_numbers", Dated, "/phone-numbers/available");

    LIST_USERS = list("list_users", Dated, "/users", 50);
    GET_USER = read("get_user", Dated, "/users/{}");
    LIST_USER_PHONE_NUMBERS = list("list_user_phone_numbers", Dated, "/users/{}/phone-numbers", 50);

    GET_ORGANIZATION = read("get_organization", Dated, "/organization");

    LIST_TASKS = list("list_tasks", Dated, "/tasks", 100);
    CREATE_TASK = create("create_task", V1, "/v1/tasks");
    GET_TASK = read("get_task", Dated, "/tasks/{}");
    UPDATE_TASK = set("update_task", Method::PATCH, Dated, "/tasks/{}");
    DELETE_TASK = delete("delete_task", Dated, "/tasks/{}");
    SET_TASK_STATUS = set("set_task_status", Method::PATCH, Dated, "/tasks/{}/status");
    LINK_TASK = set("link_task", Method::POST, Dated, "/tasks/{}/conversations");
    UNLINK_TASK = delete("unlink_task", Dated, "/tasks/{}/conversations");
    ASSIGN_TASK = set("assign_task", Method::POST, Dated, "/tasks/{}/users");
    UNASSIGN_TASK = delete("unassign_task", Dated, "/tasks/{}/users");
    SET_TASK_DUE_DATE = set("set_task_due_date", Method::PATCH, Dated, "/tasks/{}/due-date");
    REMOVE_TASK_DUE_DATE = delete("remove_task_due_date", Dated, "/tasks/{}/due-date");

    LIST_WEBHOOKS = read("list_webhooks", Dated, "/webhooks");
    CREATE_WEBHOOK = create("create_webhook", Dated, "/webhooks");
    GET_WEBHOOK = read("get_webhook", Dated, "/webhooks/{}");
    UPDATE_WEBHOOK = set("update_webhook", Method::PATCH, Dated, "/webhooks/{}");
    DELETE_WEBHOOK = delete("delete_webhook", Dated, "/webhooks/{}");
    // A second rotation would replace the secret that the first one answered.
    ROTATE_WEBHOOK_SECRET = create("rotate_webhook_secret", Dated, "/webhooks/{}/rotate");
    LIST_WEBHOOK_DELIVERIES = list("list_webhook_deliveries", Dated, "/webhooks/{}/events", 50);
    GET_WEBHOOK_DELIVERY = read("get_webhook_delivery", Dated, "/webhooks/{}/events/{}");
    RETRY_WEBHOOK_DELIVERY = create("retry_webhook_delivery", Dated, "/webhooks/{}/events/{}/retry");
    TEST_WEBHOOK = create("test_webhook", Dated, "/webhooks/{}/events/test");

    LIST_LEGACY_WEBHOOKS = read("list_legacy_webhooks", V1, "/v1/webhooks");
    GET_LEGACY_WEBHOOK = read("get_legacy_webhook", V1, "/v1/webhooks/{}");
    DELETE_LEGACY_WEBHOOK = delete("delete_legacy_webhook", V1, "/v1/webhooks/{}");
    CREATE_MESSAGE_WEBHOOK = create("create_message_webhook", V1, "/v1/webhooks/messages");
    CREATE_CALL_WEBHOOK = create("create_call_webhook", V1, "/v1/webhooks/calls");
    CREATE_CALL_SUMMARY_WEBHOOK = create("create_call_summary_webhook", V1, "/v1/webhooks/call-summaries");
    CREATE_CALL_TRANSCRIPT_WEBHOOK = create("create_call_transcript_webhook", V1, "/v1/webhooks/call-transcripts");

    GET_A2P_REGISTRATION = read("get_a2p_registration", Dated, "/a2p-registration");
    #[cfg(feature = "a2p-submission")]
    CREATE_A2P_REGISTRATION = create("create_a2p_registration", Dated, "/a2p-registration");
    #[cfg(feature = "a2p-submission")]
    UPDATE_A2P_REGISTRATION = set("update_a2p_registration", Method::PATCH, Dated, "/a2p-registration");
    #[cfg(feature = "a2p-submission")]
    SUBMIT_A2P_REGISTRATION = create("submit_a2p_registration", Dated, "/a2p-registration/submit");
}
