//! The operations that the sandbox serves, as one table: name, method, path, error-code domain, handler.
//!
//! To add one: write its handler in the resource's file under `api/`, and a line here. Everything else
//! (routing, the request counts, the faults' scopes) reads this table. Ids are the vendor's `operationId`s.

use http::Method;

use crate::api::{
    Handler, a2p_registration, available_numbers, call_artifacts, calls, contact_notes, contact_properties,
    contacts, contacts_v1, conversations, messages, organization, phone_numbers, tasks, users,
    webhook_events, webhooks, webhooks_v1,
};

macro_rules! operations {
    ($($variant:ident $method:ident $path:literal $id:literal $domain:literal $handler:path;)*) => {
        /// An operation of the simulated API; its documentation is its method and path.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $(#[doc = concat!("`", stringify!($method), " ", $path, "`")] $variant,)*
        }

        impl Operation {
            /// Every operation that the sandbox serves.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The vendor's `operationId`, such as `sendMessage_v1`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// The path template, such as `/v1/contacts/{id}`.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Self::$variant => $path,)* }
            }

            /// The HTTP method.
            #[must_use]
            pub const fn method(self) -> Method {
                match self { $(Self::$variant => Method::$method,)* }
            }

            /// First two digits of a v1 error code: the part of the product that refuses.
            pub(crate) const fn domain(self) -> u16 {
                match self { $(Self::$variant => $domain,)* }
            }

            pub(crate) fn handler(self) -> Handler {
                match self { $(Self::$variant => $handler,)* }
            }
        }
    };
}

