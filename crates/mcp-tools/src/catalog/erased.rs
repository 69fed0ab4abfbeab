//! A [`Tool`] without its types: JSON in, a wire result out.

use async_trait::async_trait;
use mcp_protocol::{CallToolResult, StructuredContent};
use serde_json::Value;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::tool::Tool;

#[async_trait]
pub(super) trait ErasedTool: Send + Sync {
    /// Calls the tool with arguments that its schema has accepted.
    async fn call(&self, cx: &Context, arguments: Value) -> Result<Answer, ToolError>;
}

/// What a tool answered.
pub(super) struct Answer {
    pub(super) result: CallToolResult,
    /// What sort of failure the parts of the result that failed have in common.
    pub(super) failure: Option<ToolErrorKind>,
}

pub(super) struct Erased<T>(pub(super) T);

#[async_trait]
impl<T: Tool> ErasedTool for Erased<T> {
    async fn call(&self, cx: &Context, arguments: Value) -> Result<Answer, ToolError> {
        let input = serde_json::from_value(arguments)
            .map_err(|error| ToolError::argument("", crate::text::clean_line(&error.to_string(), 200)))?;
        let output = self.0.call(cx, input).await?;
        let mut result = CallToolResult::text(T::render(&output));
        // What has no form in JSON leaves its text, which suffices.
        result.structured_content = StructuredContent::new(&output).ok();
        result.is_error = T::is_failure(&output);
        Ok(Answer { result, failure: T::failure_kind(&output) })
    }
}
