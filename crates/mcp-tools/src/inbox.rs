//! Inboxes: the workspace's own numbers, named in arguments by id, number or name.
//!
//! The list is remembered per key for a minute: the predecessor asked for it before every call.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, pin_mut};
use openphone_client::phone_numbers::{ListPhoneNumbers, PhoneNumber};
use openphone_client::{Budget, E164, PhoneNumberId};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::per_key::PerKey;

/// How long a list is used before it is asked for again.
const FRESH: Duration = Duration::from_secs(60);
/// Keys whose lists are remembered.
const KEYS: usize = 512;
/// Pages of 50 inboxes that are read at most.
const PAGES: usize = 10;
/// Inboxes that an error names at most.
const NAMED: usize = 20;

/// One inbox within reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inbox {
    pub(crate) id: PhoneNumberId,
    pub(crate) number: Option<E164>,
    pub(crate) name: String,
}

/// An inbox as results show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InboxLabel {
    /// `PN…`
    pub id: String,
    /// Its number
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Its name
    pub name: String,
}

impl InboxLabel {
    /// A label.
    pub fn new(id: impl Into<String>, number: Option<&str>, name: impl Into<String>) -> Self {
        Self { id: id.into(), number: number.map(str::to_owned), name: name.into() }
    }

    /// `Main +14155550100 (PN…)`, for text.
    #[must_use]
    pub fn to_line(&self) -> String {
        let number = self.number.as_deref().map(|number| format!(" {number}")).unwrap_or_default();
        format!("{}{number} ({})", self.name, self.id)
    }
}

impl Inbox {
    fn of(phone_number: PhoneNumber) -> Self {
        Self {
            id: phone_number.id,
            number: phone_number.phone_number.e164(),
            name: crate::text::clean_name(&phone_number.name).unwrap_or_else(|| "(no name)".to_owned()),
        }
    }

    pub(crate) fn label(&self) -> InboxLabel {
        InboxLabel::new(self.id.as_str(), self.number.as_ref().map(E164::as_str), self.name.clone())
    }
}

/// What is remembered per key.
#[derive(Debug)]
pub(crate) struct InboxCache(PerKey<Option<Remembered>>);

#[derive(Debug)]
struct Remembered {
    inboxes: Arc<[Inbox]>,
    loaded: Instant,
}

impl Default for InboxCache {
    fn default() -> Self {
        Self(PerKey::new(KEYS, FRESH))
    }
}

/// The inboxes of the workspace that this connection may use.
pub(crate) async fn reachable(cx: &Context) -> Result<Vec<Inbox>, ToolError> {
    let all = all(cx, false).await?;
    Ok(all.iter().filter(|inbox| cx.limits().reaches(&inbox.id)).cloned().collect())
}

/// Finds the inbox that an argument names: `PN…`, a number, or a name. It may be left out when only one is
/// within reach.
pub(crate) async fn resolve(cx: &Context, path: &str, argument: Option<&str>) -> Result<Inbox, ToolError> {
    let inboxes = reachable(cx).await?;
    let Some(written) = argument.map(str::trim).filter(|written| !written.is_empty()) else {
        return match inboxes.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(ToolError::new(
                ToolErrorKind::NotAllowed,
                "This connection reaches no inbox of the workspace.",
                "Connect again and choose an inbox, or ask the workspace's owner.",
            )),
            several => Err(ToolError::argument(
                path,
                format!("is missing, and there are several inboxes; give one of: {}", listed(several)),
            )),
        };
    };
    if let Some(found) = find(&inboxes, written) {
        return Ok(found);
    }
    // It may have been added within the last minute.
    let fresh = all(cx, true).await?;
    let fresh: Vec<Inbox> = fresh.iter().filter(|inbox| cx.limits().reaches(&inbox.id)).cloned().collect();
    find(&fresh, written).ok_or_else(|| {
        ToolError::argument(
            path,
            format!(
                "is `{}`, which is no inbox within reach; give one of: {}",
                crate::text::clean_line(written, 60),
                listed(&fresh)
            ),
        )
    })
}

/// The inbox that a text names: its id, its number, or a name that only it has.
pub(crate) fn find(inboxes: &[Inbox], written: &str) -> Option<Inbox> {
    let number = crate::numbers::parse(written).ok();
    let by_id_or_number = inboxes
        .iter()
        .find(|inbox| inbox.id.as_str() == written || (number.is_some() && inbox.number == number));
    if by_id_or_number.is_some() {
        return by_id_or_number.cloned();
    }
    let wanted = crate::text::clean_line(written, 200).to_lowercase();
    let mut by_name = inboxes.iter().filter(|inbox| inbox.name.to_lowercase() == wanted);
    match (by_name.next(), by_name.next()) {
        (Some(only), None) => Some(only.clone()),
        _ => None,
    }
}

fn listed(inboxes: &[Inbox]) -> String {
    let mut lines: Vec<String> = inboxes.iter().take(NAMED).map(|inbox| inbox.label().to_line()).collect();
    if inboxes.len() > NAMED {
        lines.push(format!("and {} more", inboxes.len() - NAMED));
    }
    lines.join("; ")
}

/// All inboxes of the workspace. `renew`: unless they were read within the last two seconds.
async fn all(cx: &Context, renew: bool) -> Result<Arc<[Inbox]>, ToolError> {
    let slot = cx.inboxes().0.slot(cx.key());
    let mut slot = slot.lock().await;
    let fresh = if renew { Duration::from_secs(2) } else { FRESH };
    if let Some(remembered) = slot.as_ref().filter(|remembered| remembered.loaded.elapsed() < fresh) {
        return Ok(Arc::clone(&remembered.inboxes));
    }
    let workspace = cx.workspace();
    let phone_numbers = workspace.phone_numbers();
    let pages = phone_numbers.pages(ListPhoneNumbers::new(), Budget::pages(PAGES));
    pin_mut!(pages);
    let mut inboxes = Vec::new();
    while let Some(page) = pages.next().await {
        inboxes.extend(page.map_err(ToolError::reading)?.data.into_iter().map(Inbox::of));
    }
    let inboxes: Arc<[Inbox]> = inboxes.into();
    *slot = Some(Remembered { inboxes: Arc::clone(&inboxes), loaded: Instant::now() });
    Ok(inboxes)
}
