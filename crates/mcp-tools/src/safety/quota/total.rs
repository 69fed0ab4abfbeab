//! Bounds on texts in all, within an hour and a day: the key's, and a connection's own where it is tighter.

use std::time::Duration;

use state_store::Key;

use super::{DAY, HOUR};
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::limits::Limits;

/// A bound on texts in all within a time.
#[derive(Clone, Debug)]
pub(super) struct Total {
    pub(super) counter: Key,
    pub(super) limit: u64,
    pub(super) window: Window,
    pub(super) of: Whose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    Hour,
    Day,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Key,
    Connection,
}

impl Window {
    pub(super) fn length(self) -> Duration {
        match self {
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    fn bound(self, limits: &Limits) -> u64 {
        bound(match self {
            Self::Hour => limits.sends_per_hour,
            Self::Day => limits.sends_per_day,
        })
    }
}

/// The totals that a call takes from.
pub(super) fn totals(cx: &Context) -> Vec<Total> {
    let (key, operator) = (cx.key(), cx.services().limits());
    let of_key = |window: Window, limit| Total {
        counter: Key::new("send-quota", format!("{}:{key}", window.name())),
        limit,
        window,
        of: Whose::Key,
    };
    let mut totals = Vec::with_capacity(4);
    for window in [Window::Hour, Window::Day] {
        let (own, overall) = (window.bound(cx.limits()), window.bound(operator));
        match cx.connection() {
            None => totals.push(of_key(window, own)),
            Some(connection) => {
                if own < overall {
                    let id = format!("{}:{key}:{connection}", window.name());
                    let counter = Key::new("send-connection", id);
                    totals.push(Total { counter, limit: own, window, of: Whose::Connection });
                }
                totals.push(of_key(window, overall));
            }
        }
    }
    totals
}

/// A limit as a counter takes it.
pub(super) fn bound(limit: Option<u32>) -> u64 {
    u64::from(limit.unwrap_or(u32::MAX))
}

pub(super) fn full(total: &Total, used: u64, asked: usize, resets_in: Duration) -> ToolError {
    let (limit, left) = (total.limit, total.limit.saturating_sub(used));
    let window = match total.window {
        Window::Hour => "an hour",
        Window::Day => "a day",
    };
    let what = match total.of {
        Whose::Key => format!(
            "This server's limit of {limit} texts {window} for this workspace's key leaves {left}, and this call needs {asked}."
        ),
        Whose::Connection => format!(
            "This connection's limit of {limit} texts {window} leaves {left}, and this call needs {asked}."
        ),
    };
    let next = if left > 0 {
        format!("Send to at most {left} now and to the rest later.")
    } else if total.of == Whose::Key {
        "Send later; the limit protects the workspace from a runaway conversation.".to_owned()
    } else {
        "Send later; the person set this limit, and can connect again with another.".to_owned()
    };
    let full = ToolError::new(ToolErrorKind::LimitReached, what, next).nothing_sent();
    // Where some may go out now, waiting is not the next step.
    if left > 0 { full } else { full.retry_after(resets_in) }
}
