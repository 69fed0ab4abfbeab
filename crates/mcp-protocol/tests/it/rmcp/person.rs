//! The client's side: what it can do, how it answers when it is asked, and all that it hears.

#![expect(deprecated, reason = "what 2026-07-28 deprecates is what the legacy revisions have")]

use std::future::{Future, ready};

use rmcp::ClientHandler;
use rmcp::model::{
    CancelledNotificationParam, ClientConfig, CreateMessageRequestParams, CreateMessageResult,
    CustomNotification, ElicitRequestParams, ElicitResult, ElicitationAction, ErrorData, Implementation,
    ListRootsResult, LoggingMessageNotificationParam, ProgressNotificationParam, ProtocolVersion,
    ResourceUpdatedNotificationParam, Root, SamplingMessage,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What the person heard: of which kind, and the parameters.
pub(super) type Heard = (&'static str, Value);

#[derive(Clone)]
pub(super) struct Person {
    /// What is done with every form and page.
    pub(super) action: ElicitationAction,
    /// The revision that is asked for by `initialize`.
    pub(super) version: ProtocolVersion,
    /// What the client says it can do.
    pub(super) capabilities: Value,
    /// Whether the client's model refuses to work.
    pub(super) on_strike: bool,
    heard: mpsc::UnboundedSender<Heard>,
}

impl Person {
    /// One who accepts, and what they hear.
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Heard>) {
        let (heard, hears) = mpsc::unbounded_channel();
        let version = ProtocolVersion::LATEST_WITH_INITIALIZE;
        let capabilities = json!({
            "elicitation": { "form": {}, "url": {} },
            "sampling": {},
            "roots": {},
            "extensions": { "io.modelcontextprotocol/tasks": {} }
        });
        let action = ElicitationAction::Accept;
        (Self { action, version, capabilities, on_strike: false, heard }, hears)
    }

    fn hear(&self, kind: &'static str, params: impl Serialize) {
        self.heard.send((kind, serde_json::to_value(params).unwrap())).unwrap();
    }
}

impl ClientHandler for Person {
    fn get_info(&self) -> ClientConfig {
        let capabilities = serde_json::from_value(self.capabilities.clone()).unwrap();
        ClientConfig::new(capabilities, Implementation::new("person", "0.1.0"))
            .with_protocol_version(self.version.clone())
    }

    fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> impl Future<Output = Result<ElicitResult, ErrorData>> + Send + '_ {
        self.hear("elicitation", &request);
        let mut result = ElicitResult::new(self.action.clone());
        if let (
            ElicitRequestParams::FormElicitationParams { requested_schema, .. },
            ElicitationAction::Accept,
        ) = (request, &self.action)
        {
            let fill = |name: &String| match name.as_str() {
                "size" => (name.clone(), json!("large")),
                "name" => (name.clone(), json!("Ada")),
                "count" => (name.clone(), json!(2)),
                _ => (name.clone(), json!(true)),
            };
            result = result.with_content(requested_schema.properties.keys().map(fill).collect());
        }
        ready(Ok(result))
    }

    fn create_message(
        &self,
        params: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> impl Future<Output = Result<CreateMessageResult, ErrorData>> + Send + '_ {
        self.hear("sampling", params);
        if self.on_strike {
            return ready(Err(ErrorData::invalid_request("the model is on strike", None)));
        }
        let message = SamplingMessage::assistant_text("short");
        ready(Ok(CreateMessageResult::new(message, "model-1".to_owned()).with_stop_reason("endTurn")))
    }

    fn list_roots(
        &self,
        _: RequestContext<RoleClient>,
    ) -> impl Future<Output = Result<ListRootsResult, ErrorData>> + Send + '_ {
        self.hear("roots", ());
        let roots = vec![Root::new("file:///srv/ada").with_name("home"), Root::new("file:///srv/all")];
        ready(Ok(ListRootsResult::new(roots)))
    }

    fn on_cancelled(
        &self,
        params: CancelledNotificationParam,
        _: NotificationContext<RoleClient>,
    ) -> impl Future<Output = ()> + Send + '_ {
        self.hear("cancelled", params);
        ready(())
    }

    fn on_progress(
        &self,
        params: ProgressNotificationParam,
        _: NotificationContext<RoleClient>,
    ) -> impl Future<Output = ()> + Send + '_ {
        self.hear("progress", params);
        ready(())
    }

    fn on_logging_message(
        &self,
        params: LoggingMessageNotificationParam,
        _: NotificationContext<RoleClient>,
    ) -> impl Future<Output = ()> + Send + '_ {
        self.hear("log", params);
        ready(())
    }

    fn on_resource_updated(
        &self,
        params: ResourceUpdatedNotificationParam,
        _: NotificationContext<RoleClient>,
    ) -> impl Future<Output = ()> + Send + '_ {
        self.hear("updated", params);
        ready(())
    }

    fn on_resource_list_changed(
        &self,
        _: NotificationContext<RoleClient>,
    ) -> impl Future<Output = ()> + Send + '_ {
        self.hear("resources", ());
        ready(())
    }

    fn on_tool_list_changed(
        &self,
        _: NotificationContext<RoleClient>,
    ) -> impl Future<Output = ()> + Send + '_ {
        self.hear("tools", ());
        ready(())
    }

    fn on_prompt_list_changed(
        &self,
        _: NotificationContext<RoleClient>,
    ) -> impl Future<Output = ()> + Send + '_ {
        self.hear("prompts", ());
        ready(())
    }

    fn on_custom_notification(
        &self,
        notification: CustomNotification,
        _: NotificationContext<RoleClient>,
    ) -> impl Future<Output = ()> + Send + '_ {
        self.hear("custom", json!({ "method": notification.method, "params": notification.params }));
        ready(())
    }
}
