//! What the server offers beside tools (prompts, resources, completion): the catalogue's answers as `mcp-protocol`'s, and
//! its failures as the errors of the protocol.

use std::time::Duration;

use mcp_protocol::{
    CacheHint, CompleteRequest, CompleteResult, GetPrompt, GetPromptResult, Interrupt, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, Pagination, ReadResourceResult, RequestContext,
    RpcError,
};
use serde_json::json;

use super::{Access, ToolServer};
use crate::catalog::ERROR_KIND;
use crate::error::{FieldError, ToolError, ToolErrorKind};
use crate::prompts::PromptError;
use crate::resources::ResourceError;

/// How long a client may keep what depends on its connection alone.
const OFFERS: CacheHint = CacheHint::private(Duration::from_secs(300));
/// How long it may keep the list of inboxes: as long as the server does.
const INBOXES: CacheHint = CacheHint::private(Duration::from_secs(60));
/// Inboxes on one page.
const PAGE: Pagination = Pagination::new(100);

impl<A: Access> ToolServer<A> {
    pub(super) fn prompts(
        &self,
        cx: &RequestContext<A::Caller>,
        cursor: Option<&str>,
    ) -> Result<ListPromptsResult, RpcError> {
        one_page(cursor)?;
        Ok(ListPromptsResult::new(self.catalog.prompts(&self.view(cx)?)).with_cache(OFFERS))
    }

    pub(super) fn prompt(
        &self,
        cx: &RequestContext<A::Caller>,
        asked: &GetPrompt,
    ) -> Result<GetPromptResult, RpcError> {
        self.catalog.get_prompt(&self.view(cx)?, asked).map_err(|error| match error {
            PromptError::Arguments(fields) => RpcError::invalid_params(in_words(&fields)),
            PromptError::Unknown => {
                RpcError::invalid_params(format!("Unknown prompt: {}", shown(&asked.name)))
            }
        })
    }

    pub(super) async fn resources(
        &self,
        cx: &RequestContext<A::Caller>,
        cursor: Option<&str>,
    ) -> Result<ListResourcesResult, RpcError> {
        let resources = match self.catalog.resources(&self.view(cx)?, &self.context(cx)?).await {
            Ok(resources) => resources,
            Err(error) => return Err(self.unread(cx, "", error).await),
        };
        let (page, next) = PAGE.page(&resources, |resource| resource.uri.as_ref(), cursor)?;
        let result = ListResourcesResult::new(page.to_vec()).with_cache(INBOXES);
        Ok(match next {
            Some(next) => result.with_next_cursor(next),
            None => result,
        })
    }

    pub(super) fn resource_templates(
        &self,
        cx: &RequestContext<A::Caller>,
        cursor: Option<&str>,
    ) -> Result<ListResourceTemplatesResult, RpcError> {
        one_page(cursor)?;
        let templates = self.catalog.resource_templates(&self.view(cx)?);
        Ok(ListResourceTemplatesResult::new(templates).with_cache(OFFERS))
    }

    pub(super) async fn resource(
        &self,
        cx: &RequestContext<A::Caller>,
        uri: &str,
    ) -> Result<ReadResourceResult, Interrupt> {
        match self.catalog.read_resource(&self.view(cx)?, uri, &self.context(cx)?).await {
            Ok(result) => Ok(result),
            Err(error) => Err(self.unread(cx, uri, error).await.into()),
        }
    }

    pub(super) async fn completion(
        &self,
        cx: &RequestContext<A::Caller>,
        request: &CompleteRequest,
    ) -> Result<CompleteResult, RpcError> {
        let completed = self.catalog.complete(&self.view(cx)?, request, &self.context(cx)?).await;
        completed.map_err(|error| RpcError::invalid_params(format!("Nothing to complete: {error}")))
    }

    /// Why a resource was not read, as the protocol says it.
    async fn unread(&self, cx: &RequestContext<A::Caller>, uri: &str, error: ResourceError) -> RpcError {
        match error {
            ResourceError::InsufficientScope { required } => {
                // ChatGPT reads challenges in results of tools only: here there is nothing for it.
                self.missing_scope(cx, required).err().unwrap_or_else(|| RpcError::resource_not_found(uri))
            }
            ResourceError::Failed(error) => {
                if error.kind() == ToolErrorKind::KeyRefused {
                    self.access.key_refused(cx.principal()).await;
                }
                failed(&error)
            }
            ResourceError::NotFound => RpcError::resource_not_found(uri),
        }
    }
}

/// A failure of OpenPhone's: what happened and what to do next, and its kind for programs.
fn failed(error: &ToolError) -> RpcError {
    let source = std::error::Error::source(error).map(tracing::field::display);
    tracing::info!(kind = ?error.kind(), source, "a resource could not be read");
    RpcError::internal(error.to_text()).with_data(json!({ ERROR_KIND: error.kind().name() }))
}

fn one_page(cursor: Option<&str>) -> Result<(), RpcError> {
    match cursor {
        None => Ok(()),
        Some(_) => Err(RpcError::invalid_params("cursor: the list has one page; leave the cursor out")),
    }
}

fn in_words(fields: &[FieldError]) -> String {
    let fields = fields.iter().map(|field| format!("{} {}", field.path, field.problem));
    fields.collect::<Vec<_>>().join("; ")
}

/// A peer's word, fit to be quoted in a message.
fn shown(word: &str) -> String {
    crate::text::clean_line(word, 60)
}
