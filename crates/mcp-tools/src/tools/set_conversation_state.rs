//! `set-conversation-state`: marks a conversation as done, open or read.

use openphone_client::ConversationId;
use openphone_client::conversations::Conversation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::Context;
use crate::conversations;
use crate::error::{ToolError, ToolErrorKind};
use crate::inbox::{self, InboxLabel};
use crate::scope::Scope;
use crate::text;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

/// Marks a conversation.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SetConversationState;

/// Arguments of `set-conversation-state`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// `CN…` id, from list-conversations or a message.
    conversation_id: String,
    /// What to mark it as.
    state: ConversationState,
}

crate::tools::silent_debug!(Input);

/// What a conversation is marked as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConversationState {
    /// It leaves the inbox until something happens in it.
    Done,
    /// It is in the inbox.
    Open,
    /// Nothing in it is unread.
    Read,
}

impl ConversationState {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Open => "open",
            Self::Read => "read",
        }
    }
}

/// Result of `set-conversation-state`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// `CN…`
    pub id: String,
    /// What it was marked as
    pub state: ConversationState,
    /// Its inbox, if that is known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbox: Option<InboxLabel>,
    /// Numbers of the other side
    pub with: Vec<String>,
}

impl Tool for SetConversationState {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "set-conversation-state";
    const TITLE: &'static str = "Mark a conversation done, open or read";
    const DESCRIPTION: &'static str = "Marks one conversation of OpenPhone (Quo) for everybody who shares its inbox: done (it leaves the inbox until something happens in it), open (it is back) or read. Doing it twice changes nothing more; done and open undo each other. The state cannot be read from OpenPhone. send-message can mark as done as it sends.";
    const TOOLSET: Toolset = Toolset::Conversations;
    const SCOPE: Scope = Scope::Write;
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: false, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let output = |state| Output {
            id: "CN1401c478776770beee9ab5cf4fd17f93".to_owned(),
            state,
            inbox: Some(InboxLabel::new("PNfrontdesk1", Some("+14155550150"), "Front desk")),
            with: vec!["+14155550101".to_owned()],
        };
        vec![
            Example::new(
                "We are done with Nora's request",
                json!({ "conversationId": "CN1401c478776770beee9ab5cf4fd17f93", "state": "done" }),
                output(ConversationState::Done),
            ),
            Example::new(
                "Put it back into the inbox",
                json!({ "conversationId": "CN1401c478776770beee9ab5cf4fd17f93", "state": "open" }),
                output(ConversationState::Open),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        if cx.limits().read_only {
            let what = "This connection may not change conversations.";
            let next = "The person can connect again and allow it.";
            return Err(ToolError::new(ToolErrorKind::NotAllowed, what, next).nothing_written());
        }
        let id = ConversationId::parse(input.conversation_id.trim());
        let id = id
            .map_err(|_| ToolError::argument("conversationId", "is no conversation id; it starts with CN"))?;
        within_reach(cx, &id).await.map_err(ToolError::nothing_written)?;
        if cx.cancellation().is_cancelled() {
            return Err(
                ToolError::new(ToolErrorKind::Cancelled, "The call was cancelled.", "").nothing_written()
            );
        }
        let workspace = cx.workspace();
        let all = workspace.conversations();
        let marked = match input.state {
            ConversationState::Done => all.mark_done(&id).await,
            ConversationState::Open => all.mark_open(&id).await,
            ConversationState::Read => all.mark_read(&id).await,
        };
        let marked = marked.map_err(ToolError::writing)?;
        Ok(Output {
            id: id.to_string(),
            state: input.state,
            inbox: label(cx, &marked).await,
            with: with(&marked),
        })
    }

    fn render(output: &Output) -> String {
        let inbox = output.inbox.as_ref().map(|inbox| format!(" of {}", inbox.to_line())).unwrap_or_default();
        let with = if output.with.is_empty() { "unknown".to_owned() } else { output.with.join(", ") };
        format!("Marked as {}: [{}] with {with}{inbox}.", output.state.name(), output.id)
    }
}

/// Makes sure that the conversation is one of an inbox within reach. The API has no way to read one conversation, so a
/// connection that reaches some inboxes only looks for it in their lists.
async fn within_reach(cx: &Context, id: &ConversationId) -> Result<(), ToolError> {
    if cx.limits().inboxes.is_none() || conversations::find(cx, id).await?.is_some() {
        return Ok(());
    }
    Err(ToolError::new(
        ToolErrorKind::NotFound,
        "There is no conversation with this id among the latest of the inboxes that this connection reaches.",
        "Take the id from list-conversations or fetch-messages.",
    ))
}

async fn label(cx: &Context, conversation: &Conversation) -> Option<InboxLabel> {
    let inboxes = inbox::reachable(cx).await.ok()?;
    inboxes.iter().find(|inbox| inbox.id == conversation.phone_number_id).map(inbox::Inbox::label)
}

fn with(conversation: &Conversation) -> Vec<String> {
    conversation.participants.iter().take(20).map(|party| text::clean_line(party.as_str(), 40)).collect()
}
