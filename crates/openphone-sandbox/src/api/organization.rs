//! The workspace itself (dated surface only): the cheapest check of a key there is.

use serde_json::json;

use super::error::ApiError;
use super::query::Params;
use super::{Answer, Cx, time};

/// `GET /organization`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    let organization = &cx.workspace.organization;
    Ok(Answer::data(json!({
        "id": organization.id,
        "name": organization.name,
        "subscriptionStatus": if cx.plan.expired { "expired" } else { "active" },
        "createdAt": time(organization.created_at),
        "updatedAt": time(organization.updated_at),
    })))
}
