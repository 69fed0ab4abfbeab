//! Notes on a contact (dated). Quo docs: `api-reference/contacts`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Workspace;
use crate::decode::{maybe, null_as_default};
use crate::endpoint;
use crate::error::{Error, ErrorKind};
use crate::id::{ActorId, ContactId, NoteId};
use crate::page::{Budget, Cursor, Page, pages};
use crate::redacted::Redacted;
use crate::request::Request;

/// Longest note, in characters.
pub const MAX_NOTE_LENGTH: usize = 2000;

/// A note on a contact.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// What it says. `@US…`, `@GR…` and `@OR…` in it mention a person, a group or everyone.
    pub text: Redacted<String>,
    /// Pictures and files. Readable only.
    #[serde(default, deserialize_with = "null_as_default")]
    pub media: Vec<NoteMedia>,
    /// Who wrote it.
    #[serde(default, deserialize_with = "maybe")]
    pub actor_id: Option<ActorId>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
}

/// A picture or file of a note.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct NoteMedia {
    /// Where it can be fetched. Whoever holds the address can read it.
    pub url: Redacted<String>,
    /// Media type, such as `image/jpeg`.
    #[serde(rename = "type", default, deserialize_with = "maybe")]
    pub media_type: Option<String>,
    /// What the file is called.
    #[serde(default, deserialize_with = "maybe")]
    pub name: Option<Redacted<String>>,
}

/// The notes of one contact; see [`super::Contacts::notes`].
#[derive(Clone, Copy, Debug)]
pub struct Notes<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) contact: &'a ContactId,
}

#[derive(Serialize)]
struct NoteBody<'t> {
    text: &'t str,
}

impl<'t> NoteBody<'t> {
    fn new(text: &'t str) -> Result<Self, Error> {
        if (1..=MAX_NOTE_LENGTH).contains(&text.chars().count()) {
            return Ok(Self { text });
        }
        Err(Error::new(ErrorKind::InvalidRequest).because("a note has 1 to 2000 characters"))
    }
}

impl<'a> Notes<'a> {
    /// One page of the contact's notes. 50 to a page if `limit` is unset.
    pub async fn list(&self, limit: Option<u16>, after: Option<&Cursor>) -> Result<Page<Note>, Error> {
        let request = Request::new(&endpoint::LIST_CONTACT_NOTES).segment(self.contact).page(limit, after);
        self.workspace.page(request).await
    }

    /// Page after page of [`Notes::list`], up to a budget; see [`pages`].
    pub fn pages(
        &self,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<Note>, Error>> + use<'a> {
        let notes = *self;
        pages(None, budget, move |cursor| async move { notes.list(None, cursor.as_ref()).await })
    }

    /// One note.
    pub async fn get(&self, id: &NoteId) -> Result<Note, Error> {
        self.workspace.one(Request::new(&endpoint::GET_CONTACT_NOTE).segment(self.contact).segment(id)).await
    }

    /// Writes a note of 1 to 2000 characters. The request is never written twice:
    /// [`ErrorKind::OutcomeUnknown`] means that the note may be there.
    pub async fn create(&self, text: &str) -> Result<Note, Error> {
        let request = Request::new(&endpoint::CREATE_CONTACT_NOTE).segment(self.contact);
        self.workspace.one(request.json(&NoteBody::new(text)?)?).await
    }

    /// Puts another text in a note's place.
    pub async fn update(&self, id: &NoteId, text: &str) -> Result<Note, Error> {
        let request = Request::new(&endpoint::UPDATE_CONTACT_NOTE).segment(self.contact).segment(id);
        self.workspace.one(request.json(&NoteBody::new(text)?)?).await
    }

    /// Deletes a note.
    pub async fn delete(&self, id: &NoteId) -> Result<(), Error> {
        let request = Request::new(&endpoint::DELETE_CONTACT_NOTE).segment(self.contact).segment(id);
        self.workspace.done(request).await
    }
}