operations! {
    SendMessageV1 POST "/v1/messages" "sendMessage_v1" 2 messages::send;
    ListMessagesV1 GET "/v1/messages" "listMessages_v1" 2 messages::list_v1;
    GetMessageV1 GET "/v1/messages/{id}" "getMessageById_v1" 2 messages::get;
    ListCallsV1 GET "/v1/calls" "listCalls_v1" 1 calls::list_v1;
    GetCallV1 GET "/v1/calls/{callId}" "getCallById_v1" 1 calls::get_v1;
    GetCallRecordingsV1 GET "/v1/call-recordings/{callId}" "getCallRecordings_v1" 9 call_artifacts::recordings_v1;
    GetCallSummaryV1 GET "/v1/call-summaries/{callId}" "getCallSummary_v1" 5 call_artifacts::summary_v1;
    GetCallTranscriptV1 GET "/v1/call-transcripts/{id}" "getCallTranscript_v1" 6 call_artifacts::transcript_v1;
    GetCallVoicemailV1 GET "/v1/call-voicemails/{callId}" "getCallVoicemails_v1" 12 call_artifacts::voicemail_v1;
    ListContactsV1 GET "/v1/contacts" "listContacts_v1" 8 contacts_v1::list;
    CreateContactV1 POST "/v1/contacts" "createContact_v1" 8 contacts_v1::create;
    GetContactV1 GET "/v1/contacts/{id}" "getContactById_v1" 8 contacts_v1::get;
    UpdateContactV1 PATCH "/v1/contacts/{id}" "updateContactById_v1" 8 contacts_v1::update;
    DeleteContactV1 DELETE "/v1/contacts/{id}" "deleteContact_v1" 8 contacts::delete;
    ListContactCustomFieldsV1 GET "/v1/contact-custom-fields" "getContactCustomFields_v1" 7 contacts_v1::custom_fields;
    ListConversationsV1 GET "/v1/conversations" "listConversations_v1" 10 conversations::list_v1;
    MarkConversationReadV1 POST "/v1/conversations/{conversationId}/mark-as-read" "markConversationAsRead_v1" 10 conversations::mark_read;
    MarkConversationDoneV1 POST "/v1/conversations/{conversationId}/mark-as-done" "markConversationAsDone_v1" 10 conversations::mark_done;
    MarkConversationOpenV1 POST "/v1/conversations/{conversationId}/mark-as-open" "markConversationAsOpen_v1" 10 conversations::mark_open;
    ListPhoneNumbersV1 GET "/v1/phone-numbers" "listPhoneNumbers_v1" 4 phone_numbers::list_v1;
    GetPhoneNumberV1 GET "/v1/phone-numbers/{phoneNumberId}" "getPhoneNumberById_v1" 4 phone_numbers::get_v1;
    ListUsersV1 GET "/v1/users" "listUsers_v1" 11 users::list;
    GetUserV1 GET "/v1/users/{userId}" "getUserById_v1" 11 users::get;
    ListTasksV1 GET "/v1/tasks" "listTasks_v1" 6 tasks::list;
    CreateTaskV1 POST "/v1/tasks" "createTask_v1" 6 tasks::create_v1;
    GetTaskV1 GET "/v1/tasks/{taskId}" "getTaskById_v1" 6 tasks::get;
    UpdateTaskV1 PUT "/v1/tasks/{taskId}" "updateTask_v1" 6 tasks::update;
    DeleteTaskV1 DELETE "/v1/tasks/{taskId}" "deleteTask_v1" 6 tasks::delete;
    CompleteTaskV1 POST "/v1/tasks/{taskId}/complete" "completeTask_v1" 6 tasks::complete;
    ReopenTaskV1 POST "/v1/tasks/{taskId}/reopen" "reopenTask_v1" 6 tasks::reopen;
    AssignTaskV1 POST "/v1/tasks/{taskId}/assign" "assignTask_v1" 6 tasks::assign;
    UnassignTaskV1 POST "/v1/tasks/{taskId}/unassign" "unassignTask_v1" 6 tasks::unassign;
    ChangeTaskDueDateV1 POST "/v1/tasks/{taskId}/change-due-date" "changeTaskDueDate_v1" 6 tasks::set_due_date;
    RemoveTaskDueDateV1 POST "/v1/tasks/{taskId}/remove-due-date" "removeTaskDueDate_v1" 6 tasks::remove_due_date;
    LinkTaskV1 POST "/v1/tasks/{taskId}/link-conversation" "linkTaskToConversation_v1" 6 tasks::link;
    UnlinkTaskV1 POST "/v1/tasks/{taskId}/unlink-conversation" "unlinkTaskFromConversation_v1" 6 tasks::unlink;
    ListWebhooksV1 GET "/v1/webhooks" "listWebhooks_v1" 3 webhooks_v1::list;
    GetWebhookV1 GET "/v1/webhooks/{id}" "getWebhookById_v1" 3 webhooks_v1::get;
    DeleteWebhookV1 DELETE "/v1/webhooks/{id}" "deleteWebhookById_v1" 3 webhooks_v1::delete;
    CreateMessageWebhookV1 POST "/v1/webhooks/messages" "createMessageWebhook_v1" 3 webhooks_v1::create;
    CreateCallWebhookV1 POST "/v1/webhooks/calls" "createCallWebhook_v1" 3 webhooks_v1::create;
    CreateCallSummaryWebhookV1 POST "/v1/webhooks/call-summaries" "createCallSummaryWebhook_v1" 3 webhooks_v1::create;
    CreateCallTranscriptWebhookV1 POST "/v1/webhooks/call-transcripts" "createCallTranscriptWebhook_v1" 3 webhooks_v1::create;

    ListMessages GET "/messages" "listMessages" 2 messages::list;
    SendMessage POST "/messages" "sendMessage" 2 messages::send;
    GetMessage GET "/messages/{messageId}" "getMessageById" 2 messages::get;
    RetryMessage POST "/messages/{messageId}/retry" "retryMessage" 2 messages::retry;
    ListCalls GET "/calls" "listCalls" 1 calls::list;
    GetCall GET "/calls/{callId}" "getCallById" 1 calls::get;
    GetCallRecordings GET "/calls/{callId}/recordings" "getCallRecordings" 9 call_artifacts::recordings;
    GetCallTranscripts GET "/calls/{callId}/transcripts" "getCallTranscripts" 6 call_artifacts::transcripts;
    ListConversations GET "/conversations" "listConversationsHeaderVersioned" 10 conversations::list;
    MarkConversationRead POST "/conversations/{conversationId}/mark-as-read" "markConversationAsRead" 10 conversations::mark_read;
    MarkConversationDone POST "/conversations/{conversationId}/mark-as-done" "markConversationAsDone" 10 conversations::mark_done;
    MarkConversationOpen POST "/conversations/{conversationId}/mark-as-open" "markConversationAsOpen" 10 conversations::mark_open;
    ListPhoneNumbers GET "/phone-numbers" "listPhoneNumbers" 4 phone_numbers::list;
    SearchAvailablePhoneNumbers GET "/phone-numbers/available" "getAvailablePhoneNumbersBase" 4 available_numbers::search;
    ListPhoneNumberUsers GET "/phone-numbers/{phoneNumberId}/users" "listPhoneNumberUsers" 4 phone_numbers::users;
    GetPhoneNumber GET "/phone-numbers/{phoneNumberId}" "getPhoneNumberById" 4 phone_numbers::get;
    ListUsers GET "/users" "listUsers" 11 users::list;
    GetUser GET "/users/{userId}" "getUserById" 11 users::get;
    ListUserPhoneNumbers GET "/users/{userId}/phone-numbers" "listUserPhoneNumbers" 4 phone_numbers::of_user;
    GetOrganization GET "/organization" "getOrganization" 0 organization::get;
    GetA2pRegistration GET "/a2p-registration" "getA2pRegistration" 0 a2p_registration::get;
    CreateA2pRegistration POST "/a2p-registration" "createA2pRegistration" 0 a2p_registration::create;
    UpdateA2pRegistration PATCH "/a2p-registration" "updateA2pRegistration" 0 a2p_registration::update;
    SubmitA2pRegistration POST "/a2p-registration/submit" "submitA2pRegistration" 0 a2p_registration::submit;
    ListContacts GET "/contacts" "listContacts" 8 contacts::list;
    CreateContact POST "/contacts" "createContact" 8 contacts::create;
    GetContact GET "/contacts/{contactId}" "getContactById" 8 contacts::get;
    UpdateContact PATCH "/contacts/{contactId}" "updateContactById" 8 contacts::update;
    DeleteContact DELETE "/contacts/{contactId}" "deleteContact" 8 contacts::delete;
    ListContactShares GET "/contacts/{contactId}/shares" "listContactShares" 8 contacts::shares;
    ListContactNotes GET "/contacts/{contactId}/notes" "listContactNotes" 8 contact_notes::list;
    CreateContactNote POST "/contacts/{contactId}/notes" "createContactNote" 8 contact_notes::create;
    GetContactNote GET "/contacts/{contactId}/notes/{noteId}" "getContactNote" 8 contact_notes::get;
    UpdateContactNote PATCH "/contacts/{contactId}/notes/{noteId}" "updateContactNote" 8 contact_notes::update;
    DeleteContactNote DELETE "/contacts/{contactId}/notes/{noteId}" "deleteContactNote" 8 contact_notes::delete;
    ListContactProperties GET "/contacts/{contactId}/properties" "listContactProperties" 8 contact_properties::list;
    CreateContactProperty POST "/contacts/{contactId}/properties" "createContactProperty" 8 contact_properties::create;
    GetContactProperty GET "/contacts/{contactId}/properties/{propertyId}" "getContactProperty" 8 contact_properties::get;
    UpdateContactProperty PATCH "/contacts/{contactId}/properties/{propertyId}" "updateContactProperty" 8 contact_properties::update;
    DeleteContactProperty DELETE "/contacts/{contactId}/properties/{propertyId}" "deleteContactProperty" 8 contact_properties::delete;
    ListTasks GET "/tasks" "tasks.list" 6 tasks::list;
    CreateTask POST "/tasks" "tasks.create" 6 tasks::create_dated;
    GetTask GET "/tasks/{taskId}" "tasks.get" 6 tasks::get;
    UpdateTask PATCH "/tasks/{taskId}" "tasks.update" 6 tasks::update;
    DeleteTask DELETE "/tasks/{taskId}" "tasks.delete" 6 tasks::delete;
    SetTaskStatus PATCH "/tasks/{taskId}/status" "tasks.updateStatus" 6 tasks::set_status;
    LinkTask POST "/tasks/{taskId}/conversations" "tasks.linkConversation" 6 tasks::link;
    UnlinkTask DELETE "/tasks/{taskId}/conversations" "tasks.unlinkConversation" 6 tasks::unlink;
    AssignTask POST "/tasks/{taskId}/users" "tasks.assignUser" 6 tasks::assign;
    UnassignTask DELETE "/tasks/{taskId}/users" "tasks.unassignUser" 6 tasks::unassign;
    SetTaskDueDate PATCH "/tasks/{taskId}/due-date" "tasks.updateDueDate" 6 tasks::set_due_date;
    RemoveTaskDueDate DELETE "/tasks/{taskId}/due-date" "tasks.deleteDueDate" 6 tasks::remove_due_date;
    ListWebhooks GET "/webhooks" "listHeaderVersionedWebhooks" 3 webhooks::list;
    CreateWebhook POST "/webhooks" "createHeaderVersionedWebhook" 3 webhooks::create;
    GetWebhook GET "/webhooks/{webhookId}" "getHeaderVersionedWebhookById" 3 webhooks::get;
    UpdateWebhook PATCH "/webhooks/{webhookId}" "updateHeaderVersionedWebhookById" 3 webhooks::update;
    DeleteWebhook DELETE "/webhooks/{webhookId}" "deleteHeaderVersionedWebhookById" 3 webhooks::delete;
    RotateWebhookKey POST "/webhooks/{webhookId}/rotate" "rotateHeaderVersionedWebhookSecret" 3 webhooks::rotate;
    ListWebhookEvents GET "/webhooks/{webhookId}/events" "listWebhookDeliveries" 3 webhook_events::list;
    GetWebhookEvent GET "/webhooks/{webhookId}/events/{deliveryId}" "getWebhookDelivery" 3 webhook_events::get;
    RetryWebhookEvent POST "/webhooks/{webhookId}/events/{deliveryId}/retry" "retryWebhookDelivery" 3 webhook_events::retry;
    TestWebhook POST "/webhooks/{webhookId}/events/test" "sendTestWebhookEvent" 3 webhook_events::test;
}

impl Operation {
    /// Whether it belongs to the v1 surface (else to the dated one, `2026-03-30`).
    #[must_use]
    pub fn is_v1(self) -> bool {
        self.path().starts_with("/v1/")
    }

    /// Whether it is one of the operations that send a text.
    #[must_use]
    pub fn sends_text(self) -> bool {
        matches!(self, Self::SendMessageV1 | Self::SendMessage)
    }
}
