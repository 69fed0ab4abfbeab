//! The tools' pictures: white line drawings on the product's green, readable on light and on dark backgrounds.
//!
//! A client shows them beside a tool's name (`icons`, MCP 2025-11-25). They are SVG, a few hundred bytes each, and lie
//! at [`Icon::path`] below wherever the embedder serves [`Icon::svg`]; [`crate::Catalog::with_icons_at`] says where.

use std::fmt;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Request, Response, StatusCode};

use crate::toolset::Toolset;

/// A picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Icon {
    /// A speech bubble.
    Message,
    /// A paper plane: it sends.
    Send,
    /// A bubble with a tick: it shows what would be sent.
    Preview,
    /// A receiver.
    Call,
    /// A receiver and an arrow that turns back.
    MissedCall,
    /// A person.
    Contact,
    /// A magnifying glass.
    Find,
    /// A sheet of paper.
    Note,
    /// Two speech bubbles.
    Conversation,
    /// A ticked box.
    Task,
    /// A tray.
    Inbox,
    /// A clock.
    Activity,
}

impl Icon {
    /// Every picture.
    pub const ALL: [Self; 12] = [
        Self::Message,
        Self::Send,
        Self::Preview,
        Self::Call,
        Self::MissedCall,
        Self::Contact,
        Self::Find,
        Self::Note,
        Self::Conversation,
        Self::Task,
        Self::Inbox,
        Self::Activity,
    ];

    /// Media type of [`Icon::svg`].
    pub const MEDIA_TYPE: &'static str = "image/svg+xml";

    /// What a tool of the toolset has unless it says otherwise.
    #[must_use]
    pub const fn of(toolset: Toolset) -> Self {
        match toolset {
            Toolset::Messaging => Self::Message,
            Toolset::Calls => Self::Call,
            Toolset::Contacts => Self::Contact,
            Toolset::Notes => Self::Note,
            Toolset::Conversations => Self::Conversation,
            Toolset::Tasks => Self::Task,
            Toolset::Workspace => Self::Inbox,
        }
    }

    /// Where it lies, below the base of the embedder's choice: `/icons/send.svg`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Message => "/icons/message.svg",
            Self::Send => "/icons/send.svg",
            Self::Preview => "/icons/preview.svg",
            Self::Call => "/icons/call.svg",
            Self::MissedCall => "/icons/missed-call.svg",
            Self::Contact => "/icons/contact.svg",
            Self::Find => "/icons/find.svg",
            Self::Note => "/icons/note.svg",
            Self::Conversation => "/icons/conversation.svg",
            Self::Task => "/icons/task.svg",
            Self::Inbox => "/icons/inbox.svg",
            Self::Activity => "/icons/activity.svg",
        }
    }

    /// The picture that lies at a path.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|icon| icon.path() == path)
    }

    /// The picture as SVG, 24 by 24 units, without scripts, styles or references.
    #[must_use]
    pub fn svg(self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\"><rect width=\"24\" height=\"24\" rx=\"5.5\" fill=\"#0d6350\"/>\
             <path d=\"{}\" fill=\"none\" stroke=\"#fff\" stroke-width=\"1.6\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>",
            self.lines()
        )
    }

    const fn lines(self) -> &'static str {
        match self {
            Self::Message => "M6 6.5h12v8.5h-6.5L8 18v-3H6zM9 9.6h6M9 12h4",
            Self::Send => "M5.5 12 18.5 6l-4.2 12.5-2.6-5.2zM11.7 13.3l6.8-7.3",
            Self::Preview => "M6 6.5h12v8.5h-6.5L8 18v-3H6zM9.4 10.8l1.9 1.9 3.4-3.6",
            Self::Call => {
                "M8.2 5.8 6 7.2c-.3 5.6 5.2 11 10.8 10.8l1.4-2.3-3-2-1.6 1.4c-1.8-.9-3.2-2.3-4.1-4.1l1.4-1.6-1.4-3.6z"
            }
            Self::MissedCall => {
                "M7.6 8.8 5.8 10c.1 4.4 4.2 8.4 8.7 8.3l1.1-1.9-2.4-1.6-1.3 1.1c-1.4-.7-2.5-1.8-3.2-3.2l1.1-1.3-1-2.6zM18.5 5.5l-4.5 4.5M14 6.3V10h3.7"
            }
            Self::Contact => {
                "M12 11.5a2.9 2.9 0 1 0 0-5.8 2.9 2.9 0 0 0 0 5.8zM6.3 18.3c.4-3 2.7-4.6 5.7-4.6s5.3 1.6 5.7 4.6"
            }
            Self::Find => "M10.8 15.8a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM14.5 14.5l4 4",
            Self::Note => "M7 5.5h7l3 3v10H7zM14 5.5v3h3M9.5 11.5h5M9.5 14.5h5",
            Self::Conversation => "M5.5 5.5h9v6.5H9.3L7 14v-2H5.5zM17.3 9h1.2v6.5H17v2l-2.3-2H9.8v-1",
            Self::Task => "M6 6h12v12H6zM9 12.2l2.1 2.1 4-4.4",
            Self::Inbox => "M7.5 6h9l2 7v5h-13v-5zM5.5 13h4c.2 1.5 1.1 2.3 2.5 2.3s2.3-.8 2.5-2.3h4",
            Self::Activity => "M12 18.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM12 8.3V12l2.6 1.7",
        }
    }
}

/// Answers a request for a picture below `mount` (`""` where there is none), `GET` and `HEAD`. `None`: the path is no
/// picture's.
#[must_use]
pub fn handle<B>(request: &Request<B>, mount: &str) -> Option<Response<Bytes>> {
    let icon = Icon::at(request.uri().path().strip_prefix(mount)?)?;
    let mut response = Response::new(Bytes::new());
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Some(response);
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(Icon::MEDIA_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    // An SVG that is opened by itself is a document: it may load and run nothing.
    let policy = HeaderValue::from_static("default-src 'none'; sandbox");
    headers.insert(HeaderName::from_static("content-security-policy"), policy);
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    if request.method() == Method::GET {
        *response.body_mut() = Bytes::from(icon.svg());
    }
    Some(response)
}

/// The name, as in its path.
impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path().trim_start_matches("/icons/").trim_end_matches(".svg"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_path_of_its_own_and_is_found_there() {
        for icon in Icon::ALL {
            assert_eq!(Icon::at(icon.path()), Some(icon));
            assert!(icon.svg().starts_with("<svg ") && icon.svg().len() < 700, "{icon}");
        }
        assert_eq!(Icon::at("/icons/"), None);
        let request = Request::get("/phone/icons/send.svg").body(()).unwrap();
        assert_eq!(handle(&request, "/phone").unwrap().into_body(), Icon::Send.svg());
        assert!(handle(&request, "").is_none() && handle(&request, "/telephone").is_none());
        assert_eq!(Icon::Send.to_string(), "send");
    }
}
