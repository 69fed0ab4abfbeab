//! The people of the workspace: read when they are asked for, named in arguments by id, name or email address.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, pin_mut, stream};
use openphone_client::users::{ListUsers, UserRole};
use openphone_client::{Budget, PhoneNumberId, Redacted, UserId};

use crate::context::Context;
use crate::error::ToolError;

/// Pages of 50 people that are read at most.
const PAGES: usize = 10;
/// Inboxes whose people are asked for at the same time.
const AT_ONCE: usize = 4;
/// People that an error names at most.
const NAMED: usize = 20;
/// Longest email address that is shown, in characters.
const MAX_EMAIL: usize = 254;

/// One person of the workspace.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) id: UserId,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    /// owner, admin, member, or other.
    pub(crate) role: &'static str,
}

impl Member {
    fn new(
        id: UserId,
        names: [Option<&Redacted<String>>; 2],
        email: Option<&Redacted<String>>,
        role: &UserRole,
    ) -> Self {
        let names: Vec<&str> = names.into_iter().flatten().map(|name| name.as_str()).collect();
        let email = email.map(|email| crate::text::clean_line(email, MAX_EMAIL));
        Self {
            id,
            name: crate::text::clean_name(&names.join(" ")),
            email: email.filter(|email| !email.is_empty()),
            role: match role {
                UserRole::Owner => "owner",
                UserRole::Admin => "admin",
                UserRole::Member => "member",
                _ => "other",
            },
        }
    }

    /// `Dana Whitfield (US…)`; without a name, the address stands for it.
    pub(crate) fn to_phrase(&self) -> String {
        match self.name.as_ref().or(self.email.as_ref()) {
            Some(name) => format!("\"{name}\" ({})", self.id),
            None => self.id.to_string(),
        }
    }
}

/// Everybody, and whether that is all.
pub(crate) async fn everybody(cx: &Context) -> Result<(Vec<Member>, bool), ToolError> {
    let workspace = cx.workspace();
    let users = workspace.users();
    let pages = users.pages(ListUsers::new(), Budget::pages(PAGES));
    pin_mut!(pages);
    let (mut members, mut complete) = (Vec::new(), false);
    while let Some(page) = pages.next().await {
        let page = page.map_err(ToolError::reading)?;
        complete = page.next.is_none();
        members.extend(page.data.into_iter().map(|user| {
            let names = [user.first_name.as_ref(), user.last_name.as_ref()];
            Member::new(user.id.clone(), names, user.email.as_ref(), &user.role)
        }));
    }
    Ok((members, complete))
}

/// Those who share an inbox.
pub(crate) async fn of_inbox(cx: &Context, inbox: &PhoneNumberId) -> Result<Vec<Member>, ToolError> {
    let workspace = cx.workspace();
    let numbers = workspace.phone_numbers();
    let pages = numbers.member_pages(inbox, Budget::pages(PAGES));
    pin_mut!(pages);
    let mut members = Vec::new();
    while let Some(page) = pages.next().await {
        members.extend(page.map_err(ToolError::reading)?.data.into_iter().map(|member| {
            let names = [member.first_name.as_ref(), member.last_name.as_ref()];
            Member::new(member.id.clone(), names, member.email.as_ref(), &member.role)
        }));
    }
    Ok(members)
}

/// The people whom this connection may know of: everybody, or those who share an inbox within its reach.
pub(crate) async fn within_reach(cx: &Context) -> Result<(Vec<Member>, bool), ToolError> {
    let Some(inboxes) = &cx.limits().inboxes else { return everybody(cx).await };
    let shared: Vec<Vec<Member>> =
        stream::iter(inboxes.iter().map(|inbox| of_inbox(cx, inbox)).collect::<Vec<_>>())
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
    let members: BTreeMap<String, Member> =
        shared.into_iter().flatten().map(|member| (member.id.to_string(), member)).collect();
    Ok((members.into_values().collect(), true))
}

/// Finds the person that an argument names: `US…`, a name, a first name, or an email address.
pub(crate) async fn resolve(cx: &Context, path: &str, written: &str) -> Result<Member, ToolError> {
    let (members, _) = within_reach(cx).await?;
    find(&members, written).map_err(|problem| ToolError::argument(path, problem))
}

/// As [`resolve`], for a filter: an id is taken as it is, for one of nobody finds nothing.
pub(crate) async fn id_of(cx: &Context, path: &str, written: &str) -> Result<UserId, ToolError> {
    match UserId::parse(written.trim()) {
        Ok(id) => Ok(id),
        Err(_) => resolve(cx, path, written).await.map(|member| member.id),
    }
}

fn find(members: &[Member], written: &str) -> Result<Member, String> {
    let wanted = crate::text::clean_line(written, 200).to_lowercase();
    let by_id = members.iter().find(|member| member.id.as_str() == written.trim());
    if let Some(member) = by_id {
        return Ok(member.clone());
    }
    let same = |text: &Option<String>| text.as_ref().is_some_and(|text| text.to_lowercase() == wanted);
    let first = |text: &Option<String>| {
        text.as_ref()
            .and_then(|name| name.split(' ').next())
            .is_some_and(|name| name.to_lowercase() == wanted)
    };
    let whole: Vec<&Member> =
        members.iter().filter(|member| same(&member.name) || same(&member.email)).collect();
    let found =
        if whole.is_empty() { members.iter().filter(|member| first(&member.name)).collect() } else { whole };
    let shown = crate::text::clean_line(written, 60);
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => {
            Err(format!("is `{shown}`, who is nobody within reach; give one of: {}", listed(members.iter())))
        }
        several => Err(format!(
            "is `{shown}`, which several people are called; give one id of: {}",
            listed(several.iter().copied())
        )),
    }
}

fn listed<'a>(members: impl ExactSizeIterator<Item = &'a Member>) -> String {
    let more = members.len().saturating_sub(NAMED);
    let mut phrases: Vec<String> = members.take(NAMED).map(Member::to_phrase).collect();
    if more > 0 {
        phrases.push(format!("and {more} more"));
    }
    phrases.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str, name: Option<&str>, email: &str) -> Member {
        Member {
            id: UserId::parse(id).unwrap(),
            name: name.map(str::to_owned),
            email: Some(email.to_owned()),
            role: "member",
        }
    }

    #[test]
    fn people_are_found_by_id_name_first_name_and_address() {
        let team = [
            member("US1", Some("Dana Whitfield"), "dana.whitfield@example.com"),
            member("US2", Some("Marcus Oyelaran"), "marcus@example.com"),
            member("US3", Some("Dana"), "dana@example.com"),
            member("US4", None, "new@example.com"),
            member("US5", Some("Marcus Reed"), "reed@example.com"),
        ];
        for (written, expected) in [
            (" US2 ", "US2"),
            ("dana whitfield", "US1"),
            ("Dana", "US3"),
            ("new@example.com", "US4"),
            ("Marcus  Reed", "US5"),
        ] {
            assert_eq!(find(&team, written).map(|member| member.id.to_string()), Ok(expected.to_owned()));
        }
        let several = find(&team, "Marcus").err().unwrap();
        assert!(several.contains("US2") && several.contains("US5") && !several.contains("US1"), "{several}");
        let nobody = find(&team, "me").err().unwrap();
        assert!(
            nobody.contains("nobody within reach") && nobody.contains("\"new@example.com\" (US4)"),
            "{nobody}"
        );
    }
}
