//! The page of connected apps: whoever has a credential sees what was connected with it here, and ends it.
//!
//! The credential is typed in once and checked as at consent. From then on the form carries its fingerprint, sealed,
//! for as long as a page may be open; the credential itself is not kept at all.
//!
//! **What proves what.** The list is shown for a credential that the service knows, even if it may do too little: one
//! that the service does not know (any more) may have been found by anybody, and the apps are its owner's business.
//! Ending everything needs no answer of the service: it must be possible for a credential that was deleted, and
//! during an outage, and it takes nothing from anybody but those who hold that very credential. That there was
//! nothing to end is said, because whoever mistyped must not believe that it is done; such a try counts as a
//! failure like any other, and leaves nothing in the store.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use sealing::{Fingerprint, Purpose, SecretString};
use serde::{Deserialize, Serialize};

mod view;

use self::view::{List, Notice};
use crate::connections::{self, Connection};
use crate::credential::CredentialError;
use crate::credential_check::{self, CheckTrouble};
use crate::error::EndpointError;
use crate::error_page::{self, Place, Trouble};
use crate::form::Form;
use crate::grant::Id;
use crate::open_page::{self, OpenPage, SealedForm};
use crate::request::{NotAForm, Received};
use crate::server::Server;

/// Path of the page.
pub(crate) const CONNECTIONS: &str = "/connections";

/// What the page's form carries.
#[derive(Serialize, Deserialize)]
struct Session {
    page: OpenPage,
    /// The fingerprint of the credential that was typed in and worked.
    proved: Option<[u8; 16]>,
}

impl SealedForm for Session {
    const PURPOSE: Purpose = Purpose::new("opqcp", "connections-page");

    fn page(&self) -> &OpenPage {
        &self.page
    }
}

/// Shows the page as it is opened: it asks for the credential. Changes nothing.
pub(crate) fn show(server: &Server, parts: &Parts) -> Response<Bytes> {
    let Ok((page, binding)) = OpenPage::start(server) else {
        return error_page::render_at(server, parts, &Trouble::Internal, Place::Connections);
    };
    let mut response = view::ask(server, parts, &Session { page, proved: None }, &Notice::None);
    binding.set(&mut response);
    response
}

/// Takes a submitted form.
pub(crate) async fn act(server: &Server, request: &Received) -> Response<Bytes> {
    let parts = &request.parts;
    let refuse = |trouble: &Trouble<'_>| error_page::render_at(server, parts, trouble, Place::Connections);
    let form = match request.form() {
        Ok(form) => form,
        Err(NotAForm::MediaType | NotAForm::Fault(_)) => return refuse(&Trouble::MalformedForm),
    };
    match open_page::accept::<Session>(server, &parts.headers, &form) {
        Ok(session) => Visit { server, parts, form: &form }.answer(session).await,
        Err(refused) => {
            tracing::warn!(reason = ?refused.reason, "form of the connections page refused");
            refuse(&Trouble::Rejected(refused.reason))
        }
    }
}

/// One submission of the form.
struct Visit<'a> {
    server: &'a Server,
    parts: &'a Parts,
    form: &'a Form,
}

impl Visit<'_> {
    async fn answer(&self, mut session: Session) -> Response<Bytes> {
        let everything = self.text("action") == Some("end_all");
        let credential = match session.proved {
            Some(proved) => Fingerprint::from_bytes(proved),
            None => {
                let typed = self.text("api_key").map(str::trim).filter(|key| !key.is_empty());
                let Some(typed) = typed else {
                    return self.ask(&session, &Notice::CredentialMissing);
                };
                let typed = SecretString::new(typed.to_owned());
                let credential = self.server.credential_fingerprint(&typed);
                if everything {
                    let notice = self.end_unproved(session.page.id, &typed, credential).await;
                    return self.ask(&session, &notice);
                }
                match credential_check::check(self.server, self.parts, session.page.id, &typed).await {
                    Ok(_) | Err(CheckTrouble::Service(CredentialError::Forbidden)) => {}
                    Err(trouble) => return self.ask(&session, &Notice::Check(trouble)),
                }
                session.proved = Some(*credential.as_bytes());
                credential
            }
        };
        let notice = if everything {
            self.end_all(credential).await
        } else if let Some(family) = self.text("end").and_then(Id::parse) {
            self.end_one(credential, family).await
        } else {
            Notice::None
        };
        let connections = match connections::list(self.server, credential).await {
            Ok(connections) => connections,
            Err(error) => {
                error.log(CONNECTIONS);
                let notice = if notice == Notice::None { Notice::Unreadable } else { notice };
                return view::unreadable(self.server, self.parts, &session, &notice);
            }
        };
        tracing::info!(%credential, count = connections.len(), "connected apps shown");
        let list = List { session: &session, connections: &connections, notice: &notice };
        view::list(self.server, self.parts, &list)
    }

    async fn end_one(&self, credential: Fingerprint, family: Id) -> Notice {
        match connections::end(self.server, credential, family).await {
            Ok(true) => {
                tracing::info!(%credential, %family, "connection ended by its user");
                Notice::Ended
            }
            Ok(false) => Notice::AlreadyEnded,
            Err(error) => self.not_ended(&error, Some(family)),
        }
    }

    async fn end_all(&self, credential: Fingerprint) -> Notice {
        match connections::end_all(self.server, credential).await {
            Ok(true) => {
                tracing::info!(%credential, "all connections ended by their user");
                Notice::AllEnded
            }
            Ok(false) => Notice::NoneToEnd,
            Err(error) => self.not_ended(&error, None),
        }
    }

    /// Ends all connections of a credential that the service was not asked about.
    async fn end_unproved(&self, page: Id, typed: &SecretString, credential: Fingerprint) -> Notice {
        if let Err(trouble) = credential_check::count(self.server, self.parts, page, typed).await {
            return Notice::Check(trouble);
        }
        match connections::end_all(self.server, credential).await {
            Ok(true) => {
                credential_check::worked(self.server).await;
                tracing::info!(%credential, "all connections ended by their user, unseen");
                Notice::AllEnded
            }
            Ok(false) => Notice::NoneToEnd,
            Err(error) => self.not_ended(&error, None),
        }
    }

    fn not_ended(&self, error: &EndpointError, family: Option<Id>) -> Notice {
        error.log(CONNECTIONS);
        Notice::NotEnded { family }
    }

    fn ask(&self, session: &Session, notice: &Notice) -> Response<Bytes> {
        view::ask(self.server, self.parts, session, notice)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.form.text(name).ok().flatten()
    }
}

/// The status of the page with this notice.
const fn status(notice: &Notice) -> StatusCode {
    match notice {
        Notice::None | Notice::Ended | Notice::AlreadyEnded | Notice::AllEnded => StatusCode::OK,
        Notice::CredentialMissing | Notice::NoneToEnd => StatusCode::BAD_REQUEST,
        Notice::Check(trouble) => trouble.status(),
        Notice::NotEnded { .. } | Notice::Unreadable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Says when to come back, where that is known.
fn with_retry(mut response: Response<Bytes>, notice: &Notice) -> Response<Bytes> {
    let seconds = match notice {
        Notice::Check(trouble) => trouble.retry_after_seconds(),
        Notice::NotEnded { .. } | Notice::Unreadable => Some(2),
        _ => None,
    };
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
