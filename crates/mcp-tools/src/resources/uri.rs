//! The URIs: `openphone://inbox/PN…`, `openphone://conversation/CN…`, `openphone://contact/…`, `openphone://call/AC…`.
//!
//! A scheme of our own, because no client can fetch these by itself (MCP 2026-07-28, Resources). A URI is taken as it is
//! written: no query, no fragment, no other spelling of the same thing.

use mcp_protocol::ResourceTemplate;
use openphone_client::{CallId, ContactId, ConversationId, PhoneNumberId};

/// What every URI begins with.
const SCHEME: &str = "openphone://";

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResourceKind {
    /// An inbox.
    Inbox,
    /// A conversation with what was last said.
    Conversation,
    /// A contact.
    Contact,
    /// A call with its transcript.
    Call,
}

impl ResourceKind {
    /// Every kind, in the order of the list.
    pub const ALL: [Self; 4] = [Self::Inbox, Self::Conversation, Self::Contact, Self::Call];

    /// The name: of the template, of its variable, and in URIs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Conversation => "conversation",
            Self::Contact => "contact",
            Self::Call => "call",
        }
    }

    /// Title for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Inbox => "Inbox",
            Self::Conversation => "Conversation",
            Self::Contact => "Contact",
            Self::Call => "Call with transcript",
        }
    }

    /// What it holds.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Inbox => {
                "A phone number of the workspace: its name, who shares it, and its latest conversations."
            }
            Self::Conversation => "The latest messages and calls with one person or group, newest first.",
            Self::Contact => "A contact: names, company, phone numbers, emails and custom fields.",
            Self::Call => "One call: who, when, its summary, and what was said or left on voicemail.",
        }
    }

    /// The URI template (RFC 6570).
    #[must_use]
    pub const fn template(self) -> &'static str {
        match self {
            Self::Inbox => "openphone://inbox/{inbox}",
            Self::Conversation => "openphone://conversation/{conversation}",
            Self::Contact => "openphone://contact/{contact}",
            Self::Call => "openphone://call/{call}",
        }
    }

    /// The tool that reads the same: without it in the view the resource is not there either.
    #[must_use]
    pub const fn tool(self) -> &'static str {
        match self {
            Self::Inbox => "list-inboxes",
            Self::Conversation => "fetch-messages",
            Self::Contact => "get-contact",
            Self::Call => "fetch-call-transcripts",
        }
    }

    pub(super) fn wire(self) -> ResourceTemplate {
        let mut template = ResourceTemplate::new(self.template(), self.name())
            .with_title(self.title())
            .with_description(self.description())
            .with_mime_type(super::MEDIA_TYPE);
        template.annotations = Some(super::annotations());
        template
    }

    /// The kind of a template, or of a URI that it makes.
    pub(crate) fn of_reference(uri: &str) -> Option<Self> {
        let template = Self::ALL.into_iter().find(|kind| kind.template() == uri);
        template.or_else(|| Target::parse(uri).map(|target| target.kind()))
    }
}

/// What a URI names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Inbox(PhoneNumberId),
    Conversation(ConversationId),
    Contact(ContactId),
    Call(CallId),
}

impl Target {
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        let (kind, id) = uri.strip_prefix(SCHEME)?.split_once('/')?;
        // Ids have letters, digits and little else; what would have to be escaped in a URI is in none.
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')) {
            return None;
        }
        match kind {
            "inbox" => PhoneNumberId::parse(id).ok().map(Self::Inbox),
            "conversation" => ConversationId::parse(id).ok().map(Self::Conversation),
            "contact" => ContactId::parse(id).ok().map(Self::Contact),
            "call" => CallId::parse(id).ok().map(Self::Call),
            _ => None,
        }
    }

    pub(crate) const fn kind(&self) -> ResourceKind {
        match self {
            Self::Inbox(_) => ResourceKind::Inbox,
            Self::Conversation(_) => ResourceKind::Conversation,
            Self::Contact(_) => ResourceKind::Contact,
            Self::Call(_) => ResourceKind::Call,
        }
    }

    pub(crate) fn to_uri(&self) -> String {
        let id = match self {
            Self::Inbox(id) => id.as_str(),
            Self::Conversation(id) => id.as_str(),
            Self::Contact(id) => id.as_str(),
            Self::Call(id) => id.as_str(),
        };
        format!("{SCHEME}{}/{id}", self.kind().name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_read_strictly() {
        for uri in [
            "openphone://inbox/PNfrontdesk1",
            "openphone://conversation/CN5e2d01",
            "openphone://contact/66d0d87e8dc1211467370001",
            "openphone://call/AC77b1c2",
        ] {
            let target = Target::parse(uri).expect(uri);
            assert_eq!(target.to_uri(), uri);
            assert_eq!(ResourceKind::of_reference(uri), Some(target.kind()));
            let template = target.kind().template();
            assert_eq!(ResourceKind::of_reference(template), Some(target.kind()), "{template}");
            let variable = format!("{{{}}}", target.kind().name());
            assert!(template.ends_with(&variable), "{template}");
        }
        for uri in [
            "",
            "openphone://",
            "openphone://inbox",
            "openphone://inbox/",
            "openphone://inbox/CN5e2d01",
            "openphone://inbox/PN1/members",
            "openphone://inbox/PN1?x=1",
            "openphone://inbox/PN1#x",
            "openphone://inbox/PN%31",
            "openphone://call/../inbox/PN1",
            "openphone://contact/..",
            "openphone://contact/+14155550101",
            "openphone://contact/a:b",
            "openphone://user/US1",
            "OPENPHONE://inbox/PN1",
            "https://inbox/PN1",
            "file:///etc/passwd",
        ] {
            assert_eq!(Target::parse(uri), None, "{uri}");
        }
    }
}
