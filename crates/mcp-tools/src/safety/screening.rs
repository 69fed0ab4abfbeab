//! Looks at recipients before anything is claimed, counted or sent: who may not be texted, and what else the sender
//! should know. Every send and every preview passes here.
//!
//! In this order, of which the first that refuses decides:
//! 1. the lists of recipients, the operator's and the connection's ([`crate::limits::RecipientRule`]);
//! 2. whether they wrote or called first, where that is asked for ([`super::reply_only`]);
//! 3. whether they opted out by their last messages to this inbox (`history`): always refused, because the carriers do
//!    not deliver it either. When that cannot be read, a warning, or a refusal where the limits say so;
//! 4. quiet hours at the recipient (`local_time`): a warning, or a refusal where the limits say so.
//!
//! The reads take at most three quarters of the time that the call has, the second of them at least one; what is unread
//! by then counts as unreadable.

mod history;
mod local_time;
mod opt_out;
mod warning;

use std::collections::HashMap;

use openphone_client::E164;
use tokio::time::Instant;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::inbox::Inbox;
use crate::limits::{QuietHours, Unlisted};
use crate::safety::reply_only;
use crate::safety::screening::history::History;

pub(crate) use history::ClearCache;
pub(crate) use local_time::{LocalTime, local_time};
pub(crate) use opt_out::is_stop;
pub(crate) use warning::grouped;
pub use warning::{Warning, WarningKind};

/// What is known about a recipient.
#[derive(Debug)]
pub(crate) struct Screened {
    pub(crate) to: E164,
    /// Why they may not be texted now. Nothing was sent.
    pub(crate) refusal: Option<ToolError>,
    /// What else the sender should know; empty with a refusal.
    pub(crate) warnings: Vec<Warning>,
}

/// Looks at recipients of an inbox, each once, in the order given.
pub(crate) async fn screen(cx: &Context, inbox: &Inbox, numbers: &[E164]) -> Vec<Screened> {
    let mut numbers = numbers.to_vec();
    let mut seen = std::collections::HashSet::new();
    numbers.retain(|number| seen.insert(number.clone()));
    let mut refused: HashMap<E164, ToolError> =
        numbers.iter().filter_map(|number| Some((number.clone(), unlisted(cx, number)?))).collect();
    let left = |refused: &HashMap<E164, ToolError>| -> Vec<E164> {
        numbers.iter().filter(|number| !refused.contains_key(*number)).cloned().collect()
    };
    let now = Instant::now();
    let quarter = cx.deadline().saturating_duration_since(now) / 4;
    // A slow answer to the first question must not use up the time for the second.
    let strangers = reply_only::refused(&cx.clone().with_deadline(now + quarter * 2), &left(&refused)).await;
    refused.extend(strangers);
    let until = now + quarter * 3;
    let mut histories = history::of_all(cx, inbox, &left(&refused), until).await;
    numbers
        .into_iter()
        .map(|to| {
            let mut screened = Screened { refusal: refused.remove(&to), to, warnings: Vec::new() };
            if screened.refusal.is_none() {
                screened.refusal =
                    look_at_history(cx, &mut screened.warnings, histories.remove(&screened.to));
            }
            if screened.refusal.is_none() {
                screened.refusal = look_at_clock(cx, &mut screened.warnings, &screened.to);
            }
            if screened.refusal.is_some() {
                screened.warnings.clear();
            }
            screened
        })
        .collect()
}

fn look_at_history(cx: &Context, warnings: &mut Vec<Warning>, history: Option<History>) -> Option<ToolError> {
    match history? {
        History::OptedOut => return Some(opted_out()),
        History::Unread(error) if cx.limits().refuse_unchecked => return Some(unchecked(&error)),
        History::Unread(error) => warnings.push(Warning::new(
            WarningKind::OptOutUnchecked,
            format!(
                "It could not be checked whether they opted out of texts from this inbox: {}",
                error.reason()
            ),
        )),
        History::Open { perhaps, texted } => {
            if perhaps {
                warnings.push(Warning::new(
                    WarningKind::PerhapsOptedOut,
                    "Their latest messages to this inbox may ask not to be texted any more; fetch-messages shows them.",
                ));
            }
            if !texted {
                warnings.push(Warning::new(
                    WarningKind::NeverTexted,
                    "No text has gone between this inbox and this number before.",
                ));
            }
        }
    }
    None
}

