//! Everything between a send tool and the upstream. No tool sends in any other way.
//!
//! A text goes through these steps, in this order: the connection's limits (`permission`); who the recipients are
//! (`screening`: lists, whether they wrote or called first (`reply_only`), whether they opted out, what time it is
//! there); the confirmation handle, if the call brings one (`handle`), and whether the threads are still as they were in
//! its preview (`thread`); whether the person approves (`confirm`);
//! reconciliation of earlier texts whose outcome is unknown (`reconcile`); the ledger, which answers a repeated call
//! with the first result (`ledger`); quotas (`quota`); a claim in the ledger; and then one upstream POST in a task of
//! its own that ends in a recorded outcome, whatever happens to the caller (`send`). When the store fails before the
//! POST, nothing is sent.
//!
//! Nothing that is kept holds a number or a text: both are named by keyed hashes (`payload`).

pub(crate) mod confirm;
pub(crate) mod delivery;
pub(crate) mod handle;
pub(crate) mod ledger;
pub(crate) mod outcome;
pub(crate) mod payload;
pub(crate) mod permission;
pub(crate) mod quota;
pub(crate) mod reconcile;
pub(crate) mod reply_only;
pub(crate) mod screening;
pub mod segments;
pub(crate) mod send;
mod thread;

pub use delivery::Delivery;
pub use quota::QuotaLeft;
pub use screening::{Warning, WarningKind};
