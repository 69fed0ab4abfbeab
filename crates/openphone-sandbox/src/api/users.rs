//! Users: the same fields on both surfaces.

use serde_json::{Value, json};

use super::error::ApiError;
use super::page::page;
use super::pattern::USER;
use super::query::{Params, only_path_id};
use super::{Answer, Cx, time};
use crate::workspace::{Order, Role, Selection, User};

/// `GET /v1/users`, `GET /users`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let v1 = cx.operation.is_v1();
    let mut params = Params::new(cx, &["limit", "after"]);
    let request = params.page_request(v1, 50);
    params.finish()?;
    let users = page(&Selection::of(&cx.workspace.users, &()), &request, Order::OldestFirst, view)?;
    Ok(users.into_answer(v1))
}

/// `GET /v1/users/{userId}`, `GET /users/{userId}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, USER)?;
    cx.workspace.user(&id).map(|user| Answer::data(view(user))).ok_or_else(|| ApiError::not_found("User"))
}

/// What a role is called.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

fn view(user: &User) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "pictureUrl": user.picture_url,
        "role": role(user.role),
        "createdAt": time(user.created_at),
        "updatedAt": time(user.updated_at),
    })
}
