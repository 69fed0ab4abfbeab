//! The operations that take more than one command: Lua scripts, each atomic on one key.

/// Compiled into the binary, sent to the server by hash; the text follows only when the server does not know it.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) insert_if_absent: Script,
    pub(super) compare_exchange: Script,
    pub(super) add_up_to: Script,
    pub(super) refund: Script,
    pub(super) take_quota: Script,
    pub(super) append: Script,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) hash: String,
    pub(super) text: &'static str,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            insert_if_absent: Script::new(include_str!("scripts/insert_if_absent.lua")),
            compare_exchange: Script::new(include_str!("scripts/compare_exchange.lua")),
            add_up_to: Script::new(include_str!("scripts/add_up_to.lua")),
            refund: Script::new(include_str!("scripts/refund.lua")),
            take_quota: Script::new(include_str!("scripts/take_quota.lua")),
            append: Script::new(include_str!("scripts/append.lua")),
        }
    }
}

impl Script {
    fn new(text: &'static str) -> Self {
        Self { hash: ::redis::Script::new(text).get_hash().to_owned(), text }
    }
}
