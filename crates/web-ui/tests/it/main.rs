//! What the shared layout promises to every page.
#![expect(clippy::unwrap_used, reason = "a test's helper fails loudly")]

mod assets;
mod contrast;
mod headers;
mod layout;
mod page_check;
