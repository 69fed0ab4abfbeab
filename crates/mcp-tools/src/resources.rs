//! Resources: what a client may read by its URI (`resources/list`, `resources/templates/list`, `resources/read`).
//!
//! A resource shows what tools show, under the same limits: it is there where the tool that reads the same may be called,
//! within the inboxes in reach, cleaned, quoted, marked and bounded as a tool's text is. What is out of reach and what does
//! not exist look alike. Inboxes are listed; conversations, contacts and calls are reached through templates, and from
//! each other.
//!
//! To add one: a variant of [`ResourceKind`] with its template, and a file that reads it.

mod call;
mod contact;
mod conversation;
mod inbox;
mod uri;

use mcp_protocol::{
    Annotations, CacheHint, ReadResourceResult, Resource, ResourceContents, ResourceTemplate, Role,
};
use openphone_client::ErrorKind;

use crate::catalog::Catalog;
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::scope::Scope;
use crate::view::{View, Visibility};

pub use uri::ResourceKind;
pub(crate) use uri::Target;

/// Media type of every resource: the text that a tool would give.
pub const MEDIA_TYPE: &str = "text/plain";
/// Longest text of a resource, in bytes: 6,000 tokens of 4 bytes, as a tool's result.
pub const RESOURCE_BYTES: usize = crate::reading::RESULT_BYTES;

/// Why a resource cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResourceError {
    /// There is none of that URI in this view: unknown, out of reach, or hidden.
    #[error("there is no such resource")]
    NotFound,
    /// The grant lacks a scope. The transport challenges for it.
    #[error("the scope {required} is missing")]
    InsufficientScope {
        /// The scope to ask for.
        required: Scope,
    },
    /// It could not be read now.
    #[error("the resource could not be read")]
    Failed(#[source] ToolError),
}

impl From<ToolError> for ResourceError {
    fn from(error: ToolError) -> Self {
        if error.kind() == ToolErrorKind::NotFound { Self::NotFound } else { Self::Failed(error) }
    }
}

/// Reading one thing by its id failed. An id that the API refuses names nothing.
fn reading(error: openphone_client::Error) -> ResourceError {
    match error.kind() {
        ErrorKind::InvalidRequest | ErrorKind::Unprocessable => ResourceError::NotFound,
        _ => ToolError::reading(error).into(),
    }
}

impl Catalog {
    /// The answer of `resources/templates/list` in this view.
    #[must_use]
    pub fn resource_templates(&self, view: &View) -> Vec<ResourceTemplate> {
        let offered = ResourceKind::ALL.into_iter().filter(|kind| self.offers_resource(view, *kind));
        offered.map(ResourceKind::wire).collect()
    }

    /// The answer of `resources/list` in this view: the inboxes within reach.
    ///
    /// # Errors
    ///
    /// OpenPhone cannot be asked.
    pub async fn resources(&self, view: &View, cx: &Context) -> Result<Vec<Resource>, ResourceError> {
        let view = view.clone().with_limits(cx.limits());
        if !self.offers_resource(&view, ResourceKind::Inbox) {
            return Ok(Vec::new());
        }
        let inboxes = crate::inbox::reachable(&cx.under(&view)).await?;
        let listed = inboxes.iter().map(|inbox| {
            let uri = Target::Inbox(inbox.id.clone()).to_uri();
            let number = inbox.number.as_ref().map(|number| format!(" ({number})")).unwrap_or_default();
            Resource::new(uri, inbox.name.clone())
                .with_title(format!("{}{number}", inbox.name))
                .with_description(ResourceKind::Inbox.description())
                .with_mime_type(MEDIA_TYPE)
                .with_annotations(annotations())
        });
        Ok(listed.collect())
    }

    /// The answer of `resources/read`.
    ///
    /// # Errors
    ///
    /// [`ResourceError`].
    pub async fn read_resource(
        &self,
        view: &View,
        uri: &str,
        cx: &Context,
    ) -> Result<ReadResourceResult, ResourceError> {
        let target = Target::parse(uri).ok_or(ResourceError::NotFound)?;
        // The context may know tighter limits than the view does.
        let view = &view.clone().with_limits(cx.limits());
        match self.visibility(view, target.kind().tool()) {
            Some(Visibility::Callable) => {}
            Some(Visibility::NeedsScope) => {
                return Err(ResourceError::InsufficientScope { required: Scope::Read });
            }
            _ => return Err(ResourceError::NotFound),
        }
        cx.people().touch(cx.key());
        let cx = &cx.under(view);
        let read = async {
            match &target {
                Target::Inbox(id) => inbox::read(self, view, cx, id).await,
                Target::Conversation(id) => conversation::read(self, view, cx, id).await,
                Target::Contact(id) => contact::read(cx, id).await,
                Target::Call(id) => call::read(cx, id).await,
            }
        };
        let text = tokio::select! {
            biased;
            () = cx.cancellation().cancelled() => {
                let error = ToolError::new(ToolErrorKind::Cancelled, "The call was cancelled.", "");
                return Err(ResourceError::Failed(error));
            }
            text = read => text?,
        };
        let contents = ResourceContents::text(target.to_uri(), MEDIA_TYPE, text);
        // Something may happen in it at any moment: nothing is kept.
        Ok(ReadResourceResult::new(vec![contents]).with_cache(CacheHint::default()))
    }

    /// A resource opens nothing that a tool of the view does not.
    pub(crate) fn offers_resource(&self, view: &View, kind: ResourceKind) -> bool {
        self.is_callable(view, kind.tool())
    }
}

/// For the person and the model alike.
fn annotations() -> Annotations {
    Annotations::for_audience(vec![Role::User, Role::Assistant])
}

/// Text that grows line by line up to the bound of a resource.
struct Lines {
    text: String,
    most: usize,
}

impl Lines {
    fn new(first: String) -> Self {
        Self { text: first, most: RESOURCE_BYTES }
    }

    /// Adds a line, or several at once, if there is room.
    fn push(&mut self, line: &str) -> bool {
        let fits = line.len() < self.left();
        if fits {
            self.text.push('\n');
            self.text.push_str(line);
        }
        fits
    }

    fn left(&self) -> usize {
        self.most.saturating_sub(self.text.len())
    }
}
