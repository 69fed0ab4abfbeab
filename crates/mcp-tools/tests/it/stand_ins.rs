//! Tools that the design names and the catalogue does not have yet, as empty ones: what stands beside the tools (prompts,
//! resources) is offered by their names. Each goes by itself once the real one is registered.

use mcp_tools::tool::{Annotations, Example, Tool};
use mcp_tools::{Catalog, Context, Scope, ToolError, Toolset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Nothing {}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Done {}

macro_rules! stand_ins {
    ($($name:ident $wire:literal $toolset:ident $scope:ident;)*) => {
        $(
            struct $name;

            impl Tool for $name {
                type Input = Nothing;
                type Output = Done;

                const NAME: &'static str = $wire;
                const TITLE: &'static str = "Stand-in";
                const DESCRIPTION: &'static str = "Stands in for a tool that is not there yet.";
                const TOOLSET: Toolset = Toolset::$toolset;
                const SCOPE: Scope = Scope::$scope;
                const ANNOTATIONS: Annotations = Annotations {
                    read_only: matches!(Scope::$scope, Scope::Read),
                    destructive: false,
                    idempotent: false,
                    open_world: false,
                };

                fn examples() -> Vec<Example<Done>> {
                    Vec::new()
                }

                async fn call(&self, _: &Context, _: Nothing) -> Result<Done, ToolError> {
                    Ok(Done {})
                }

                fn render(_: &Done) -> String {
                    String::new()
                }
            }
        )*

        /// The catalogue with every tool of the design.
        pub(crate) fn completed(mut catalog: Catalog) -> Catalog {
            $(
                if catalog.spec($wire).is_none() {
                    catalog = catalog.with($name).expect("a stand-in");
                }
            )*
            catalog
        }
    };
}

stand_ins! {
    SendMessage "send-message" Messaging Write;
    BulkMessages "bulk-messages" Messaging Write;
    SendGroupMessage "send-group-message" Messaging Write;
    PrepareMessage "prepare-message" Messaging Read;
    FetchMessages "fetch-messages" Messaging Read;
    GetMessage "get-message" Messaging Read;
    FetchCallTranscripts "fetch-call-transcripts" Calls Read;
    FetchMissedCalls "fetch-missed-calls" Calls Read;
    ListCalls "list-calls" Calls Read;
    CreateContact "create-contact" Contacts Write;
    UpdateContact "update-contact" Contacts Write;
    ListContacts "list-contacts" Contacts Read;
    GetContact "get-contact" Contacts Read;
    FindContact "find-contact" Contacts Read;
    ListContactNotes "list-contact-notes" Notes Read;
    CreateContactNote "create-contact-note" Notes Write;
    UpdateContactNote "update-contact-note" Notes Write;
    ListConversations "list-conversations" Conversations Read;
    SetConversationState "set-conversation-state" Conversations Write;
    ListTasks "list-tasks" Tasks Read;
    CreateTask "create-task" Tasks Write;
    UpdateTask "update-task" Tasks Write;
    ListInboxes "list-inboxes" Workspace Read;
    ListUsers "list-users" Workspace Read;
    GetProfile "get-profile" Workspace Read;
    ListRecentActivity "list-recent-activity" Workspace Read;
}
