//! Completion of prompt arguments and template variables while a person types (`completion/complete`).
//!
//! What is offered comes from what this connection could read anyway: inboxes within reach, contacts, conversations and
//! teammates where a tool of the view shows them. It is taken from the directories that the tools keep; one that is not
//! there yet is read in the background, and whoever types waits for it no longer than [`PATIENCE`]. Nothing to offer, and
//! an OpenPhone that is slow or failing, are an empty answer and no error.
//!
//! A prompt's argument gets a value that a person can read, with the id at its end; a template's variable gets the id.

mod choices;
mod matching;

use std::time::Duration;

use mcp_protocol::{CompleteRequest, CompleteResult, CompletionReference};
use tokio::time::{Instant, timeout_at};

use crate::catalog::Catalog;
use crate::context::Context;
use crate::per_key::PerKey;
use crate::prompts::ArgumentKind;
use crate::resources::ResourceKind;
use crate::view::View;

use choices::{Choice, Source};

/// Longest wait for a directory that is not there yet.
pub const PATIENCE: Duration = Duration::from_millis(1_500);
/// Keys whose turns are told apart.
const KEYS: usize = 512;
/// How long a turn is remembered that nobody takes.
const IDLE: Duration = Duration::from_secs(60);

/// Why nothing can be completed: the reference is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompletionError {
    /// The view offers no such prompt or template.
    #[error("there is no such prompt or resource template")]
    UnknownReference,
    /// It has no argument of that name. Its arguments are named.
    #[error("it has no such argument; there are: {}", .known.join(", "))]
    UnknownArgument {
        /// The arguments that it has.
        known: Vec<&'static str>,
    },
}

/// Of several completions with one key at once, one reads what is missing and the others wait for it.
#[derive(Debug)]
pub(crate) struct CompletionTurns(PerKey<()>);

impl Default for CompletionTurns {
    fn default() -> Self {
        Self(PerKey::new(KEYS, IDLE))
    }
}

impl Catalog {
    /// The answer of `completion/complete`.
    ///
    /// # Errors
    ///
    /// The view has no such prompt, template or argument.
    pub async fn complete(
        &self,
        view: &View,
        request: &CompleteRequest,
        cx: &Context,
    ) -> Result<CompleteResult, CompletionError> {
        let view = &view.clone().with_limits(cx.limits());
        let (source, readable) = match &request.reference {
            CompletionReference::Prompt { name } => {
                let spec = self.prompt_spec(view, name).ok_or(CompletionError::UnknownReference)?;
                let argument = spec.arguments.iter().find(|argument| argument.name == request.argument);
                let argument = argument.ok_or_else(|| CompletionError::UnknownArgument {
                    known: spec.arguments_in(view).map(|argument| argument.name).collect(),
                })?;
                (self.of_argument(view, argument.kind), true)
            }
            CompletionReference::Resource { uri } => {
                let kind = ResourceKind::of_reference(uri).filter(|kind| self.offers_resource(view, *kind));
                let kind = kind.ok_or(CompletionError::UnknownReference)?;
                if request.argument != kind.name() {
                    return Err(CompletionError::UnknownArgument { known: vec![kind.name()] });
                }
                (of_variable(kind), false)
            }
            _ => return Err(CompletionError::UnknownReference),
        };
        let Some(source) = source else { return Ok(CompleteResult::new(Vec::new())) };
        cx.people().touch(cx.key());
        let inbox = request.known.get("inbox").cloned();
        let choices = in_time(&cx.under(view), source, inbox).await.unwrap_or_default();
        let found = matching::best(choices, &request.value);
        let value = |choice: Choice| if readable { choice.to_value() } else { choice.id };
        Ok(CompleteResult::new(found.into_iter().map(value).collect()))
    }

    /// What an argument is completed from. Nothing that no tool of the view would show.
    fn of_argument(&self, view: &View, kind: ArgumentKind) -> Option<Source> {
        let any = |tools: &[&str]| tools.iter().any(|tool| self.is_callable(view, tool));
        match kind {
            ArgumentKind::Inbox => Some(Source::Inboxes),
            ArgumentKind::Contact => {
                any(&["find-contact", "list-contacts", "get-contact"]).then_some(Source::Contacts)
            }
            ArgumentKind::Conversation => {
                any(&["list-conversations", "fetch-messages"]).then_some(Source::Conversations)
            }
            ArgumentKind::Teammate => any(&["list-users", "list-tasks"]).then_some(Source::Teammates),
            ArgumentKind::Since => Some(Source::Spans),
            ArgumentKind::TimeZone => Some(Source::Zones),
            ArgumentKind::Words => None,
        }
    }
}

/// What a template's variable is completed from. Calls are too many and have no names.
fn of_variable(kind: ResourceKind) -> Option<Source> {
    match kind {
        ResourceKind::Inbox => Some(Source::Inboxes),
        ResourceKind::Conversation => Some(Source::Conversations),
        ResourceKind::Contact => Some(Source::Contacts),
        ResourceKind::Call => None,
    }
}

/// The choices, if they can be had in time. What was begun goes on without whoever waited: the next key that they press
/// finds it done.
async fn in_time(cx: &Context, source: Source, inbox: Option<String>) -> Option<Vec<Choice>> {
    if let Some(choices) = source.at_hand() {
        return Some(choices);
    }
    let until = (Instant::now() + PATIENCE).min(cx.deadline());
    let turn = timeout_at(until, cx.completions().0.slot(cx.key()).lock_owned()).await.ok()?;
    let cx = cx.clone();
    let reading = tokio::spawn(async move {
        let choices = source.read(&cx, inbox.as_deref()).await;
        drop(turn);
        choices
    });
    match timeout_at(until, reading).await.ok()?.ok()? {
        Ok(choices) => Some(choices),
        Err(error) => {
            tracing::debug!(kind = ?error.kind(), "a completion has nothing to offer");
            None
        }
    }
}
