//! Teammates in arguments: by id or by name.

use openphone_client::UserId;

use crate::context::Context;
use crate::error::ToolError;
use crate::people;

/// Teammates that an error names at most.
const NAMED: usize = 20;

/// Finds the teammate that an argument names: `US…`, the full name, or a first name that only one has.
///
/// # Errors
///
/// There is none, there are several, or the workspace's users cannot be read.
pub(crate) async fn resolve(cx: &Context, path: &str, written: &str) -> Result<UserId, ToolError> {
    let written = written.trim();
    if let Ok(id) = UserId::parse(written) {
        return Ok(id);
    }
    let people = people::names(cx).await;
    let wanted = crate::text::clean_line(written, 100).to_lowercase();
    let first = |name: &str| name.split(' ').next().unwrap_or_default().to_lowercase();
    let whole = people.users().filter(|(_, name)| name.to_lowercase() == wanted);
    let by_first = people.users().filter(|(_, name)| first(name) == wanted);
    for mut found in [whole.collect::<Vec<_>>(), by_first.collect()] {
        if let (Some((id, _)), true) = (found.pop(), found.is_empty()) {
            return UserId::parse(id).map_err(|_| ToolError::argument(path, "has an id that cannot be read"));
        }
    }
    let mut known: Vec<String> = people.users().map(|(id, name)| format!("{name} ({id})")).collect();
    if let (true, Some(gap)) = (known.is_empty(), people.gap()) {
        return Err(ToolError::argument(path, format!("is no US… id, and {gap}; give the id")));
    }
    known.sort_unstable();
    known.truncate(NAMED);
    let written = crate::text::clean_line(written, 60);
    Err(ToolError::argument(
        path,
        format!("is `{written}`, which is no one teammate's id or name; there are: {}", known.join("; ")),
    ))
}