fn look_at_clock(cx: &Context, warnings: &mut Vec<Warning>, to: &E164) -> Option<ToolError> {
    let hours = &cx.limits().quiet_hours;
    if hours.is_empty() {
        return None;
    }
    let refusing = || hours.iter().filter(|hours| hours.refuses());
    let Some(local) = local_time(to, cx.services().now()) else {
        if refusing().next().is_some() {
            return Some(unknown_time());
        }
        let text = "The recipient's local time is not known from the number; there may be night.";
        warnings.push(Warning::new(WarningKind::TimeUnknown, text));
        return None;
    };
    if let Some(quiet) = local.quiet(refusing()) {
        let refusing = refusing().copied().collect();
        return Some(quiet_now(&local, quiet, local.until_over(&refusing)));
    }
    if let Some(quiet) = local.quiet(hours.iter()) {
        warnings.push(Warning::new(WarningKind::QuietHours, quiet_phrase(&local, quiet)));
    }
    None
}

fn quiet_phrase(local: &LocalTime, quiet: &QuietHours) -> String {
    let by = if local.is_known() { "by their number" } else { "their number has no place" };
    format!("It is {} at the recipient, {by}: within the quiet hours {quiet}.", local.to_phrase())
}

fn unlisted(cx: &Context, number: &E164) -> Option<ToolError> {
    // The operator's bound is part of the connection's limits.
    let operator = cx.services().limits().unlisted(number);
    let (whose, unlisted) = match operator {
        Some(unlisted) => ("server", unlisted),
        None => ("connection", cx.limits().unlisted(number)?),
    };
    let what = match unlisted {
        Unlisted::NotAllowed => format!("This number is not on this {whose}'s list of recipients."),
        Unlisted::Denied(meaning) => {
            format!(
                "This {whose} does not text {meaning}: they are on its list of recipients that are kept out."
            )
        }
    };
    let next = if whose == "server" {
        "The number is well formed; another way of writing it changes nothing. Tell the person: whoever runs this server can change the list, or they can text from the OpenPhone app."
    } else {
        "The number is well formed; another way of writing it changes nothing. Tell the person: they can connect again without this limit, or text from the OpenPhone app."
    };
    Some(ToolError::new(ToolErrorKind::NotAllowed, what, next).nothing_sent())
}

fn opted_out() -> ToolError {
    ToolError::new(
        ToolErrorKind::NotAllowed,
        "This recipient has opted out: their last word to this inbox was a keyword such as STOP, and carriers do not deliver texts after it.",
        "Tell the person. The recipient can opt in again by texting START to this inbox; until then a call is the way to reach them.",
    )
    .nothing_sent()
}

fn unchecked(error: &ToolError) -> ToolError {
    let what = "It could not be checked whether this recipient opted out of texts, and this server then does not text them";
    if error.concerns_all() {
        return error.while_checking(what, "").nothing_sent();
    }
    let what = format!("{what}: {}", error.reason());
    ToolError::new(ToolErrorKind::NotAllowed, what, "Call again in a minute.").nothing_sent()
}

fn unknown_time() -> ToolError {
    ToolError::new(
        ToolErrorKind::NotAllowed,
        "Nobody is texted in quiet hours here, and the recipient's local time is not known from the number.",
        "Tell the person. They can text from the OpenPhone app.",
    )
    .nothing_sent()
}

fn quiet_now(local: &LocalTime, quiet: &QuietHours, wait: Option<std::time::Duration>) -> ToolError {
    let error = ToolError::new(
        ToolErrorKind::NotAllowed,
        format!("{} Nobody is texted in them here.", quiet_phrase(local, quiet)),
        "Tell the person when it is possible again; nothing is scheduled.",
    )
    .nothing_sent();
    match wait {
        Some(wait) => error.retry_after(wait),
        None => error,
    }
}
