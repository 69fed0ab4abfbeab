//! The people of the workspace (dated). Quo docs: `api-reference/users`.

use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Workspace;
use crate::decode::maybe;
use crate::endpoint;
use crate::error::Error;
use crate::id::UserId;
use crate::open_enum::open_enum;
use crate::page::{Budget, Cursor, Page, pages};
use crate::phone_numbers::PhoneNumber;
use crate::redacted::Redacted;
use crate::request::Request;
use crate::setters::setters;

/// A person of the workspace.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their email address.
    #[serde(default, deserialize_with = "maybe")]
    pub email: Option<Redacted<String>>,
    /// Their first name.
    #[serde(default, deserialize_with = "maybe")]
    pub first_name: Option<Redacted<String>>,
    /// Their last name.
    #[serde(default, deserialize_with = "maybe")]
    pub last_name: Option<Redacted<String>>,
    /// Where their picture is.
    #[serde(default, deserialize_with = "maybe")]
    pub picture_url: Option<Redacted<String>>,
    /// What they may do.
    pub role: UserRole,
    /// When they joined.
    #[serde(default, deserialize_with = "maybe")]
    pub created_at: Option<Timestamp>,
    /// When their record last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
}

open_enum! {
    /// What a user may do.
    pub enum UserRole {
        /// Owns the workspace.
        Owner = "owner",
        /// Administers it.
        Admin = "admin",
        /// Works in it.
        Member = "member",
    }
}

/// Which page of users to list.
///
/// Every setter takes a value or an `Option` of it.
#[derive(Clone, Debug, Default)]
pub struct ListUsers {
    limit: Option<u16>,
    after: Option<Cursor>,
}

impl ListUsers {
    /// All users of the workspace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Items on a page, brought within 1 and 50. 50 if unset.
        limit: u16;
        /// The page that begins here.
        after: Cursor;
    }
}

/// Users of a workspace; see [`Workspace::users`].
#[derive(Clone, Copy, Debug)]
pub struct Users<'a> {
    pub(crate) workspace: &'a Workspace,
}

impl<'a> Users<'a> {
    /// One page of users.
    pub async fn list(&self, query: &ListUsers) -> Result<Page<User>, Error> {
        let request = Request::new(&endpoint::LIST_USERS).page(query.limit, query.after.as_ref());
        self.workspace.page(request).await
    }

    /// Page after page of [`Users::list`], up to a budget; see [`pages`].
    pub fn pages(
        &self,
        query: ListUsers,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<User>, Error>> + use<'a> {
        let workspace = self.workspace;
        pages(query.after.clone(), budget, move |cursor| {
            let query = query.clone().after(cursor);
            async move { workspace.users().list(&query).await }
        })
    }

    /// One user.
    pub async fn get(&self, id: &UserId) -> Result<User, Error> {
        self.workspace.one(Request::new(&endpoint::GET_USER).segment(id)).await
    }

    /// One page of the numbers that a user shares, with [`PhoneNumber::restrictions`]. 50 to a page if `limit` is
    /// unset.
    pub async fn phone_numbers(
        &self,
        id: &UserId,
        limit: Option<u16>,
        after: Option<&Cursor>,
    ) -> Result<Page<PhoneNumber>, Error> {
        let request = Request::new(&endpoint::LIST_USER_PHONE_NUMBERS)
            .segment(id)
            .query("include", Some("restrictions"))
            .page(limit, after);
        self.workspace.page(request).await
    }

    /// Page after page of [`Users::phone_numbers`], up to a budget; see [`pages`].
    pub fn phone_number_pages(
        &self,
        id: &'a UserId,
        budget: Budget,
    ) -> impl futures_util::Stream<Item = Result<Page<PhoneNumber>, Error>> + use<'a> {
        let users = *self;
        pages(None, budget, move |cursor| async move { users.phone_numbers(id, None, cursor.as_ref()).await })
    }
}
